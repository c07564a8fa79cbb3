#!/usr/bin/env python3
"""A customer review round: a picture or clip, the face that looks at it, a question, an answer by click or key.

    python docs/examples/customer_review.py round --show box.png --question "Would you pick this box?"
    python docs/examples/customer_review.py round --answers
    python -m realtime.report merge round --from-mark shown   # of a picture; clips go by their own time

Each run is one customer, who was asked and told before. Only numbers are kept, in a folder of their own within `round`.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from realtime import FaceReader
from realtime.controls import Controls
from realtime.errors import EmojiCameraError
from realtime.images import STILL_SUFFIXES, fitted, read_picture
from realtime.people.neutral import NeutralProfile
from realtime.report.about import read_about
from realtime.report.page import write_page
from realtime.report.recorder import SessionRecorder, Wanted
from realtime.report.session import sessions_in
from realtime.sources.looped import Looped
from realtime.sources.open import open_source
from realtime.sources.video import Video
from realtime.stimulus.files import read_stimulus
from realtime.stimulus.stage import Programme, Stage

ANSWERS = ("not at all", "rather not", "no matter", "rather", "very much")
TITLE, SIZE_WH = "Review", (960, 600)
# Nothing is told of fewer people.
MIN_GROUP = 5
NOTICE = "Your face is read while you look. Only numbers are kept."


def pictures_of(path: Path, seconds: float) -> Iterator[tuple[np.ndarray, float]]:
    """Give what is to be seen at each moment, and its time: a clip at its pace, a picture for some seconds."""
    begun_s = time.monotonic()
    if is_picture(path):
        while time.monotonic() - begun_s < seconds:
            yield fitted(read_picture(path), SIZE_WH), 0.0
        return
    clip = Video(str(path))
    frame = clip.read()
    while frame is not None:
        yield fitted(frame.image, SIZE_WH), frame.time_s
        while frame is not None and frame.time_s < time.monotonic() - begun_s:
            frame = clip.read()
    clip.close()


def is_picture(path: Path) -> bool:
    """Return whether it is no clip."""
    return path.suffix.lower() in STILL_SUFFIXES


def staged(path: Path) -> Stage | None:
    """Return what tells the report how far a clip is; None for a picture, which has no time."""
    if is_picture(path):
        return None
    return Stage(Programme([read_stimulus(path)], "given", 0, False), Controls(), NeutralProfile(), "window")


def card(lines: list[str], choices: tuple[str, ...] = ()) -> np.ndarray:
    """Draw words, and a field for each choice along the bottom."""
    image = np.full((SIZE_WH[1], SIZE_WH[0], 3), 245, np.uint8)
    for at, line in enumerate(lines):
        cv2.putText(image, line, (40, 120 + 60 * at), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (40, 40, 40), 2, cv2.LINE_AA)
    width = SIZE_WH[0] // max(len(choices), 1)
    for at, choice in enumerate(choices):
        left, top = at * width, SIZE_WH[1] - 140
        cv2.rectangle(image, (left + 6, top), (left + width - 6, SIZE_WH[1] - 20), (200, 120, 0), 2)
        cv2.putText(image, f"{at + 1} {choice}", (left + 16, top + 70), cv2.FONT_HERSHEY_SIMPLEX, 0.55, (40, 40, 40), 1)
    return image


def ask(question: str) -> int:
    """Wait for an answer, by key or click; return its number, from 1."""
    clicked: list[int] = []

    def click(event: int, x: int, y: int, *_: object) -> None:
        if event == cv2.EVENT_LBUTTONDOWN and y > SIZE_WH[1] - 140:
            clicked.append(1 + x * len(ANSWERS) // SIZE_WH[0])

    cv2.setMouseCallback(TITLE, click)
    while not clicked:
        cv2.imshow(TITLE, card([question], ANSWERS))
        key = cv2.waitKey(20) - ord("0")
        clicked += [key] if 1 <= key <= len(ANSWERS) else []
    return clicked[0]


def review(options: argparse.Namespace) -> Path:
    """Show, read and ask one customer; return the folder of the session."""
    stage = staged(options.show)
    source = open_source(options.source)
    if not source.paced:
        source = Looped(source, lambda: open_source(options.source))
    cv2.namedWindow(TITLE)
    try:
        with FaceReader.open() as reader:
            cv2.imshow(TITLE, card([NOTICE, "Press a key to begin."]))
            cv2.waitKey(0)
            if (first := source.read()) is not None:  # which takes longer than all others
                reader.read(first)
            recorder = SessionRecorder(Wanted(options.folder), source.name, shows=stage)
            before_s = -1.0
            for image, time_s in pictures_of(options.show, options.seconds):
                cv2.imshow(TITLE, image)
                cv2.waitKey(1)
                if stage is not None and time_s != before_s:
                    stage.playback.shown(1, time.monotonic(), time_s)
                if (frame := source.read()) is not None:
                    recorder(frame, reader.read(frame))
                    if before_s < 0:
                        recorder.mark("shown")
                    before_s = time_s
            if stage is not None:
                stage.playback.stopped(time.monotonic(), "ended")
            recorder.mark(f"answer {ask(options.question)}")
            recorder.finish()
    finally:
        source.close()
        cv2.destroyAllWindows()
    write_page(recorder.folder)
    return recorder.folder


def answers(folder: Path) -> list[str]:
    """Return how many gave each answer, as lines; nothing of a few."""
    words = [mark.word for session in sessions_in(folder) for mark in read_about(session).marks]
    given = Counter(int(word.split()[1]) for word in words if word.startswith("answer "))
    if given.total() < MIN_GROUP:
        return [f"{given.total()} answers: too few to tell anything."]
    return [f"{name:12} {given[at]:3}  {given[at] / given.total():.0%}" for at, name in enumerate(ANSWERS, start=1)]


def main() -> int:
    """Run one review, or tell the answers; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="of the round")
    parser.add_argument("--show", type=Path, help="a picture or a clip")
    parser.add_argument("--question", default="How much do you like it?")
    parser.add_argument("--seconds", type=float, default=8.0, help="for which a picture is shown")
    parser.add_argument("--source", default="auto", help="camera, as app.py's; demo to try it")
    parser.add_argument("--answers", action="store_true", help="tell the answers so far")
    options = parser.parse_args()
    try:
        if options.answers or options.show is None:
            print("\n".join(answers(options.folder)))
        else:
            print(f"Thank you. Kept in {review(options)}.")
    except EmojiCameraError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
