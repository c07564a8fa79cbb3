"""Alshamsi, Kepuska and Meng 2017: landmarks, their centre of gravity, and a support vector machine.

"Real time automated facial expression recognition app development on smart phones" (IEMCON 2017) reads expressions on a
telephone from landmarks. Here MediaPipe finds the landmarks; machines by landmarks and by gradients stand beside
networks, on the same pictures, at every size that a face may have in a webcam's picture.
"""

from __future__ import annotations

import numpy as np

from realtime.records import EMOTIONS
from training.comparison.material import Material, part
from training.comparison.pictures import Pictures, of_set
from training.comparison.points import FacePoints
from training.comparison.readers import Reader, read_all, taught
from training.comparison.results import Results
from training.metrics import accuracies, wilson_interval

# FER's pictures are of this size.
_FER_PX = 48


def compare_classical(material: Material, results: Results) -> None:
    """Make the tables `classical`, `confusion` and `resolution`."""
    with FacePoints() as looking:
        study = _Study(material, results, looking)
        study.on_the_split()
        study.by_size("FER", of_set(material.valid).chosen(material.budget.sized), _FER_PX)
        if material.natural:
            study.by_size("natural", material.natural_faces.chosen(material.budget.sized), 1000)


class _Study:
    def __init__(self, material: Material, results: Results, looking: FacePoints) -> None:
        self._material, self._results, self._looking = material, results, looking
        self._taught: list[Reader] = []

    @property
    def _readers(self) -> list[Reader]:
        """Who reads; they are taught when they are first needed."""
        self._taught = self._taught or taught(self._material, self._looking)
        return self._taught

    def on_the_split(self) -> None:
        """Score everybody on FER's validation split."""
        if not self._results.missing("classical", "network that ships"):
            return
        faces = part(self._material.valid, self._material.budget.svm_scored)
        told = read_all(of_set(faces), _FER_PX, self._readers, self._looking)
        for reader in self._readers:
            answers = told.answers[reader.name]
            self._results.add("classical", reader.name, _figures(answers, faces.labels, told.reader_ms[reader.name]))
            for n, emotion in enumerate(EMOTIONS):
                chosen = answers[faces.labels == n]
                counts: dict[str, object] = {name: int((chosen == k).sum()) for k, name in enumerate(EMOTIONS)}
                more = {"method": reader.name, "label": emotion, "no landmarks": int((chosen < 0).sum())}
                self._results.add("confusion", f"{reader.name}: {emotion}", more | counts)

    def by_size(self, where: str, pictures: Pictures, most_px: int) -> None:
        """Score everybody on pictures at all sizes up to the pictures' own."""
        for size_px in self._material.budget.sizes_px:
            row = f"{where}, {size_px} px"
            if size_px > most_px or not self._results.missing("resolution", row):
                continue
            told = read_all(pictures, size_px, self._readers, self._looking)
            figures: dict[str, object] = {"faces": where, "size px": size_px, "pictures": len(pictures)}
            figures["landmarks found"] = float(told.found.mean())
            for reader in self._readers:
                figures[f"{reader.name}: accuracy"] = float((told.answers[reader.name] == pictures.labels).mean())
                figures[f"{reader.name}: ms"] = told.reader_ms[reader.name]
            self._results.add("resolution", row, figures)


def _figures(answers: np.ndarray, labels: np.ndarray, milliseconds: float) -> dict[str, object]:
    """Return scores; a face that could not be read counts as wrong, except in `accuracy where read`."""
    accuracy, balanced = accuracies(answers, labels)
    low, high = wilson_interval(accuracy, len(labels))
    read = answers >= 0
    return {
        "accuracy": accuracy,
        "low": low,
        "high": high,
        "balanced": balanced,
        "read": float(read.mean()),
        "accuracy where read": float((answers == labels)[read].mean()) if read.any() else 0.0,
        "face ms": milliseconds,
        "pictures": len(labels),
    }
