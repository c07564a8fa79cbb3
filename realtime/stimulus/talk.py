"""What the page of the player is told, and what it tells."""

from __future__ import annotations

import math
from typing import Any

from realtime.stimulus.stage import Stage
from realtime.words import said, spoken


def take(stage: Stage, told: dict[str, Any]) -> bool:
    """Take in what the page tells; return whether it was the one that has begun the session.

    Args:
        stage: Is told.
        told: `items`, in their order: ["shown", stimulus, at_s, media_s], ["stopped", at_s, why], ["failed", stimulus,
            words]; `error_ms`, how far its clock may be off; `do`: "begin", "calibrate", "mark" or "end".

    Raises:
        ValueError, TypeError, LookupError: It is none of this; what came before in it was taken in.
    """
    if not isinstance(told, dict):
        raise TypeError("it is no object")
    stage.heard()
    for kind, *values in told.get("items", []):
        if kind == "shown":
            stage.playback.shown(int(values[0]), _finite(values[1]), _finite(values[2]))
        elif kind == "stopped":
            stage.playback.stopped(_finite(values[0]), str(values[1]))
        elif kind == "failed":
            stage.failed(int(values[0]), str(values[1]))
        else:
            raise ValueError(f"there is no {kind}")
    if "error_ms" in told:
        stage.clock_error_ms = round(_finite(told["error_ms"]), 3)
    do = told.get("do")
    if do == "begin":
        return stage.begin()
    if do in ("calibrate", "mark", "end"):
        {"calibrate": stage.calibrate, "mark": stage.mark, "end": stage.end}[do]()
    return False


def plan(stage: Stage) -> dict[str, Any]:
    """Return what the page has to do, and what it says; JSON values."""
    programme = stage.programme
    return {
        "stimuli": [{"number": number, "name": one.name} for number, one in stage.shown],
        "pause": programme.pause_s,
        "calibrate": programme.calibrate,
        "length": sum(one.length_s for one in programme.stimuli),
        "begun": stage.begun,
        "language": spoken(),
        "words": _words(),
    }


def _words() -> dict[str, str]:
    """Return what the page says, in the language that is spoken."""
    return {
        "title": said("Before you watch"),
        "read": said("While you watch, a program on this computer reads your face. It keeps numbers only."),
        "wrong": said("What it reads is often wrong, and you may stop at any time."),
        "length": said("Clips: {count}, {time} in all"),
        "full": said("Full screen"),
        "begin": said("Begin"),
        "pause": said("Pause"),
        "go_on": said("Go on"),
        "end": said("End"),
        "rest": said("Rest your face and look at the cross."),
        "paused": said("Paused."),
        "thanks": said("Thank you. You may close this page."),
        "cannot": said("This browser can't play {name}. Save it as an MP4 file with H.264."),
        "gone": said("The program has ended, or runs in another window."),
    }


def _finite(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{number} is no time")
    return number
