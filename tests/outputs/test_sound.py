"""Sound, chapters and what a video says of itself, on the way from one video to another."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

import app
from realtime.outputs.base import Recording
from realtime.outputs.video import VideoOutput
from realtime.sources.video import Video
from tests.fakes import frame, picture
from tests.media import sound_of, streams_of, times_of, tone_hz, write_clip

# Four semitones below the tone.
LOWERED_HZ = 440 * 2 ** (-4 / 12)


def _talk(path: Path, sound: str = "aac", seconds: float = 2.0, first_s: float = 0.0) -> Path:
    """Write a video of a grey room with a tone in it."""
    count = round(25 * seconds)
    times = [first_s + n / 25 for n in range(count)]
    return write_clip(
        path, [picture(64, 48, 20 + 4 * (n % 50)) for n in range(count)], times, tone_s=seconds, sound=sound
    )


def _covered(source: Path, out: Path, **recording) -> Path:
    """Write a video again, as a run does."""
    video = Video(str(source))
    output = VideoOutput(out, video.fps, Recording(**recording), source)
    times = []
    for f in iter(video.read, None):
        output.write(f)
        times.append(f.time_s)
    video.close()
    assert output.close().startswith(f"video {out}")
    assert sorted(path.name for path in out.parent.iterdir()) == sorted({out.name, source.name})
    assert times_of(out) == pytest.approx(times, abs=0.001)
    return out


@pytest.mark.parametrize(
    ("sound", "suffix", "kept"),
    [
        ("aac", ".mp4", "aac"),
        ("aac", ".mov", "aac"),
        ("aac", ".mkv", "aac"),
        ("aac", ".avi", "aac"),
        ("pcm_s16le", ".mp4", "aac"),
        ("pcm_s16le", ".mkv", "pcm_s16le"),
        ("libopus", ".webm", "opus"),
        ("aac", ".webm", "opus"),
    ],
)
def test_the_sound_of_a_video_is_kept_when_wanted(sound, suffix, kept, tmp_path):
    out = _covered(_talk(tmp_path / "talk.mkv", sound), tmp_path / f"out{suffix}", audio="keep")
    assert streams_of(out)["audio"].removeprefix("lib") == kept
    assert tone_hz(out) == pytest.approx(440, abs=2)
    assert len(sound_of(out)) / 8000 == pytest.approx(2, abs=0.1)


def test_without_being_asked_no_voice_is_carried_over(tmp_path):
    assert set(streams_of(_covered(_talk(tmp_path / "talk.mp4"), tmp_path / "out.mp4"))) == {"video"}


@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_a_voice_can_get_another_pitch_and_stays_as_long(suffix, tmp_path):
    out = _covered(_talk(tmp_path / "talk.mp4"), tmp_path / f"out{suffix}", audio="pitch")
    assert tone_hz(out) == pytest.approx(LOWERED_HZ, abs=3)
    assert len(sound_of(out)) / 8000 == pytest.approx(2, abs=0.1)


def test_a_voice_whose_rate_nobody_knows_is_left_out_and_told_of(tmp_path, caplog):
    """As in a transport stream without the beginning of its sound."""
    source = _talk(tmp_path / "talk.mkv", "pcm_s16le")
    data = source.read_bytes()
    rate = b"\xb5" + bytes([0x88]) + struct.pack(">d", 48_000)  # SamplingFrequency of Matroska
    assert data.count(rate) == 1
    source.write_bytes(data.replace(rate, rate[:2] + bytes(8)))
    assert set(streams_of(_covered(source, tmp_path / "out.mp4", audio="pitch"))) == {"video"}
    assert "The sound of" in caplog.text


@pytest.mark.parametrize("audio", ["keep", "pitch"])
def test_sound_ends_with_the_picture(audio, tmp_path):
    source = _talk(tmp_path / "talk.mp4", seconds=6)
    output = VideoOutput(tmp_path / "out.mp4", 25, Recording(audio=audio), source)
    for n in range(50):
        output.write(frame(n, n / 25, picture(64, 48)))
    output.close()
    assert len(sound_of(tmp_path / "out.mp4")) / 8000 == pytest.approx(2, abs=0.15)


@pytest.mark.parametrize("audio", ["keep", "pitch"])
@pytest.mark.parametrize("first_s", [0.0, 0.4])
def test_sound_stays_with_the_picture(audio, first_s, tmp_path):
    """A click and a flash: also where the picture begins later than the sound."""
    flash_s = 1.0
    source = tmp_path / "talk.mkv"
    images = [picture(64, 48, 200 if abs(first_s + n / 25 - flash_s) < 0.01 else 20) for n in range(50)]
    with av.open(str(source), "w") as container:
        video, sound = container.add_stream("libx264", rate=25), container.add_stream("pcm_s16le", rate=48_000)
        video.width, video.height, video.pix_fmt, sound.layout = 64, 48, "yuv420p", "mono"
        for n, image in enumerate(images):
            made = av.VideoFrame.from_ndarray(image, "bgr24")
            made.pts, made.time_base = round((first_s + n / 25) * 1000), Fraction(1, 1000)
            container.mux(video.encode(made))
        container.mux(video.encode(None))
        wave = np.zeros((1, 3 * 48_000), np.int16)
        wave[0, 48_000 : 48_000 + 480] = 20_000
        samples = av.AudioFrame.from_ndarray(wave, "s16", "mono")
        samples.sample_rate = 48_000
        container.mux(sound.encode(samples))
        container.mux(sound.encode(None))
    out = _covered(source, tmp_path / "out.mp4", audio=audio)
    heard = np.abs(sound_of(out))
    click_s = np.flatnonzero(heard > heard.max() / 2)[0] / 8000
    flash = next(f.time_s for f in iter(Video(str(out)).read, None) if f.image.mean() > 100)
    assert click_s == pytest.approx(flash, abs=0.02)


def test_a_silent_video_stays_silent(tmp_path, caplog):
    source = write_clip(tmp_path / "s.mp4", [picture(64, 48)] * 5, [n / 25 for n in range(5)])
    assert set(streams_of(_covered(source, tmp_path / "out.mp4", audio="keep"))) == {"video"}
    assert caplog.text == ""


def test_when_sound_cannot_be_kept_the_video_is(tmp_path, caplog):
    (tmp_path / "talk.mp4").write_bytes(b"gone bad")
    output = VideoOutput(tmp_path / "out.mp4", 25, Recording(audio="keep"), tmp_path / "talk.mp4")
    for n in range(10):
        output.write(frame(n, n / 25, picture()))
    assert output.close().startswith(f"video {tmp_path / 'out.mp4'} (10 frames")
    assert "could not be kept" in caplog.text
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.mp4", "talk.mp4"]


def test_what_a_video_says_of_itself_comes_along_only_when_wanted(tmp_path):
    source = _talk(tmp_path / "talk.mp4")
    described = tmp_path / "described.mkv"
    with av.open(str(source)) as old, av.open(str(described), "w") as new:
        stream = new.add_stream_from_template(old.streams.video[0])
        new.metadata.update({"title": "at home", "location": "+47.0+008.0/"})
        new.set_chapters(
            [
                {"id": n, "start": n * 1000, "end": n * 1000 + 1000, "time_base": Fraction(1, 1000), "metadata": {}}
                for n in range(2)
            ]
        )
        for packet in old.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                new.mux(packet)
    source.unlink()
    for keep in (False, True):
        out = _covered(described, tmp_path / "out.mp4", keep_metadata=keep)
        assert (b"at home" in out.read_bytes()) is keep
        with av.open(str(out)) as container:
            assert [round(c["start"] * c["time_base"], 2) for c in container.chapters()] == [0, 1]


def test_subtitles_of_text_come_along_and_others_are_told_of(tmp_path, caplog):
    pytest.importorskip("av")
    text = tmp_path / "words.srt"
    text.write_text("1\n00:00:00,100 --> 00:00:00,900\nHello there\n")
    talk = _talk(tmp_path / "talk.mp4", seconds=2)
    source = tmp_path / "both.mkv"
    with av.open(str(talk)) as video, av.open(str(text)) as words, av.open(str(source), "w") as both:
        streams = [both.add_stream_from_template(s.streams[0]) for s in (video, words)]
        for packets, stream in zip((words.demux(), video.demux(video=0)), reversed(streams), strict=True):
            for packet in packets:
                if packet.dts is not None:
                    packet.stream = stream
                    both.mux(packet)
    talk.unlink(), text.unlink()
    out = _covered(source, tmp_path / "out.mkv")
    assert streams_of(out)["subtitle"] in ("subrip", "srt")
    assert b"Hello there" in out.read_bytes()
    out.unlink()
    assert set(streams_of(_covered(source, tmp_path / "out.mp4"))) == {"video"}
    assert "can't be kept in a .mp4 file" in caplog.text


@pytest.mark.parametrize("option", ["--keep-audio", "--audio=keep", "--audio=pitch"])
def test_what_has_no_sound_to_keep_is_told_at_once(option, shipped_model, tmp_path, capsys):
    clip = write_clip(tmp_path / "clip.mp4", [picture(64, 48)] * 3, [0, 0.1, 0.2])
    for arguments, message in (
        (["--source", "demo", "--output", str(tmp_path / "o.mp4")], "is for video files"),
        (["--source", str(clip), "--output", "none"], "is for videos that are written"),
    ):
        assert app.main([*arguments, option]) == 2
        assert message in capsys.readouterr().err
    assert not (tmp_path / "o.mp4").exists()


def test_a_run_keeps_the_sound_of_its_source(shipped_model, tmp_path):
    source = _talk(tmp_path / "talk.mp4", seconds=1)
    assert app.main(["--source", str(source), "--output", str(tmp_path / "out.mp4"), "--keep-audio"]) == 0
    assert set(streams_of(tmp_path / "out.mp4")) == {"video", "audio"}
