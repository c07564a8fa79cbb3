"""Runs hostile cases and judges the answers: success, or an error in words, within time and memory."""

from __future__ import annotations

import sys
import time
import traceback
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from realtime.errors import EmojiCameraError
from tests.fuzz.kinds import KINDS, make_room

# What an answer may take of the processor, and how long it may take on a machine that does other things besides.
MAX_S = 10.0
MAX_WAIT_S = 60.0
# What the process may have taken more at its highest than at the beginning: a picture of the largest size read, with
# what reading and covering it takes.
MAX_BYTES = 2 << 30


@dataclass
class Tally:
    """How the cases of one kind were answered. faults: what must not be, each with the case's name and the reason."""

    answers: Counter[str] = field(default_factory=Counter)
    faults: list[tuple[str, str]] = field(default_factory=list)
    longest_s: float = 0.0


class Judge:
    """Runs cases one after the other, in this process, and counts their answers by kind."""

    def __init__(self, place: Path) -> None:
        """place: a folder for the files of the cases, which is left as the last case left it."""
        self.tallies: dict[str, Tally] = defaultdict(Tally)
        self._place = place
        self._most_bytes = highest_bytes() + MAX_BYTES

    @property
    def faults(self) -> list[str]:
        """All faults, a text each."""
        return [f"{case}: {why}" for tally in self.tallies.values() for case, why in tally.faults]

    def run(self, kind: str, number: int) -> None:
        """Run a case, the same for the same number."""
        tally, case = self.tallies[kind], f"{kind} {number}"
        started, used = time.monotonic(), time.process_time()
        try:
            KINDS[kind](Random(case), make_room(self._place))
            answer = "success"
        except EmojiCameraError as error:
            answer = type(error).__name__
            if problem := _problem(error):
                tally.faults.append((case, f"{problem}: {error!s:.300}"))
        except ValueError as error:
            answer = "ValueError" if kind == "frames" else "traceback"
            if kind != "frames":
                tally.faults.append((case, _last(error)))
        except Exception as error:  # the very thing that is looked for
            answer = "traceback"
            tally.faults.append((case, _last(error)))
        waited_s, used_s = time.monotonic() - started, time.process_time() - used
        tally.answers[answer] += 1
        tally.longest_s = max(tally.longest_s, used_s)
        if used_s > MAX_S or waited_s > MAX_WAIT_S:
            tally.faults.append((case, f"took {waited_s:.1f} s, {used_s:.1f} of them of the processor"))
        if (highest := highest_bytes()) > self._most_bytes:
            tally.faults.append((case, f"took the process to {highest >> 20} MB"))
            self._most_bytes = highest

    def table(self) -> str:
        """Return the counts, a line for each kind."""
        answers = sorted({answer for tally in self.tallies.values() for answer in tally.answers})
        rows = [["", *answers, "faults", "longest"]]
        for kind, tally in self.tallies.items():
            counts = [str(tally.answers[answer] or "-") for answer in answers]
            rows.append([kind, *counts, str(len(tally.faults)), f"{tally.longest_s:.1f} s"])
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ((cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True)) for row in rows)
        return "\n".join(f"{row[0]:<{widths[0]}}  {'  '.join(line)}" for row, line in zip(rows, lines, strict=True))


def _problem(error: EmojiCameraError) -> str:
    """Return what is wrong with the words of an error; nothing if they may be shown."""
    if "\n" in str(error):
        return "the error has several lines"
    if not error.what.rstrip().endswith(".") or not error.remedy.rstrip().endswith((".", "?")):
        return "the error does not end as a sentence"
    return "the error is too long" if len(str(error)) > 2000 else ""


def _last(error: Exception) -> str:
    """Return an exception, and where in the program it was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "/realtime/" in frame.filename.replace("\\", "/")] or frames
    return f"{type(error).__name__}: {error!s:.150} ({Path(ours[-1].filename).name}:{ours[-1].lineno})"


def highest_bytes() -> int:
    """Return the most memory this process has had, in bytes; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
