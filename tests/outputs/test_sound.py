"""Sound that is carried over from one video to another."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import app
from realtime.outputs import sound
from realtime.outputs.video import VideoOutput
from tests.fakes import frame, picture

needs_ffmpeg = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
posix = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for ffmpeg is a shell script")


def _talk(path: Path, codec: str = "aac", seconds: float = 2.0) -> Path:
    """Write a video of a grey room with a tone in it, and where it was recorded."""
    tone = f"sine=frequency=440:duration={seconds}"
    room = f"color=gray:size=160x120:rate=25:duration={seconds}"
    made = ["-c:v", "mpeg4", "-c:a", codec, "-metadata", "location=+47.0+008.0/", "-metadata", "title=at home"]
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", room, "-f", "lavfi", "-i", tone, *made, str(path)],
        check=True,
    )
    return path


def _streams(path: Path) -> dict[str, float]:
    """Return the kinds of streams of a file, with their lengths in seconds."""
    show = ["-show_entries", "stream=codec_type,duration", "-of", "csv=p=0", str(path)]
    done = subprocess.run(["ffprobe", "-v", "error", *show], capture_output=True, text=True, check=True)
    rows = [line.split(",") for line in done.stdout.split()]
    return {kind: float(length) if length != "N/A" else np.nan for kind, length in rows}


def _tone_hz(path: Path) -> float:
    """Return the strongest frequency of a file's sound."""
    raw = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", str(path), "-f", "s16le", "-ac", "1", "-ar", "8000", "-"],
        capture_output=True,
        check=True,
    ).stdout
    wave = np.frombuffer(raw, np.int16).astype(float)
    return float(np.fft.rfftfreq(len(wave), 1 / 8000)[np.abs(np.fft.rfft(wave)).argmax()])


@needs_ffmpeg
@pytest.mark.parametrize(
    ("codec", "suffix"), [("aac", ".mp4"), ("pcm_s16le", ".mp4"), ("aac", ".avi"), ("aac", ".mkv")]
)
def test_the_sound_of_a_video_is_kept_when_wanted(codec, suffix, shipped_model, tmp_path):
    source = _talk(tmp_path / "talk.mkv", codec)
    out = tmp_path / f"out{suffix}"
    assert app.main(["--source", str(source), "--output", str(out), "--keep-audio"]) == 0
    assert set(_streams(out)) == {"video", "audio"}
    assert _tone_hz(out) == pytest.approx(440, abs=2)
    assert b"at home" not in out.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == [out.name, "talk.mkv"]


@needs_ffmpeg
def test_without_being_asked_no_voice_is_carried_over(shipped_model, tmp_path):
    source = _talk(tmp_path / "talk.mp4")
    assert app.main(["--source", str(source), "--output", str(tmp_path / "out.mp4")]) == 0
    assert set(_streams(tmp_path / "out.mp4")) == {"video"}


@needs_ffmpeg
def test_sound_ends_with_the_picture(shipped_model, tmp_path):
    source = _talk(tmp_path / "talk.mp4", seconds=6)
    wanted = ["--output", str(tmp_path / "out.mp4"), "--keep-audio", "--max-seconds", "2"]
    assert app.main(["--source", str(source), *wanted]) == 0
    lengths = _streams(tmp_path / "out.mp4")
    assert lengths["video"] == pytest.approx(2, abs=0.1)
    assert lengths["audio"] == pytest.approx(2, abs=0.15)


@needs_ffmpeg
def test_a_silent_video_stays_silent(shipped_model, tmp_path, caplog):
    room = ["-f", "lavfi", "-i", "color=gray:size=160x120:rate=25:duration=1", "-c:v", "mpeg4"]
    subprocess.run(["ffmpeg", "-v", "error", *room, str(tmp_path / "s.mp4")], check=True)
    wanted = ["--output", str(tmp_path / "out.mp4"), "--keep-audio"]
    assert app.main(["--source", str(tmp_path / "s.mp4"), *wanted]) == 0
    assert set(_streams(tmp_path / "out.mp4")) == {"video"}
    assert caplog.text == ""


@posix
@pytest.mark.parametrize("script", ["echo 'No space left on device.' >&2; exit 1", "kill -9 $$"], ids=["fails", "dies"])
def test_when_sound_cannot_be_kept_the_video_is(script, tmp_path, monkeypatch, caplog):
    (tmp_path / "bin").mkdir()
    fake = tmp_path / "bin" / "ffmpeg"
    fake.write_text(f"#!/bin/sh\n{script}\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/bin:/usr/bin")
    out = tmp_path / "out.avi"
    output = VideoOutput(out, 25, audio_of=tmp_path / "talk.mp4")
    for number in range(10):
        output.write(frame(number, number / 25, picture()))
    assert output.close().startswith(f"video {out} (10 frames")
    assert out.is_file()
    assert "could not be kept" in caplog.text
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bin", "out.avi"]


def test_what_has_no_sound_to_keep_is_told_at_once(shipped_model, tmp_path, monkeypatch, capsys):
    clip = tmp_path / "clip.avi"
    output = VideoOutput(clip, 25)
    output.write(frame(0, 0.0, picture()))
    output.close()
    for arguments, message in (
        (["--source", "demo", "--output", str(tmp_path / "o.mp4")], "--keep-audio is for video files"),
        (["--source", str(clip), "--output", "none"], "--keep-audio is for videos that are written"),
    ):
        assert app.main([*arguments, "--keep-audio"]) == 2
        assert message in capsys.readouterr().err
    monkeypatch.setattr(sound.shutil, "which", lambda name: None)
    assert app.main(["--source", str(clip), "--output", str(tmp_path / "o.mp4"), "--keep-audio"]) == 2
    assert "needs the program ffmpeg" in capsys.readouterr().err
    assert not (tmp_path / "o.mp4").exists()
