"""What of a run can be changed while it goes on, between two frames; for everything else it is opened anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from realtime.controls import Change
from realtime.errors import EmojiCameraError, UsageError
from realtime.records import EMOTIONS

if TYPE_CHECKING:
    from realtime.engine.loop import Run


def changed(run: Run, change: Change) -> None:
    """Take a change, and tell whoever asked for it; what can't be taken leaves everything as it was."""
    try:
        (LIVE | TAUGHT)[change.option](run, change.value)
    except EmojiCameraError as error:
        change.done.set_exception(error)
    else:
        change.done.set_result(None)


def _keep_strict(run: Run, privacy: str) -> None:
    """Hide more, or less, from the next frame on."""
    strict = privacy == "strict"
    run.painter.keep_strict(strict)
    run.reader.people.keep_strict(strict)
    run.load.every_frame = strict
    run.controls.change(strict=strict)  # for the loop, which then sends frames through the guard


def _record(run: Run, name: str) -> None:
    """Begin to take examples of an expression. Raises UsageError where that can't be."""
    own = run.painter.library.current.own
    if name not in EMOTIONS and name not in own:
        raise UsageError(
            f"The pack in use has no drawing for '{name}'.", f"It has some for: {', '.join((*EMOTIONS, *own))}."
        )
    run.reader.people.profile.record(name)


def _forget(run: Run, name: str) -> None:
    """Forget what was taught of an expression, or of "all"."""
    profile = run.reader.people.profile
    for one in list(profile.counts) if name == "all" else [name]:
        profile.forget_one(one)


# Option -> what gives it another value.
LIVE: dict[str, Callable[[Run, Any], None]] = {
    "gender": lambda run, value: run.controls.change(gender=value),
    "mirror": lambda run, value: run.controls.change(mirror=value),
    "pack": lambda run, value: run.painter.library.choose(value),
    "skin": lambda run, value: run.painter.library.choose_skin(value),
    "cover": lambda run, value: run.painter.wear(cover=value),
    "placement": lambda run, value: run.painter.wear(placement=value),
    "crop": lambda run, value: run.painter.wear(crop=value),
    "privacy": _keep_strict,
    "output": lambda run, value: run.outputs.change(value),
}

# What the owner does with what they taught -> what does it, to an expression of that name.
TAUGHT: dict[str, Callable[[Run, str], None]] = {
    "record": _record,
    "forget": _forget,
}
