"""Recordings as phones, screens and hostile hands make them: their times, their colours, which side is up."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from realtime.errors import InputError
from realtime.sources.open import open_source
from realtime.sources.pixels import ToPixels
from realtime.sources.video import Video
from tests.fakes import picture
from tests.media import turned, write_clip
from tests.session import why_not
from tests.watched import Watched

ROOT = Path(__file__).parents[2]
# Seconds, as a screen recorder writes them: when something changed, and not otherwise.
UNEVEN_S = [0.0, 0.04, 0.05, 0.31, 0.32, 2.0, 14.5, 14.54]


def _read(path: Path) -> list:
    source = open_source(str(path))
    frames = list(iter(source.read, None))
    source.close()
    return frames


@pytest.mark.parametrize("ending", ["mp4", "mkv", "mov"])
def test_frames_keep_the_times_of_a_variable_rate(tmp_path, ending):
    clip = write_clip(tmp_path / f"a.{ending}", [picture(64, 48, 20 * n) for n in range(len(UNEVEN_S))], UNEVEN_S)
    assert [f.time_s for f in _read(clip)] == pytest.approx(UNEVEN_S, abs=0.001)


def test_a_recording_that_begins_late_begins_at_0(tmp_path):
    clip = write_clip(tmp_path / "a.mkv", [picture(64, 48)] * 5, [100 + n / 25 for n in range(5)])
    assert [f.time_s for f in _read(clip)] == pytest.approx([n / 25 for n in range(5)], abs=0.001)


@pytest.mark.parametrize(
    ("matrix", "asked"),
    [
        ((0, 1, -1, 0), lambda image: np.rot90(image, -1)),
        ((0, -1, 1, 0), np.rot90),
        ((-1, 0, 0, -1), lambda image: np.rot90(image, 2)),
        ((-1, 0, 0, 1), lambda image: image[:, ::-1]),
        ((0, 1, 1, 0), lambda image: image.transpose(1, 0, 2)),
    ],
)
def test_what_a_phone_recorded_lying_is_turned_upright(tmp_path, matrix, asked):
    image = np.zeros((48, 64, 3), np.uint8)
    image[:16, :16], image[-16:, :16], image[:16, -16:] = (0, 0, 250), (0, 250, 0), (250, 0, 0)
    first = _read(turned(write_clip(tmp_path / "a.mp4", [image] * 3, [0, 0.1, 0.2]), matrix))[0].image
    assert first.flags.c_contiguous
    assert first.shape == asked(image).shape
    assert np.abs(first.astype(int) - asked(image)).mean() < 8


@pytest.mark.parametrize("size_wh", [(1280, 720), (320, 240)])
def test_colours_are_those_that_were_recorded(tmp_path, size_wh):
    chart = colour_chart(size_wh)
    read = _read(write_clip(tmp_path / "a.mp4", [chart] * 3, [0, 0.1, 0.2], crf="10"))[0].image
    assert chart_fault(chart, read) <= 3


@pytest.mark.parametrize("size_wh", [(64, 48), (63, 47), (1280, 720)])
@pytest.mark.parametrize("matrix", [1, 5, 9])
@pytest.mark.parametrize("colour_range", [1, 2])
def test_the_quick_conversion_is_that_of_ffmpeg(size_wh, matrix, colour_range):
    import av

    width, height = size_wh
    noise = np.random.default_rng(0).integers(60, 180, (6, 8, 3), np.uint8)
    image = cv2.resize(noise, size_wh, interpolation=cv2.INTER_LINEAR)
    frame = av.VideoFrame.from_ndarray(image, "bgr24").reformat(
        format="yuv420p", dst_colorspace=5 if matrix == 5 else 1, dst_color_range=1, interpolation=0x42002
    )
    frame.colorspace, frame.color_range = matrix, colour_range
    wanted = frame.reformat(format="bgr24", interpolation=0x42002, threads=1).to_ndarray()
    quick, coded = ToPixels()(frame)
    assert (coded is not None) is (matrix == 1 and colour_range == 1 and width % 2 == 0)
    assert quick.shape == (height, width, 3)
    # FFmpeg stretches the colours of an odd size, where half of the last ones lie beyond the border.
    most = 3 if width % 2 else 1.5
    assert np.abs(quick[2:-2, 2:-2].astype(int) - wanted[2:-2, 2:-2]).mean() < most


def colour_chart(size_wh: tuple[int, int]) -> np.ndarray:
    """Return squares of 48 colours, uint8 (H, W, 3) BGR."""
    colours = np.random.default_rng(3).integers(0, 256, (6, 8, 3), np.uint8)
    colours[0] = [[255 * (n >> bit & 1) for bit in range(3)] for n in range(8)]
    width, height = size_wh
    return np.kron(colours, np.ones((height // 6, width // 8, 1), np.uint8))


def chart_fault(chart: np.ndarray, read: np.ndarray) -> float:
    """Return by how many levels the middle of a square differs at most."""
    height, width = chart.shape[0] // 6, chart.shape[1] // 8
    squares = [
        (slice(y + height // 3, y + 2 * height // 3), slice(x + width // 3, x + 2 * width // 3))
        for y in range(0, 6 * height, height)
        for x in range(0, 8 * width, width)
    ]
    return max(float(np.abs(read[at].mean((0, 1)) - chart[at].mean((0, 1))).max()) for at in squares)


@pytest.mark.parametrize("transfer", ["", "smpte2084", "arib-std-b67"])
def test_ten_bits_and_hdr_are_converted_and_said_so(tmp_path, caplog, transfer):
    hdr = f":colorprim=bt2020:transfer={transfer}:colormatrix=bt2020nc" if transfer else ""
    clip = write_clip(
        tmp_path / "a.mp4",
        [picture(64, 48, 100)] * 3,
        [0, 0.1, 0.2],
        "libx265",
        pix_fmt="yuv420p10le",
        **{"x265-params": f"log-level=none{hdr}"},
    )
    frames = _read(clip)
    assert {f.image.dtype for f in frames} == {np.dtype(np.uint8)}
    assert len(caplog.records) == 1
    assert f"{clip} is 10 bit" in caplog.text
    assert ("HDR" in caplog.text) is bool(transfer)
    if not transfer:
        assert abs(frames[0].image.mean() - 100) < 3


def test_broken_stretches_are_left_out_and_the_rest_is_played(tmp_path, caplog):
    noise = np.random.default_rng(0)
    images = [noise.integers(0, 256, (96, 128, 3), np.uint8) for _ in range(50)]
    clip = write_clip(tmp_path / "a.mp4", images, [n / 25 for n in range(50)], g="5")
    data = bytearray(clip.read_bytes())
    third = len(data) // 3
    data[third : third + 20_000] = bytes(20_000)
    clip.write_bytes(data)
    frames = _read(clip)
    assert 30 < len(frames) <= 50
    assert frames[-1].time_s == pytest.approx(49 / 25, abs=0.1)


def test_a_recording_that_was_cut_off_plays_as_far_as_it_goes_and_says_so(tmp_path, caplog):
    noise = np.random.default_rng(0)
    images = [noise.integers(0, 256, (96, 128, 3), np.uint8) for _ in range(100)]
    clip = write_clip(tmp_path / "a.mkv", images, [n / 25 for n in range(100)])
    clip.write_bytes(clip.read_bytes()[: clip.stat().st_size // 2])
    assert 20 < len(_read(clip)) < 90
    write_clip(clip.with_suffix(".avi"), images, [n / 25 for n in range(100)], "mjpeg", pix_fmt="yuvj420p")
    assert "Traceback" not in caplog.text


def test_a_recording_without_pictures_says_so(tmp_path):
    import av

    with av.open(str(tmp_path / "a.mp4"), "w") as container:
        audio = container.add_stream("aac", rate=48_000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4800), np.float32), "fltp", "mono")
        frame.sample_rate = 48_000
        container.mux(audio.encode(frame))
        container.mux(audio.encode(None))
    with pytest.raises(InputError, match="only sound or text"):
        Video(str(tmp_path / "a.mp4"))


def test_frames_that_are_too_long_are_refused_unless_the_user_allows_them(tmp_path):
    clip = write_clip(tmp_path / "a.mp4", [picture(320, 48)] * 2, [0, 0.1])
    with pytest.raises(InputError, match=r"too large: 320x48\. .* --max-size"):
        open_source(str(clip), max_side_px=300)
    source = open_source(str(clip), max_side_px=320)
    assert source.read() is not None
    source.close()


PLAYLISTS = {
    "a.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{0}\n#EXT-X-ENDLIST\n",
    "hidden.mp4": "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{0}\n#EXT-X-ENDLIST\n",
    "b.ffconcat": "ffconcat version 1.0\nfile '{0}'\n",
    "hidden.mkv": "ffconcat version 1.0\nfile '{0}'\n",
    "c.sdp": "v=0\no=- 0 0 IN IP4 198.51.100.7\ns=x\nc=IN IP4 198.51.100.7\nt=0 0\nm=video 5004 RTP/AVP 26\n",
    "d.mpd": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period><AdaptationSet>'
    '<Representation id="1" bandwidth="1" mimeType="video/mp4"><BaseURL>{0}</BaseURL></Representation>'
    "</AdaptationSet></Period></MPD>",
    "e.asx": '<asx><entry><ref href="{0}"/></entry></asx>',
    "f.strm": "{0}\n",
    "g.ram": "{0}\n",
}


@pytest.mark.parametrize("name", PLAYLISTS)
@pytest.mark.parametrize("target", ["http://198.51.100.7/a.ts", "other.mp4"])
def test_a_file_that_names_others_is_no_video(tmp_path, name, target):
    write_clip(tmp_path / "other.mp4", [picture(64, 48)] * 3, [0, 0.1, 0.2])
    (tmp_path / name).write_text(PLAYLISTS[name].format(target))
    with pytest.raises(InputError, match="no video that can be read"):
        Video(str(tmp_path / name))


def test_nothing_in_a_file_makes_the_program_ask_the_network(tmp_path):
    if reason := why_not():
        pytest.skip(reason)
    for name, text in PLAYLISTS.items():
        (tmp_path / name).write_text(text.format("http://198.51.100.7/a.ts"))
    code = (
        "import pathlib, sys; from realtime.errors import InputError; from realtime.sources.open import open_source\n"
        f"for path in sorted(pathlib.Path({str(tmp_path)!r}).iterdir()):\n"
        "    try: open_source(str(path)).read(); print('opened', path)\n"
        "    except InputError: pass\n"
    )
    watched = Watched(tmp_path.with_name(f"{tmp_path.name}-watched"))
    watched.ended(watched.start([sys.executable, "-c", code]).wait(60))
    code_, said = watched.wait()
    assert (code_, said) == (0, "")
    assert watched.internet_calls() == []


def test_a_run_with_a_camera_alone_does_not_load_pyav():
    code = "import sys; import realtime.cli.build; print('av' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
