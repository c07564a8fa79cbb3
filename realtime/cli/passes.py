"""Whether a run is made in two passes, and what it writes beside its videos."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from realtime.cli.options import Options, flag
from realtime.errors import UsageError
from realtime.images import STILL_SUFFIXES
from realtime.outputs import window
from realtime.outputs.kinds import kind_of
from realtime.sources.animation import is_animation

log = logging.getLogger(__name__)

# What only two passes can do.
_NEED_TWO = ("analysis", "from_analysis", "keep", "exclude", "zone", "zone_off", "require_clean", "review")
# What is asked of every frame as it comes.
_NEED_ONE = ("record_trace", "practise", "calibrate", "teach", "report", "metrics")


def two_passes_wanted(options: Options) -> bool:
    """Return whether to look at all of a video before it is drawn.

    Raises:
        UsageError: something is asked for that needs two passes, and they can't be made.
    """
    asked = [name for name in _NEED_TWO if getattr(options, name)]
    if not (options.passes == "2" and _can_be_two(options)):
        if asked:
            raise UsageError(
                f"{flag(asked[0])} needs two passes, from a video file to files.",
                "Give a video with --source, a file with --output, and leave out --passes 1 and --replay.",
            )
        return False
    needs_one = _needs_one(options)
    if needs_one and asked:
        raise UsageError(f"{flag(asked[0])} can't go with {flag(needs_one[0])}.", "Leave one of them out.")
    return not needs_one


def tell_of_one_pass(options: Options) -> None:
    """Say why a video is drawn in one pass, where somebody may have expected two."""
    reasons = _needs_one(options)
    if options.passes == "2" and reasons and _can_be_two(options):
        log.warning("The video is drawn in one pass, as %s goes with one only.", flag(reasons[0]))


def _needs_one(options: Options) -> list[str]:
    return [name for name in _NEED_ONE if getattr(options, name) not in (None, False, ())] + ["pictures"] * (
        options.pictures == "ignore"
    )


def report_paths(options: Options) -> list[Path]:
    """Return the reports and contact sheets that are written beside the videos of a run."""
    if options.no_report or not any(map(_is_video, options.output)) or not two_passes_wanted(options):
        return []
    return list(dict.fromkeys(path for video in videos(options) for path in beside(video)))


def videos(options: Options) -> list[Path]:
    """Return the videos that a run writes."""
    return [Path(address).expanduser() for address in options.output if _is_video(address)]


def beside(video: Path) -> tuple[Path, Path]:
    """Return the report and the contact sheet of a video."""
    return video.with_suffix(".report.json"), video.with_suffix(".contact.jpg")


def draws(options: Options) -> bool:
    """Return whether anybody wants the pictures or the readings of a run, and not its analysis alone."""
    return options.json or bool(options.timeline) or any(map(_is_file, options.output))


def _can_be_two(options: Options) -> bool:
    if options.replay is not None or not (options.from_analysis or _is_video_file(options.source)):
        return False
    outputs = [address for address in options.output if address != "none"]
    return all(map(_is_file, outputs)) and bool(outputs or options.analysis or options.from_analysis)


def _is_video_file(address: str) -> bool:
    try:
        path = Path(address).expanduser()
        if not os.path.isfile(path):
            return False
        return path.suffix.lower() not in STILL_SUFFIXES or is_animation(path)
    except (OSError, ValueError, RuntimeError):
        return False


def _is_file(address: str) -> bool:
    if address == "auto":
        return not window.display_works()
    try:
        return bool(kind_of(address).suffixes)
    except (RuntimeError, ValueError):  # what no file can be called is told of elsewhere
        return False


def _is_video(address: str) -> bool:
    return address != "auto" and kind_of(address).name == "video"
