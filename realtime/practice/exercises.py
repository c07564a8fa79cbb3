"""Which parts of a face make which expression, and how far each has moved: the one place that says so.

The parts follow the action units, and their combinations for each emotion, of Ekman and Friesen (Facial Action Coding
System, 1978); Du, Tao and Martinez (Compound facial expressions of emotion, PNAS 111 (15), 2014) coded posed pictures
of 230 people in the same terms. They are what actors and books show; faces of people who feel something often do
otherwise (docs/practice.md).

What is measured are MediaPipe's blendshapes. Some action units can't be told by them: the nose of disgust (9), as
`noseSneer` stays at 0 on every face, and pressed lips (24), as `mouthPress` and `mouthRoll` were as large in neutral
faces as in angry ones. Those are told in words, without a gauge.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

PARTS = ("brows", "eyes", "nose", "mouth")


@dataclass(frozen=True)
class Movement:
    """Something that a part of a face does.

    part: one of PARTS. raises, lowers: the blendshapes whose means, one less the other, measure it. full: how much more
    of it than neutral faces a strong one has, in that measure: about the strongest tenth of FER-2013's and of news
    pictures of the expressions it belongs to. more: what asks for it. seen: what says that it is there. arrow: one of
    up, down, open, close, which way it goes.
    """

    part: str
    raises: tuple[str, ...]
    full: float
    more: str
    seen: str
    arrow: str
    lowers: tuple[str, ...] = ()

    def measure(self, blendshapes: Mapping[str, float]) -> float:
        """Return how much of it a face has, in its own measure, -1 to 1."""
        return _mean(blendshapes, self.raises) - _mean(blendshapes, self.lowers)


def _mean(blendshapes: Mapping[str, float], names: tuple[str, ...]) -> float:
    return sum(blendshapes.get(name, 0.0) for name in names) / len(names) if names else 0.0


def _both(name: str) -> tuple[str, str]:
    return f"{name}Left", f"{name}Right"


# The action units each comes closest to are in brackets.
MOVEMENTS = {
    "brows up": Movement(  # 1 + 2
        "brows", ("browInnerUp", "browInnerUp", *_both("browOuterUp")), 0.6, "brows: higher", "brows: up", "up"
    ),
    "inner brows up": Movement(  # 1
        "brows", ("browInnerUp",), 0.55, "brows: inner ends higher", "brows: inner ends up", "up"
    ),
    "brows down": Movement(  # 4
        "brows", _both("browDown"), 0.45, "brows: lower and together", "brows: down", "down"
    ),
    "eyes wide": Movement(  # 5
        "eyes", _both("eyeWide"), 0.45, "eyes: wider", "eyes: wide", "open", lowers=_both("eyeSquint")
    ),
    "eyes narrow": Movement(  # 6 and 7, which the camera can't tell apart
        "eyes", _both("eyeSquint"), 0.35, "eyes: narrower, cheeks up", "eyes: narrow", "close"
    ),
    "corners up": Movement(  # 12
        "mouth", _both("mouthSmile"), 0.9, "mouth: corners higher", "mouth: corners up", "up"
    ),
    "corners down": Movement(  # 15, and 17
        "mouth", (*_both("mouthFrown"), "mouthShrugLower"), 0.2, "mouth: corners lower", "mouth: corners down", "down"
    ),
    "upper lip up": Movement(  # 10
        "mouth", _both("mouthUpperUp"), 0.2, "mouth: upper lip higher", "mouth: upper lip up", "up"
    ),
    "mouth open": Movement(  # 25 + 26
        "mouth", ("jawOpen",), 0.5, "mouth: more open", "mouth: open", "open"
    ),
}

# What says that a part is at rest, or asks for it.
RESTS = {
    "brows": ("brows: let them rest", "brows: at rest"),
    "eyes": ("eyes: let them rest", "eyes: at rest"),
    "mouth": ("mouth: let it rest", "mouth: at rest"),
}


@dataclass(frozen=True)
class Exercise:
    """How an expression is made. movements: keys of MOVEMENTS. unseen: what the camera can't tell, part -> words."""

    movements: tuple[str, ...]
    unseen: Mapping[str, str]


# The expression -> how it is made; beside it the units of Ekman and Friesen's most intense combination.
EXERCISES: dict[str, Exercise] = {
    "happy": Exercise(("eyes narrow", "corners up"), {}),  # 6 + 12 + 25
    "surprise": Exercise(("brows up", "eyes wide", "mouth open"), {}),  # 1 + 2 + 5 + 26
    "neutral": Exercise((), {}),
    "sad": Exercise(("inner brows up", "corners down"), {}),  # 1 + 4 + 15
    "angry": Exercise(  # 4 + 5 + 7 + 24
        ("brows down", "eyes narrow"), {"mouth": "mouth: press your lips (the camera can't tell)"}
    ),
    "disgust": Exercise(  # 4 + 10 + 17, and often 9
        ("brows down", "eyes narrow", "upper lip up"), {"nose": "nose: wrinkle it (the camera can't tell)"}
    ),
    "fear": Exercise(("brows up", "eyes wide", "mouth open"), {}),  # 1 + 2 + 4 + 5 + 20 + 25
}


def gauged(emotion: str, parts: Sequence[str]) -> list[str]:
    """Return what the camera can tell of how an expression is made by these parts: keys of MOVEMENTS, or of RESTS."""
    made_of = EXERCISES[emotion].movements
    return [name for name in made_of if MOVEMENTS[name].part in parts] if made_of else [p for p in RESTS if p in parts]
