"""What is kept of the owner's face, and what is to be learnt of it, as the options have it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from realtime.cli.options import Options
from realtime.cli.parse import profile_path
from realtime.engine.trace import Replay
from realtime.errors import UsageError
from realtime.faces.classifier import model_fingerprint
from realtime.packs.pack import Pack
from realtime.people.lesson import Lesson
from realtime.people.neutral import NeutralProfile
from realtime.people.own import check_others, ordinary
from realtime.practice.advice import advice_for
from realtime.records import EMOTIONS
from realtime.shipped import SHIPPED_MODEL


def profile_of(options: Options, replay: Replay | None) -> NeutralProfile:
    """Return what is kept of the owner, and what is to be learnt. replay: in place of the file."""
    if options.teach and (replay is not None or options.neutral != "profile"):
        reason = "a trace has no faces to learn" if replay is not None else f"--neutral {options.neutral} uses none"
        raise UsageError(f"--teach keeps what it learns in the profile, and {reason}.", "Leave one of them out.")
    if options.neutral != "profile" or options.against:  # a viewer's resting face is kept for the session alone
        return NeutralProfile()
    if replay is None:
        model = model_fingerprint(options.model or SHIPPED_MODEL)
        lesson = Lesson(advice_for(options.teach), model) if options.teach else None
        profile = NeutralProfile(profile_path(options.profile), model=model, lesson=lesson)
        for name in options.teach:
            if name not in EMOTIONS:
                check_others(name, [*ordinary(profile.taught), *(one for one in options.teach if one in EMOTIONS)])
        return profile
    resting = replay.options.get("resting")
    return NeutralProfile(resting=None if resting is None else np.array(resting, np.float32))


def check_drawings(expressions: Sequence[str], pack: Pack) -> None:
    """Raise UsageError for an expression of one's own for which a pack has no drawing."""
    for name in expressions:
        if name not in EMOTIONS and name not in pack.own:
            there = f"it has {', '.join(pack.own)}" if pack.own else "it has none of one's own"
            raise UsageError(
                f"The pack {pack.name} has no drawing for '{name}'; {there}.",
                f'Save one as {name}.png in a pack of yours, and write own = ["{name}"] into its pack.toml.',
            )
