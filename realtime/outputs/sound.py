"""The sound of a video, carried over to the covered one by the program ffmpeg."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
from pathlib import Path

from realtime.errors import UsageError

log = logging.getLogger(__name__)

_TIMEOUT_S = 600.0


def check_available() -> None:
    """Raise UsageError where ffmpeg is not installed."""
    if shutil.which("ffmpeg") is None:
        raise UsageError(
            "--keep-audio needs the program ffmpeg, which is not there.",
            "Install it (apt install ffmpeg, brew install ffmpeg, winget install ffmpeg), or leave out --keep-audio.",
        )


def carry_over(video: Path, source: Path, seconds: float) -> None:
    """Put the sound of a source's first seconds into a video without one; if that fails, warn and leave it as it is.

    Sound is copied as it is, or encoded anew where the container of the video can't hold it. Nothing else of the
    source, such as the place where it was recorded, comes along.
    """
    part = video.with_name(f"{video.stem}.sound{video.suffix}")
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", "-i", f"file:{video}", "-i", f"file:{source}"]
    command += ["-map", "0:v:0", "-map", "1:a:0?", "-map_metadata", "-1", "-map_chapters", "-1", "-c:v", "copy"]
    trouble = ""
    for codec in (["-c:a", "copy"], []):
        try:
            done = subprocess.run(
                [*command, *codec, "-t", f"{seconds:.3f}", f"file:{part}"],
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_TIMEOUT_S,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            trouble = str(error)
            break
        if done.returncode == 0:
            os.replace(part, video)
            return
        trouble = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
    part.unlink(missing_ok=True)
    log.warning("The sound of %s could not be kept: %s. The video is written without it.", source, trouble.rstrip("."))
