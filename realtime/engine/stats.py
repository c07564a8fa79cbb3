"""Counts and times of a run."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from statistics import median

import numpy as np

STAGES = ("detect", "track", "confirm", "classify", "smooth", "move", "draw", "write")

# Medians are taken over this many of the newest frames, so that memory stays flat.
_KEPT_TIMES = 4096
# The stats display shows medians of this many.
_SHOWN_TIMES = 30


class Stats:
    """Counts and times of a run."""

    def __init__(self) -> None:
        self.processed = 0
        self.dropped = 0
        self.faces = 0
        # What the stats display says besides numbers.
        self.notes: list[str] = []
        self._ms: dict[str, deque[float]] = {stage: deque(maxlen=_KEPT_TIMES) for stage in (*STAGES, "total")}
        self._finished_s: deque[float] = deque(maxlen=31)
        self._began_s = time.perf_counter()

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Take the time of a stage."""
        start = time.perf_counter()
        yield
        self._ms[stage].append((time.perf_counter() - start) * 1000)

    def finish_frame(self, faces: int, dropped: int, notes: Sequence[str]) -> None:
        """Count a frame that has gone through.

        faces: seen in it. dropped: frames that the source has dropped so far. notes: what the stats display says
        besides numbers.
        """
        if not self.processed:
            self._began_s = time.perf_counter()
        self.processed += 1
        self.faces += faces
        self.dropped = dropped
        self.notes = list(notes)
        self._finished_s.append(time.perf_counter())

    @property
    def fps(self) -> float:
        """Frames a second, over the last thirty."""
        span = self._finished_s[-1] - self._finished_s[0] if len(self._finished_s) > 1 else 0.0
        return (len(self._finished_s) - 1) / span if span else 0.0

    def times(self) -> dict[str, np.ndarray]:
        """Return the times of each stage, newest last, float (N,) ms."""
        return {stage: np.array(ms) for stage, ms in self._ms.items() if ms}

    def percentiles(self) -> dict[str, tuple[float, float]]:
        """Return median and 95th percentile of each stage, in ms."""
        taken = {stage: np.percentile(ms, (50, 95)) for stage, ms in self.times().items()}
        return {stage: (float(p50), float(p95)) for stage, (p50, p95) in taken.items()}

    def caption(self) -> list[str]:
        """Return the lines of the stats display."""
        # Of the last frames alone: this is drawn with every frame, and people want to see what is, not what was.
        recent = {stage: list(islice(reversed(ms), _SHOWN_TIMES)) for stage, ms in self._ms.items() if ms}
        times = "  ".join(f"{stage} {median(ms):.1f}" for stage, ms in recent.items())
        return [f"{self.fps:.1f} frames/s   {self.dropped} dropped", f"ms: {times}", *self.notes]

    def summary(self) -> str:
        """Return what is told at the end."""
        read = self.processed + self.dropped
        lines = [f"Frames: {read} read, {self.processed} processed, {self.dropped} dropped. Faces: {self.faces}."]
        if self.processed > 1:
            # Counted, not what the device promises.
            rate = (read - 1) / (self._finished_s[-1] - self._began_s)
            lines[0] += f" {rate:.1f} frames a second were read."
        times = [f"{stage} {p50:.2f}/{p95:.2f}" for stage, (p50, p95) in self.percentiles().items()]
        if times:
            lines.append(f"Time per frame in ms, p50/p95: {', '.join(times)}.")
        return "\n".join(lines)
