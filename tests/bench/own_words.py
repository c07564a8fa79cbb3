"""How well expressions of one's own are told: painted winks and tongues on clips, and classes under a made-up word.

    python -m tests.bench.own_words CLIP ... [--faces FOLDER]

There are no videos of winks that we may use. So an eye is painted shut, and a tongue painted out, on the faces of
clips: half of the moments teach the bare faces and the painted ones, in examples as a lesson makes them, the others are
read, bare and painted with one and the other. With --faces, of a folder of class folders whose files are called
NAME_NUMBER, a class of one person is taught under a made-up word by two pictures of each class, and that person's other
pictures are read: taken on other days, as no lesson is. A hit is a picture of the word that is told as it, a false show
any other that is; strangers are the bare faces of other clips, as of somebody else who sits down before the camera.
Single moments are counted; what is shown must last.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from realtime.faces.landmarks import Landmarker
from realtime.faces.open import open_faces
from realtime.faces.preprocess import face_patch
from realtime.faces.views import ViewsInTurn
from realtime.people.own import alike, own_word, shapes_of
from realtime.people.taught import Examples, Taught, unit
from realtime.quiet import quiet
from realtime.records import EMOTIONS, Face, Frame, Prediction
from realtime.sources.open import open_source

# Smaller faces are not those of somebody before their own webcam.
_LEAST_PX = 60
# So many moments in a row teach, then so many are read.
_BLOCK = 8
_EXAMPLES = {"bare": 2, "wink": 5, "tongue": 5}
_DRAWS, _SHOTS, _WORD = 5, 2, "word"

# What is known of a face: what the model says, and how its parts move.
Seen = tuple[Prediction, np.ndarray]
# What is known of a person moment by moment: as they are, and painted.
Moments = list[dict[str, Seen]]


class Looks:
    """Reads faces as the live program does."""

    def __init__(self) -> None:
        self._classifier, self._landmarker = ViewsInTurn(features=True), Landmarker(movements=True)

    def seen(self, image: np.ndarray, face: Face) -> Seen | None:
        """Return what is known of a face in a picture, uint8 (H, W, 3) BGR; None where its movements can't be told."""
        movement = self._landmarker.movement(image, face.region)
        if movement is None:
            return None
        return self._classifier.predict([face_patch(image, face.region)])[0], shapes_of(movement)


def painted(image: np.ndarray, face: Face, what: str) -> np.ndarray:
    """Return a picture with an eye painted shut ("wink") or a tongue painted out ("tongue"), or as it is ("bare")."""
    result, keys = image.copy(), face.keypoints
    across = keys.right_eye - keys.left_eye
    unit_px = float(np.linalg.norm(across))
    down = np.array([-across[1], across[0]]) / unit_px
    angle = float(np.degrees(np.arctan2(across[1], across[0])))

    def fill(center: np.ndarray, radii: tuple[float, float], colour: tuple[float, ...]) -> None:
        mask = np.zeros(image.shape[:2], np.float32)
        axes = (max(round(radii[0] * unit_px), 1), max(round(radii[1] * unit_px), 1))
        cv2.ellipse(mask, (round(center[0]), round(center[1])), axes, angle, 0, 360, 1, cv2.FILLED, cv2.LINE_AA)
        mask = cv2.GaussianBlur(mask, (0, 0), max(0.035 * unit_px, 0.6))[..., None]
        result[:] = (result * (1 - mask) + np.array(colour) * mask).astype(np.uint8)

    if what == "wink":
        x, y = (keys.left_eye + 0.33 * unit_px * down).astype(int)
        reach = max(int(0.06 * unit_px), 1)
        skin = image[y - reach : y + reach + 1, x - reach : x + reach + 1].reshape(-1, 3).mean(0)
        fill(keys.left_eye, (0.27, 0.15), tuple(skin))
        axes, center = (int(0.22 * unit_px), max(int(0.08 * unit_px), 1)), np.round(keys.left_eye).astype(int).tolist()
        cv2.ellipse(result, center, axes, angle, 10, 170, tuple(0.35 * skin), max(int(0.05 * unit_px), 1), cv2.LINE_AA)
    elif what == "tongue":
        fill(keys.mouth, (0.28, 0.10), (30, 20, 50))
        fill(keys.mouth + 0.22 * unit_px * down, (0.17, 0.26), (110, 100, 210))
    return result


def clip_counts(path: Path, people: Sequence[Moments]) -> tuple[Counter[tuple[str, str]], list[Taught]]:
    """Return how often what was told as what by the people of a clip, and what each has taught."""
    found: Counter[tuple[str, str]] = Counter()
    all_taught = []
    for moments in people:
        taught_half = [one for n, one in enumerate(moments) if n // _BLOCK % 2 == 0]
        rest = [one for n, one in enumerate(moments) if n // _BLOCK % 2]
        # An expression is shown from one and the same face, which most of the moments have.
        base = Counter(_label(one["bare"]) for one in moments).most_common(1)[0][0]
        rows = {name: [one["bare"] for one in taught_half if _label(one["bare"]) == name] for name in EMOTIONS}
        rows |= {word: [one[word] for one in taught_half if _label(one["bare"]) == base] for word in ("wink", "tongue")}
        taught = _taught({name: some for name, some in rows.items() if len(some) >= _BLOCK})
        for word in taught.own:
            if other := alike(taught, word):
                print(f"  {path.name}: {word} looks like {other}, and is not kept")
                taught = taught.without(word) or taught
        for one in rest:
            for what, seen in one.items():
                if what == "bare" or (what in taught.own and _label(one["bare"]) == base):
                    found[what, _told(taught, seen)] += 1
        all_taught.append(taught)
    return found, all_taught


def _people_of(path: Path, looks: Looks) -> Iterator[Moments]:
    """Give what is known of each person's moments in a clip, bare and painted; people keep to their side of it."""
    sides: dict[bool, Moments] = {}
    source = open_source(str(path))
    with open_faces() as opened:
        while (frame := source.read()) is not None:
            for face in opened.finder.detect(frame, None):
                if face.region.size_px < _LEAST_PX:
                    continue
                looked = {what: looks.seen(painted(frame.image, face, what), face) for what in _EXAMPLES}
                moment = {what: seen for what, seen in looked.items() if seen is not None}
                if len(moment) == len(looked):
                    sides.setdefault(face.region.center[0] < frame.image.shape[1] / 2, []).append(moment)
    source.close()
    yield from (moments for moments in sides.values() if len(moments) >= 4 * _BLOCK)


def picture_counts(folder: Path, looks: Looks) -> Counter[tuple[str, str]]:
    """Return how often what was told as what, by pictures of people of whom other pictures taught it."""
    people: dict[str, list[tuple[str, Seen]]] = {}
    with open_faces(stills=True) as opened:
        for path in sorted(folder.glob("*/*.jpg")):
            image = cv2.imread(str(path))
            faces = opened.finder.detect(Frame(image, 0, 0.0, path.name), None)
            if faces and path.parent.name in EMOTIONS:
                seen = looks.seen(image, max(faces, key=lambda face: face.region.size_px))
                if seen is not None:
                    people.setdefault(re.sub(r"_\d+$", "", path.stem), []).append((path.parent.name, seen))
    found: Counter[tuple[str, str]] = Counter()
    rng = np.random.default_rng(0)
    for pictures in people.values():
        labels = [label for label, _ in pictures]
        known = [name for name in EMOTIONS if labels.count(name) > _SHOTS]
        for word in known if len(known) > 1 else ():
            for _ in range(_DRAWS):
                chosen = {name: rng.permutation(np.flatnonzero(np.array(labels) == name))[:_SHOTS] for name in known}
                rows = {
                    _WORD if name == word else name: [pictures[n][1] for n in some] for name, some in chosen.items()
                }
                taught = _taught(rows, _SHOTS)
                if alike(taught, _WORD):
                    found["lesson", "refused"] += 1
                    continue
                found["lesson", "kept"] += 1
                used = set(np.concatenate(list(chosen.values())).tolist())
                for n, (label, seen) in enumerate(pictures):
                    if n not in used:
                        found[_WORD if label == word else "bare", _told(taught, seen)] += 1
    return found


def _taught(rows: dict[str, list[Seen]], examples: int = 0) -> Taught:
    """Return what is taught by moments. examples: of each; 0 for as many as a lesson makes."""
    taught = {}
    for name, some in rows.items():
        parts = np.array_split(np.arange(len(some)), examples or _EXAMPLES.get(name, _EXAMPLES["bare"]))
        vectors = np.stack([unit(np.mean([some[n][0].features for n in part], 0)) for part in parts])
        taught[name] = Examples(vectors, shapes=np.stack([np.mean([some[n][1] for n in part], 0) for part in parts]))
    return Taught("", taught)


def _label(seen: Seen) -> str:
    return EMOTIONS[int(seen[0].emotions.argmax())]


def _told(taught: Taught, seen: Seen) -> str:
    features = seen[0].features
    assert features is not None
    return own_word(taught, features, seen[1])


def _print(name: str, found: Counter[tuple[str, str]]) -> None:
    for word in ("wink", "tongue", _WORD):
        of_it = sum(count for (what, _), count in found.items() if what == word)
        others = sum(count for (what, _), count in found.items() if what not in (word, "lesson"))
        false = sum(count for (what, told), count in found.items() if what not in (word, "lesson") and told == word)
        if of_it:
            print(f"{name}: {word} told {found[word, word]}/{of_it}, shown for something else {false}/{others}")
    if found["lesson", "kept"]:
        print(f"  lessons kept {found['lesson', 'kept']}, refused as too alike {found['lesson', 'refused']}")


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description="How well expressions of one's own are told.")
    parser.add_argument("clips", type=Path, nargs="+", metavar="CLIP")
    parser.add_argument("--faces", type=Path, metavar="FOLDER")
    args = parser.parse_args()
    with quiet(verbose=False):
        looks, everything = Looks(), Counter[tuple[str, str]]()
        clips = {path: list(_people_of(path, looks)) for path in args.clips}
        for path, people in clips.items():
            found, all_taught = clip_counts(path, people)
            _print(path.name, found)
            everything += found
            strangers = [one["bare"] for other in clips if other != path for some in clips[other] for one in some]
            for taught in all_taught:
                told = Counter(_told(taught, seen) for seen in strangers)
                print(f"  {path.name}: words shown for strangers {len(strangers) - told['']}/{len(strangers)}")
        _print("all clips", everything)
        if args.faces:
            _print(args.faces.name, picture_counts(args.faces, looks))


if __name__ == "__main__":
    main()
