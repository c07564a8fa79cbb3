"""Showing the owner which expression to make while they teach theirs."""

from __future__ import annotations

import numpy as np

from realtime.drawing.prompt import Asked, Prompt
from realtime.packs.pack import Pack
from realtime.people.neutral import NeutralProfile


class Teaching:
    """Draws what a lesson asks for."""

    def __init__(self, profile: NeutralProfile) -> None:
        """Begin with the lesson of a profile."""
        self._profile = profile
        self._prompt = Prompt()

    def draw(self, image: np.ndarray, pack: Pack) -> None:
        """Draw what is asked for into a picture, uint8 (H, W, 3) BGR, in place; nothing once nothing is."""
        lesson = self._profile.lesson
        if lesson is not None and lesson.target:
            asked = Asked(lesson.target, lesson.held, left=lesson.left)
            self._prompt.draw(image, pack, asked, lesson.time_s)
