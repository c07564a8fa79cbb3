"""A small data set of drawn faces, one expression for each class, for the tests of the studio."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from realtime.records import EMOTIONS

# Mouth: how far its corners go up, and how wide open it is. Brows: how far their inner ends go up.
_LOOKS = {
    "angry": (-4, 0, -4),
    "disgust": (-5, 3, -2),
    "fear": (-3, 6, 4),
    "happy": (6, 2, 0),
    "sad": (-6, 0, 4),
    "surprise": (0, 9, 3),
    "neutral": (0, 0, 0),
}


def drawn_face(emotion: str, rng: np.random.Generator) -> np.ndarray:
    """Return a face with an expression, 48x48 grey."""
    corners, opened, brows = _LOOKS[emotion]
    skin, ink = int(rng.integers(150, 220)), int(rng.integers(10, 60))
    image = np.full((48, 48), rng.integers(60, 110), np.uint8)
    x, y = 24 + int(rng.integers(-2, 3)), 24 + int(rng.integers(-2, 3))
    cv2.ellipse(image, (x, y), (18, 22), 0, 0, 360, skin, cv2.FILLED, cv2.LINE_AA)
    for side in (-1, 1):
        cv2.circle(image, (x + 8 * side, y - 5), 2, ink, cv2.FILLED, cv2.LINE_AA)
        cv2.line(image, (x + 4 * side, y - 10 - brows), (x + 12 * side, y - 10 + brows // 2), ink, 1, cv2.LINE_AA)
    along = np.linspace(-1, 1, 15)
    mouth = np.stack([x + 8 * along, y + 11 - corners * (along**2 - 0.5)], 1)
    lower = np.stack([x + 8 * along, mouth[:, 1] + opened * (1 - along**2)], 1)[::-1]
    cv2.polylines(image, [np.concatenate([mouth, lower]).round().astype(np.int32)], True, ink, 1, cv2.LINE_AA)
    return image


def write_set(root: Path, train: int = 16, valid: int = 6) -> Path:
    """Write class folders with so many pictures of each class, two of which can't be used and one is in both splits."""
    rng = np.random.default_rng(0)
    for split, count in (("train", train), ("valid", valid)):
        for emotion in EMOTIONS:
            folder = root / split / emotion
            folder.mkdir(parents=True)
            for n in range(count):
                cv2.imwrite(str(folder / f"{n}.png"), drawn_face(emotion, rng))
    (root / "train" / "happy" / "broken.jpg").write_bytes(b"no picture")
    cv2.imwrite(str(root / "train" / "sad" / "wide.png"), np.zeros((48, 200), np.uint8))
    (root / "valid" / "happy" / "twin.png").write_bytes((root / "train" / "happy" / "0.png").read_bytes())
    return root
