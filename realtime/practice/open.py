"""From the words of the options to what is practised, and the panel that shows it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from realtime.drawing.gauges import GuidePanel
from realtime.outputs.base import Beside
from realtime.packs.manifest import DEFAULT_PACK
from realtime.packs.pack import PACKS, Pack, load_pack
from realtime.practice.game import Game
from realtime.practice.gauged import Practice, Practises
from realtime.practice.mirror import Mirror
from realtime.practice.plan import plan_of
from realtime.practice.progress import Progress

# Whose drawings the game asks about: others than those to choose from, or it would be told by the drawing alone.
_FACES, _OTHER_FACES = "avatar", DEFAULT_PACK


def open_practice(practised: Sequence[str], settings: Sequence[str], progress: Path) -> Practises | None:
    """Return what is practised; None for nothing.

    Args:
        practised: the words of `--practise`.
        settings: the words of `--practise-with`.
        progress: the file in which it is kept how often each expression was shown, if that is wanted.

    Raises:
        InputError: that file is broken.
    """
    if not practised:
        return None
    plan = plan_of(practised, settings)
    if plan.mode == "mirror":
        return Mirror(plan)
    kept = Progress(progress) if plan.progress else None
    return Game(plan, kept) if plan.mode == "game" else Practice(plan, kept)


def panel_of(practice: Practises | None, current: Callable[[], Pack]) -> Beside | None:
    """Return what draws the panel beside a window's picture, by its height and what the user is told.

    current: gives the pack in use.
    """
    if practice is None:
        return None
    panel = GuidePanel()
    game = practice.guide.mode == "game"
    faces = load_pack(PACKS / (_OTHER_FACES if current().name.lower() == _FACES else _FACES)) if game else None
    return lambda height_px, told: panel.draw(practice.guide, told, height_px, current(), faces)
