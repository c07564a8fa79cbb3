"""What a replay is shaped by: the command line, then the trace; where they differ about privacy, what hides more."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from realtime.cli.options import Options, flag
from realtime.drawing.covers import hides_faces, load_cover

log = logging.getLogger(__name__)

_ABOUT_PRIVACY = ("privacy", "pictures", "crop", "cover", "placement")


def merged(options: Options, recorded: dict[str, Any], typed: Collection[str]) -> Options:
    """Return the options of a replay, and warn where something else is used than was asked for.

    Args:
        options: what the user wants.
        recorded: what the trace was recorded with, by the name of the option.
        typed: which options stand on the command line: they win over the trace's.

    Raises:
        UsageError: there is no cover of a name.
    """
    trace = replace(options, **recorded)
    asked = replace(options, **{name: value for name, value in recorded.items() if name not in typed})
    used = _hiding(options, trace, asked)
    changed = [name for name in _ABOUT_PRIVACY if getattr(used, name) != getattr(asked, name)]
    if changed:
        log.warning(
            "This run and its trace differ about privacy, so what hides more is used: %s, not %s.",
            _told(used, changed),
            _told(asked, changed),
        )
    return used


def _hides(options: Options) -> bool:
    return hides_faces(load_cover(options.cover), options.placement)


def _hiding(mine: Options, trace: Options, asked: Options) -> Options:
    """Return what was asked for, with what hides more of the trace's or the user's own in its place."""
    used = asked
    if "strict" in (mine.privacy, trace.privacy):
        used = replace(used, privacy="strict")
    if "head" in (mine.crop, trace.crop):
        used = replace(used, crop="head")
    # "cover" is what nobody asked for: it stays out of a trace of "ignore", unless privacy is strict.
    if trace.pictures == "cover" or (used.privacy == "strict" and mine.pictures == "cover"):
        used = replace(used, pictures="cover")
    if _hides(used):
        return used
    default = Options()
    meant = (mine.cover, mine.placement) != (default.cover, default.placement)
    if _hides(trace):
        return replace(used, cover=trace.cover, placement=trace.placement)
    if (meant or used.privacy == "strict") and _hides(mine):
        return replace(used, cover=mine.cover, placement=mine.placement)
    return used


def _told(options: Options, names: Collection[str]) -> str:
    return " and ".join(f"{flag(name)} {getattr(options, name)}" for name in names)
