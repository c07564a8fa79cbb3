"""Find everybody's most neutral and fullest expression in recordings: `python -m training.comparison.extremes VIDEO...`

Chen et al. 2019 ("Automatic social signal analysis: Facial expression recognition using difference convolution neural
network") pick both frames of a sequence by themselves before they compare them.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from realtime.engine.reader import FaceReader
from realtime.errors import EmojiCameraError
from realtime.records import EMOTIONS
from realtime.sources.video import Video

# Answers are averaged over so many frames, so that one bad frame is no extreme.
_AVERAGED = 5
# Who is in view for fewer frames has no extremes worth telling.
_LEAST_FRAMES = 10


@dataclass(frozen=True)
class Extremes:
    """One person's: when in the recording, in seconds, and what is seen at the apex. frames: that they were read in."""

    track: int
    neutral_s: float
    apex_s: float
    emotion: str
    frames: int


def neutral_and_apex(emotions: np.ndarray) -> tuple[int, int]:
    """Find the most neutral frame of a person's sequence, and the one that differs most from it.

    Args:
        emotions: float (N, 7), the answers of its frames, order EMOTIONS; at least one.

    Returns:
        The frames' places in the sequence: of the most neutral one, and of that at the largest Hellinger distance.
    """
    reach = _AVERAGED // 2
    steady = np.stack([emotions[max(n - reach, 0) : n + reach + 1].mean(0) for n in range(len(emotions))])
    neutral = int(steady[:, EMOTIONS.index("neutral")].argmax())
    likeness = np.sqrt(steady * steady[neutral]).sum(1)
    return neutral, int(likeness.argmin())


def extremes(path: Path) -> list[Extremes]:
    """Find both of everybody in a recording. Raises InputError: it can't be read, or nobody is in view long enough."""
    told: dict[int, list[tuple[float, np.ndarray]]] = {}
    video = Video(str(path))
    try:
        with FaceReader.open() as reader:
            while (frame := video.read()) is not None:
                for reading in reader.read(frame):
                    if reading.raw is not None:
                        told.setdefault(reading.track, []).append((frame.time_s, reading.raw.emotions))
    finally:
        video.close()
    return [_of_person(track, rows) for track, rows in told.items() if len(rows) >= _LEAST_FRAMES]


def _of_person(track: int, rows: list[tuple[float, np.ndarray]]) -> Extremes:
    emotions = np.stack([row for _, row in rows])
    neutral, apex = neutral_and_apex(emotions)
    emotion = EMOTIONS[int(emotions[apex].argmax())]
    return Extremes(track, rows[neutral][0], rows[apex][0], emotion, len(rows))


def main(argv: list[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m training.comparison.extremes", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("videos", nargs="+", type=Path, metavar="VIDEO")
    args = parser.parse_args(argv)
    try:
        for path in args.videos:
            found = extremes(path)
            for one in found:
                print(
                    f"{path}: person {one.track}, {one.frames} frames: neutral at {one.neutral_s:.2f} s, "
                    f"{one.emotion} at {one.apex_s:.2f} s."
                )
            if not found:
                print(f"{path}: nobody is in view for {_LEAST_FRAMES} frames.")
    except EmojiCameraError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
