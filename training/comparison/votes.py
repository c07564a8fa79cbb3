"""Barsoum et al. 2016: what to do with ten opinions about one face.

"Training Deep Networks for Facial Expression Recognition with Crowd-Sourced Label Distribution" compares four ways to
learn from the votes of FER+, and finds that the whole distribution beats the majority. Here under one budget, with
several seeds; their network, VGG13, learns once.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import stats

from training.comparison.charts import number
from training.comparison.learning import Course, learn
from training.comparison.material import Material
from training.comparison.networks import VGG13_SIDE_PX, PlainVgg, answers, face_ms, parameters, plain_vgg, vgg13
from training.comparison.results import Results, Row
from training.labels import ferplus_winners
from training.metrics import accuracies

# Our names of the schemes, and theirs.
SCHEMES = {
    "majority": "majority voting",
    "multi": "multi-label learning",
    "probabilistic": "probabilistic label drawing",
    "soft": "cross-entropy loss",
}
# Their table 1, in %, mean and deviation of five trainings of VGG13.
PUBLISHED = {
    "majority": "83.85 ± 0.63",
    "multi": "83.97 ± 0.36",
    "probabilistic": "84.99 ± 0.37",
    "soft": "84.72 ± 0.24",
}


def compare_votes(material: Material, results: Results) -> None:
    """Make the table `votes`, a row for each scheme and seed."""
    budget = material.budget
    for seed in budget.seeds:
        for scheme in SCHEMES:
            row = f"{scheme} {seed}"
            if results.missing("votes", row, seed):
                net = plain_vgg(budget.widths, budget.side_px, seed)
                course = material.course(f"votes {row}", seed=seed)
                results.add("votes", row, {"scheme": scheme} | _learnt(net, material, scheme, course), seed)


def compare_vgg13(material: Material, results: Results) -> None:
    """Make the table `vgg13`, of their own network."""
    if results.missing("vgg13", "VGG13"):
        share = material.budget.vgg13_seconds / material.budget.seconds
        course = replace(material.course("votes vgg13", share, side_px=VGG13_SIDE_PX), mixed=True)
        results.add("vgg13", "VGG13", {"scheme": "soft"} | _learnt(vgg13(), material, "soft", course))


def _learnt(net: PlainVgg, material: Material, scheme: str, course: Course) -> dict[str, object]:
    seen = learn(net, [material.lesson(scheme, side_px=course.side_px)], course)
    faces = material.valid
    logits = answers(net, faces.patches(), course.side_px)["ferplus"]
    accuracy, balanced = accuracies(logits.argmax(1), ferplus_winners(faces.votes))
    return {
        "accuracy": accuracy,
        "balanced": balanced,
        "seconds": course.seconds,
        "parameters": parameters(net),
        "face ms": face_ms(net, course.side_px),
        "seen": seen,
    }


def interval(values: np.ndarray) -> tuple[float, float]:
    """Return a mean and half its 95 % interval (Student, 1908), of figures float (N,); infinite for a single one."""
    if len(values) < 2:
        return float(values.mean()), float("inf")
    half = stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return float(values.mean()), float(half)


def schemes(rows: list[Row]) -> list[Row]:
    """Return a row for each scheme, with the mean over its seeds and an interval, beside the published figures."""
    shown = []
    best = {row["seed"]: number(row, "accuracy") for row in rows if row["scheme"] == "soft"}
    for scheme, name in SCHEMES.items():
        own = [row for row in rows if row["scheme"] == scheme]
        if own:
            mean, half = interval(np.array([number(row, "accuracy") for row in own]))
            shown.append(
                {"row": name, "accuracy": f"{mean}", "low": f"{mean - half}", "high": f"{mean + half}"}
                | {"balanced": f"{np.mean([number(row, 'balanced') for row in own])}", "seeds": f"{len(own)}"}
                | {"published": PUBLISHED[scheme], "behind": "-" if scheme == "soft" else _behind(own, best)}
            )
    return shown


def beside_published(rows: list[Row]) -> list[Row]:
    """Return the rows with a last one for what was published of the same network."""
    accuracy = float(PUBLISHED["soft"].split()[0]) / 100
    return [*rows, {"row": "VGG13, published, fully trained", "accuracy": f"{accuracy}"}]


def _behind(rows: list[Row], best: dict[str, float]) -> str:
    """Return by how many points rows are behind the best scheme, seed by seed, with an interval."""
    pairs = [100 * (best[row["seed"]] - number(row, "accuracy")) for row in rows if row["seed"] in best]
    if len(pairs) < 2:
        return "-"
    mean, half = interval(np.array(pairs))
    return f"{mean:.1f} ({mean - half:.1f} to {mean + half:.1f})"
