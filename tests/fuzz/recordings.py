"""Hostile recordings: cut, damaged, of absurd sizes, without pictures, naming others, with strange names."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random

import av
import numpy as np

from realtime.errors import InputError
from realtime.outputs.base import Recording
from realtime.outputs.video import VideoOutput
from realtime.sources.open import open_source
from tests.fuzz.mutations import changed_bytes
from tests.media import write_clip

# Ending, video codec and sound of the recordings that are damaged.
_MADE = {
    ".mp4": ("libx264", "aac"),
    ".mov": ("mjpeg", "aac"),
    ".mkv": ("libx264", "libopus"),
    ".webm": ("libvpx-vp9", "libopus"),
    ".ts": ("libx264", "mp2"),
    ".avi": ("mjpeg", "mp2"),
}
_PLAYLISTS = (
    "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{0}\n#EXT-X-ENDLIST\n",
    "ffconcat version 1.0\nfile '{0}'\n",
    "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 26\n",
    '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><BaseURL>{0}</BaseURL></Period></MPD>',
    "[playlist]\nFile1={0}\n",
)
_TARGETS = ("other.mp4", "/etc/passwd", "http://127.0.0.1:9/a.ts", "concat:other.mp4|other.mp4", "\0", "a" * 5000)
_NAMES = (
    "-a",
    "--help",
    "a\nb",
    "\x1b[31ma",
    "ünïcode ☃",
    " ",
    "a" * 200,
    "12:30",
    "concat:a",
    "%d",
    "a'b\"c",
    "a?b*c",
)
# More frames of a clip tell nothing new.
_MOST_FRAMES = 20


@cache
def _clips(place: Path) -> dict[str, bytes]:
    noise = np.random.default_rng(2)
    images = [noise.integers(0, 256, (48, 64, 3), np.uint8) for _ in range(12)]
    made = {}
    for ending, (codec, sound) in _MADE.items():
        path = write_clip(
            place / f"made{ending}",
            images,
            [n / 25 for n in range(12)],
            codec,
            tone_s=0.5,
            sound=sound,
            pix_fmt="yuvj420p" if codec == "mjpeg" else "yuv420p",
        )
        made[ending] = path.read_bytes()
    return made


def _cut(random: Random, data: bytes) -> bytes:
    return data[: int(len(data) * random.random() ** 2)]


def _hole(random: Random, data: bytes) -> bytes:
    at, length = random.randrange(len(data)), random.randrange(1, len(data) // 2)
    filler = random.choice((bytes(length), b"\xff" * length, random.randbytes(length), b""))
    return data[:at] + filler + data[at + length :]


def _changed(random: Random, data: bytes) -> bytes:
    return changed_bytes(random, data, random.choice((100, 1000, len(data))))


def _huge(random: Random, data: bytes) -> bytes:
    """Return a recording that says that it is of another size, wherever it says 64x48."""
    width, height = (random.choice((0, 1, 65_535, 32_767, 16_384, 8193)) for _ in range(2))
    for order in ("big", "little"):
        for size in (2, 4):
            for between in (b"", bytes(2)):
                old = (64).to_bytes(size, order) + between + (48).to_bytes(size, order)
                data = data.replace(old, width.to_bytes(size, order) + between + height.to_bytes(size, order))
    return data


def _doubled(random: Random, data: bytes) -> bytes:
    return data[random.randrange(len(data)) :] + data


def _nothing(random: Random, data: bytes) -> bytes:
    return random.choice((b"", b"\0", bytes(4096), random.randbytes(4096), data[:8], b"RIFF", b"\x1aE\xdf\xa3"))


def _playlist(random: Random, data: bytes) -> bytes:
    return random.choice(_PLAYLISTS).format(random.choice(_TARGETS)).encode()


@cache
def _sound_alone(place: Path) -> bytes:
    path = place / "made-sound.mp4"
    with av.open(str(path), "w") as container:
        audio = container.add_stream("aac", rate=48_000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 9600), np.float32), "fltp", "mono")
        frame.sample_rate = 48_000
        container.mux(audio.encode(frame))
        container.mux(audio.encode(None))
    return path.read_bytes()


_WAYS: tuple[Callable[[Random, bytes], bytes], ...] = (
    *(_cut, _cut, _hole, _hole, _changed, _changed, _changed, _huge, _doubled, _nothing, _playlist),
    lambda random, data: data,
)


def recording(random: Random, place: Path) -> None:
    """Cover a hostile recording as a run does, into a video beside it; nothing else may be left."""
    clips = _clips(place.parent)
    made = random.choice(sorted(clips))
    data = _sound_alone(place.parent) if random.random() < 0.05 else random.choice(_WAYS)(random, clips[made])
    name = random.choice(_NAMES) if random.random() < 0.2 else "a"
    ending = made if random.random() < 0.8 else random.choice((*clips, ".gif", ".m3u8", ".png", "", ".heic", ".txt"))
    path, out = place / f"{name}{ending}", place / f"out{random.choice(('.mp4', '.mkv', '.webm'))}"
    (place / "other.mp4").write_bytes(clips[".mp4"])
    path.write_bytes(data)
    try:
        _covered(path, out, Recording(audio=random.choice(("mute", "keep", "pitch")), keep_metadata=True))
    finally:
        left = {file.name for file in place.iterdir()} - {path.name, "other.mp4", out.name}
        assert not left, f"left: {left}"
        assert path.read_bytes() == data


def _covered(path: Path, out: Path, recording: Recording) -> None:
    if path.suffix not in _MADE and path.suffix != ".gif":
        # The name of a camera, or a picture: whatever it is, it is answered.
        open_source(str(path)).close()
        return
    source = open_source(str(path))
    output = VideoOutput(out, source.fps, recording, path)
    try:
        for _ in range(_MOST_FRAMES):
            if (frame := source.read()) is None:
                break
            output.write(frame)
    except InputError:
        output.close()
        assert not out.exists()
        raise
    finally:
        source.close()
    output.close()
    assert out.exists()
