"""Chen et al. 2019: is a face read better by how it differs from the same person's neutral one?

Faces of ordinary people with their names make pairs of one person, and sequences that go from neutral to an expression
and back. Nothing learns from them: a difference is brought back to where the reader is at home by adding what is
typical of neutral faces, so that the reader that was taught single pictures reads it too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from realtime.faces.classifier import SHIPPED_MODEL, Classifier
from realtime.faces.preprocess import face_patch
from realtime.people.neutral import TYPICAL, alikeness, shifted
from realtime.records import EMOTIONS, GENDERS, Prediction, Region
from training.comparison.extremes import extremes, neutral_and_apex
from training.comparison.material import Material
from training.comparison.pictures import Pictures
from training.comparison.results import Results
from training.metrics import accuracies

_NEUTRAL = EMOTIONS.index("neutral")
_LEAST = 1e-6
# Persons are drawn anew so often for the intervals.
_RESAMPLED = 1000

# A sequence: frames at rest, on the way, at the apex, on the way back, at rest again.
_REST, _WAY, _FULL = 5, 4, 5
_WAY_UP = np.linspace(0, 1, _WAY + 2)[1:-1]
_SHARES = np.concatenate([np.zeros(_REST), _WAY_UP, np.ones(_FULL), _WAY_UP[::-1], np.zeros(_REST)])
# The faces of a sequence are cut so large before they are blended.
_BLENDED_PX = 96


@dataclass(frozen=True)
class Pair:
    """Places of two pictures of one person: of the neutral one that is the reference, and of another."""

    person: str
    neutral: int
    other: int


def difference(emotions: np.ndarray, neutral: np.ndarray, weight: float) -> np.ndarray:
    """Measure answers against those for a neutral face of the same person.

    The logarithms of answers are linear in the network's features, so this is the difference of features, read by the
    network's own last layer around its typical neutral face.

    Args:
        emotions: float (7,), order EMOTIONS.
        neutral: float (7,), of the neutral face.
        weight: 0 to 1, of what separates the neutral face from a typical one.

    Returns:
        float (7,), sums to 1.
    """
    measured = np.maximum(emotions, _LEAST) * (TYPICAL / np.maximum(neutral, _LEAST)) ** weight
    return measured / measured.sum()


def by_app(emotions: np.ndarray, neutral: np.ndarray) -> np.ndarray:
    """Measure answers as the program does once it has been shown a resting face; float (7,) each."""
    resting = np.maximum(neutral, 1e-4)
    seen = Prediction(emotions, np.full(len(GENDERS), 0.5, np.float32))
    return shifted(seen, (resting / resting.sum()).astype(np.float32)).emotions


METHODS = {
    "single picture": lambda emotions, neutral: emotions,
    "difference, a quarter": lambda emotions, neutral: difference(emotions, neutral, 0.25),
    "difference, half": lambda emotions, neutral: difference(emotions, neutral, 0.5),
    "difference, whole": lambda emotions, neutral: difference(emotions, neutral, 1.0),
    "difference, whole, where faces are alike": lambda emotions, neutral: difference(
        emotions, neutral, alikeness(emotions, np.maximum(neutral, _LEAST))
    ),
    "the app's calibration, which only takes away": by_app,
}


def compare_differences(material: Material, results: Results) -> None:
    """Make the tables `differences` and `sequences`, of natural faces, and `recordings`."""
    if material.natural:
        pictures = material.natural_faces
        _pairs(pictures, results)
        _sequences(pictures, material, results)
    for path in material.recordings:
        if results.missing("recordings", path.name):
            for one in extremes(path):
                row = {"person": one.track, "frames": one.frames, "neutral s": one.neutral_s, "apex s": one.apex_s}
                results.add("recordings", f"{path.name}, person {one.track}", row | {"at the apex": one.emotion})
            results.add("recordings", path.name, {"person": "all"})


def pairs_of(pictures: Pictures) -> list[Pair]:
    """Return all pairs of a person's first neutral picture and each other one, for persons that have both."""
    places: dict[str, list[int]] = {}
    for place, person in enumerate(pictures.people):
        places.setdefault(person, []).append(place)
    pairs = []
    for person, own in places.items():
        neutral = next((place for place in own if pictures.labels[place] == _NEUTRAL), None)
        if neutral is not None:
            pairs += [Pair(person, neutral, place) for place in own if place != neutral]
    return pairs


def _pairs(pictures: Pictures, results: Results) -> None:
    if not results.some_missing("differences", METHODS):
        return
    pairs = pairs_of(pictures)
    emotions = Classifier(SHIPPED_MODEL).run(pictures.patches(), ("emotion",))["emotion"]
    labels = pictures.labels[[pair.other for pair in pairs]]
    people = np.array([pair.person for pair in pairs])
    single = np.zeros(0)
    for method, measure in METHODS.items():
        answers = np.array([measure(emotions[p.other], emotions[p.neutral]).argmax() for p in pairs])
        right = answers == labels
        single = right if method == "single picture" else single
        accuracy, balanced = accuracies(answers, labels)
        low, high = gain_interval(right.astype(float) - single, people)
        figures = {"accuracy": accuracy, "balanced": balanced, "gain": float(right.mean() - single.mean())}
        recalls = {f"recall {e}": _recall(right, labels == n) for n, e in enumerate(EMOTIONS) if (labels == n).any()}
        more = {"low": low, "high": high, "pictures": len(pairs), "people": len(set(people))}
        results.add("differences", method, figures | more | recalls)


def _recall(right: np.ndarray, chosen: np.ndarray) -> float:
    return float(right[chosen].mean())


def gain_interval(gains: np.ndarray, people: np.ndarray) -> tuple[float, float]:
    """Return the 95 % interval of a mean gain by drawing persons anew (bootstrap, Efron, 1979); both (N,)."""
    names, of = np.unique(people, return_inverse=True)
    sums, counts = np.bincount(of, gains), np.bincount(of)
    drawn = np.random.default_rng(0).integers(0, len(names), (_RESAMPLED, len(names)))
    means = sums[drawn].sum(1) / counts[drawn].sum(1)
    return float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975))


def sequence(pictures: Pictures, pair: Pair, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Give the patches, uint8 (48, 48), of a face that goes from neutral to an expression and back.

    Both pictures lie over each other by eyes and mouth, and one fades into the other; framing and light change a little
    from frame to frame, as in a webcam's picture.
    """
    neutral, other = (
        face_patch(pictures.images[n], pictures.regions[n], _BLENDED_PX).astype(np.float32)
        for n in (pair.neutral, pair.other)
    )
    for share in _SHARES:
        blended = (1 - share) * neutral + share * other
        lit = np.clip(blended * rng.uniform(0.95, 1.05) + rng.normal(0, 2, blended.shape), 0, 255).astype(np.uint8)
        x, y = _BLENDED_PX / 2 + rng.normal(0, 0.8, 2)
        yield face_patch(lit, Region((float(x), float(y)), _BLENDED_PX * float(rng.uniform(0.98, 1.02))))


def _sequences(pictures: Pictures, material: Material, results: Results) -> None:
    """Score neutral and apex finder, and reading what they find, on sequences of one person each."""
    if not results.some_missing("sequences", METHODS):
        return
    rng = np.random.default_rng(0)
    pairs = [pair for pair in pairs_of(pictures) if pictures.labels[pair.other] != _NEUTRAL]
    pairs = [pairs[n] for n in sorted(rng.permutation(len(pairs))[: material.budget.sequences])]
    classifier = Classifier(SHIPPED_MODEL)
    told = []
    for pair in pairs:
        emotions = classifier.run(np.stack(list(sequence(pictures, pair, rng)))[:, None], ("emotion",))["emotion"]
        neutral, apex = neutral_and_apex(emotions)
        told.append((pair, neutral, apex, emotions))
    labels = pictures.labels[[pair.other for pair in pairs]]
    known_apex = _REST + _WAY + _FULL // 2
    found = {
        "neutral found": float(np.mean([_SHARES[neutral] == 0 for _, neutral, _, _ in told])),
        "apex found": float(np.mean([_SHARES[apex] == 1 for _, _, apex, _ in told])),
        "sequences": len(pairs),
    }
    for method, measure in METHODS.items():
        picked = np.array([measure(e[apex], e[neutral]).argmax() for _, neutral, apex, e in told])
        known = np.array([measure(e[known_apex], e[0]).argmax() for *_, e in told])
        figures = {"accuracy": accuracies(picked, labels)[0], "balanced": accuracies(picked, labels)[1]}
        known_figures = {"accuracy, known frames": accuracies(known, labels)[0]}
        results.add("sequences", method, figures | known_figures | found)
