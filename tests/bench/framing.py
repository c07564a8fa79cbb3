"""Do live faces look to the network like FER pictures? `python -m tests.bench.framing FER_DIR [VIDEO ...]`

Pastes FER pictures into a larger scene, finds and cuts them as the live program does, and compares with the bare
pictures: where eyes and mouth sit, and how often the model is right. With videos, draws their mean patch beside the
mean FER face.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from realtime.faces.classifier import SHIPPED_MODEL, Classifier
from realtime.faces.preprocess import PATCH_SIZE, face_patch
from realtime.faces.search import FaceSearch
from realtime.records import Face, Frame, Region
from realtime.sources.video import Video
from tests.bench.faces import Parts
from training.datasets import LabelledFaces, load
from training.labels import ferplus_majority
from training.metrics import accuracies

SCENE_WH = (640, 480)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("fer", type=Path)
    parser.add_argument("videos", nargs="*", type=Path)
    parser.add_argument("--model", type=Path, default=SHIPPED_MODEL)
    parser.add_argument("--size", type=int, default=200, help="px, of a FER picture in the scene")
    parser.add_argument("--count", type=int, default=3589)
    parser.add_argument("--detector", choices=("near", "far", "both"), default="both")
    parser.add_argument("--picture", type=Path, default=Path("framing.png"))
    args = parser.parse_args()
    faces = load(args.fer).split("valid")
    classifier, parts = Classifier(args.model), Parts.open()
    detector = parts.search(args.detector)
    found = [_found(detector, image, args.size) for image in faces.images[: args.count]]
    chosen = np.array([face is not None for face in found])
    print(f"found {chosen.mean():.1%} of {len(found)} pictures at {args.size} px")
    _print_places([face for face in found if face is not None], args.size)
    _print_accuracies(classifier, faces, found, chosen, args.size)
    if args.videos:
        means = [np.mean(faces.images, 0)] + [np.mean(_patches(detector, video), 0) for video in args.videos]
        cv2.imwrite(str(args.picture), cv2.resize(np.hstack(means).astype(np.uint8), None, fx=5, fy=5))
        print(f"mean FER face, and mean patch of each video: {args.picture}")
    parts.close()


def _scene(image: np.ndarray, size: int) -> np.ndarray:
    """Return a FER picture in the middle of a scene made of its own blurred enlargement, BGR."""
    ground = cv2.resize(cv2.resize(image, (4, 3), interpolation=cv2.INTER_AREA), SCENE_WH)
    left, top = (SCENE_WH[0] - size) // 2, (SCENE_WH[1] - size) // 2
    ground[top : top + size, left : left + size] = cv2.resize(image, (size, size), interpolation=cv2.INTER_CUBIC)
    return cv2.cvtColor(ground, cv2.COLOR_GRAY2BGR)


def _found(detector: FaceSearch, image: np.ndarray, size: int) -> Face | None:
    faces = detector.detect(Frame(_scene(image, size), 0, 0.0, ""), None)
    return max(faces, key=lambda face: face.score, default=None)


def _print_places(faces: list[Face], size: int) -> None:
    corner = (np.array(SCENE_WH) - size) / 2
    regions = np.array([[*(np.array(f.region.center) - corner) / size, f.region.size_px / size] for f in faces])
    eyes = np.array([f.keypoints.points[:2].mean(0) - corner for f in faces]) / size
    mouths = np.array([f.keypoints.mouth - corner for f in faces]) / size
    live = []
    for f in faces:
        r = f.region
        turn = np.array([[np.cos(r.roll_rad), np.sin(r.roll_rad)], [-np.sin(r.roll_rad), np.cos(r.roll_rad)]])
        live.append(
            (np.array([f.keypoints.points[:2].mean(0), f.keypoints.mouth]) - r.center) @ turn.T / r.size_px + 0.5
        )
    eyes_live, mouths_live = np.median(live, 0)
    print("in units of the picture      bare FER        live patch")
    print(f"middle of the eyes       {np.median(eyes, 0).round(3)}   {eyes_live.round(3)}")
    print(f"mouth                    {np.median(mouths, 0).round(3)}   {mouths_live.round(3)}")
    center, width = np.median(regions[:, :2], 0).round(3), np.median(regions[:, 2])
    print(f"live region: centre {center}, size {width:.3f} (ideal 0.5 0.5 1)")


def _print_accuracies(
    classifier: Classifier, faces: LabelledFaces, found: list[Face | None], chosen: np.ndarray, size: int
) -> None:
    rows = np.flatnonzero(chosen)
    scenes = (_scene(faces.images[i], size) for i in rows)
    live = np.stack([face_patch(s, found[i].region) for s, i in zip(scenes, rows, strict=True)])[:, None]
    upright = Region((SCENE_WH[0] / 2, SCENE_WH[1] / 2), size)
    pasted = np.stack([face_patch(_scene(faces.images[i], size), upright) for i in rows])[:, None]
    labels, majority = faces.labels[rows], ferplus_majority(faces.votes)[rows]
    print("accuracy and balanced accuracy in %, on the pictures that were found")
    for name, patches in (("bare", faces.patches()[rows]), ("pasted", pasted), ("live", live)):
        heads = classifier.run(patches)
        fer = accuracies(heads["fer"].argmax(1), labels)
        emotion = accuracies(heads["emotion"].argmax(1), labels)
        votes = accuracies(heads["emotion"].argmax(1), majority)
        text = "  ".join(f"{title} {100 * a:.2f} {100 * b:.2f}" for title, (a, b) in
                         (("fer head", fer), ("emotion by FER", emotion), ("emotion by FER+", votes)))  # fmt: skip
        print(f"{name:7} {text}")


def _patches(detector: FaceSearch, video: Path) -> list[np.ndarray]:
    patches = [np.zeros((PATCH_SIZE, PATCH_SIZE), np.uint8)]
    for frame in iter(Video(str(video)).read, None):
        patches += [face_patch(frame.image, face.region) for face in detector.detect(frame)]
    return patches[1:] or patches


if __name__ == "__main__":
    main()
