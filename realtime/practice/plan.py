"""What somebody wants to practise, and how: from the words of the command line to a plan.

Importing this loads neither OpenCV nor onnxruntime nor MediaPipe, so that --help and --version answer at once.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from realtime.practice.advice import ADVICE
from realtime.practice.exercises import PARTS, gauged

# How to practise: by parts of the face; a mirror that names what it sees; a game of knowing drawn faces.
MODES = ("parts", "mirror", "game")
# Everything that `--practise` knows, and that a trace may hold.
PRACTISED = (*MODES, *ADVICE, *PARTS)
_SWITCHES = ("calm", "large", "shuffle", "progress")
# What `--practise-with` gives a number -> the least and the most.
_NUMBERS = {"step": (5, 100), "hold": (0.5, 30), "seconds": (0, 600), "break": (0, 600)}
HOW = ", ".join((*_SWITCHES, *(f"{name}=N" for name in _NUMBERS)))


@dataclass(frozen=True)
class Plan:
    """What is practised, and how.

    mode: one of MODES. expressions: in order. parts: those of PARTS that count. step: how far from the resting face an
    exercise asks to go, as a share of the way of strong expressions. hold_s: how long it is to be shown. seconds: after
    so long the next is asked for, whatever was shown; 0: never. break_s: between rounds; 0: none. calm: nothing moves
    fast. large: large letters. shuffle: another order in each round. progress: keep how often each was shown.
    """

    mode: str = "parts"
    expressions: tuple[str, ...] = tuple(ADVICE)
    parts: tuple[str, ...] = PARTS
    step: float = 0.3
    hold_s: float = 1.0
    seconds: float = 0.0
    break_s: float = 0.0
    calm: bool = False
    large: bool = False
    shuffle: bool = False
    progress: bool = False

    def round(self, chance: random.Random) -> list[str]:
        """Return the expressions of a round in their order, which is another each time if that is wanted."""
        return chance.sample(self.expressions, len(self.expressions)) if self.shuffle else list(self.expressions)


def plan_of(practised: Sequence[str], settings: Iterable[str]) -> Plan:
    """Return the plan for the words of `--practise` and `--practise-with`, which were checked before."""
    switches, numbers = set(), {}
    for setting in settings:
        name, _, value = setting.partition("=")
        if value:
            numbers[name] = float(value)
        else:
            switches.add(name)
    mode, parts = _mode_of(practised), _parts_of(practised)
    return Plan(
        mode=mode,
        expressions=_shown_by(practised, parts) if mode == "parts" else _expressions_of(practised),
        parts=parts,
        step=numbers.get("step", 100 * Plan.step) / 100,
        hold_s=numbers.get("hold", Plan.hold_s),
        seconds=numbers.get("seconds", Plan.seconds),
        break_s=numbers.get("break", Plan.break_s),
        calm="calm" in switches,
        large="large" in switches,
        shuffle="shuffle" in switches,
        progress="progress" in switches,
    )


def _mode_of(words: Sequence[str]) -> str:
    return next((word for word in words if word in MODES), MODES[0])


def _expressions_of(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(word for word in words if word in ADVICE) or tuple(ADVICE)


def _parts_of(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(part for part in PARTS if part in words) or PARTS


def _shown_by(words: Sequence[str], parts: Sequence[str]) -> tuple[str, ...]:
    """Return the expressions of which the camera can tell something by these parts."""
    return tuple(emotion for emotion in _expressions_of(words) if gauged(emotion, parts))


def checked_practice(text: str) -> tuple[str, ...]:
    """Return the words of `--practise`, written with commas; all for every expression. Raises ValueError."""
    words = tuple(ADVICE) if text == "all" else tuple(dict.fromkeys(text.split(",")))
    if unknown := [word for word in words if word not in PRACTISED]:
        raise ValueError(f"'{unknown[0]}' is none of {', '.join((*ADVICE, *MODES, *PARTS))}; or write all")
    if len(modes := [word for word in words if word in MODES]) > 1:
        raise ValueError(f"{' and '.join(modes)} are ways to practise, of which there is one at a time")
    if not _shown_by(words, _parts_of(words)):
        raise ValueError(f"the camera can't tell that by {' and '.join(_parts_of(words))}; add another part")
    return words


def checked_settings(text: str) -> tuple[str, ...]:
    """Return the words of `--practise-with`, written with commas. Raises ValueError."""
    settings = tuple(dict.fromkeys(text.split(",")))
    for setting in settings:
        name, _, value = setting.partition("=")
        if setting in _SWITCHES:
            continue
        if name not in _NUMBERS:
            raise ValueError(f"'{setting}' is none of {HOW}")
        least, most = _NUMBERS[name]
        if not re.fullmatch(r"\d{1,3}(\.\d)?", value) or not least <= float(value) <= most:
            raise ValueError(f"'{setting}' needs a number from {least} to {most}, like {name}={min(most, 20)}")
    return settings
