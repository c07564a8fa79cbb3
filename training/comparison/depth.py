"""Goodfellow et al. 2013: is deeper better, and one network for everything better than several?

"Multi-digit Number Recognition from Street View Imagery using Deep Convolutional Neural Networks" found that accuracy
grew with every layer up to eleven, and put what had been separate stages into one network. Here the time is what is
equal, since that is what a person with a laptop has.
"""

from __future__ import annotations

import numpy as np

from training.comparison.learning import learn
from training.comparison.material import Material
from training.comparison.networks import answers, face_ms, of_depth, parameters
from training.comparison.results import Results
from training.metrics import accuracies, wilson_interval
from training.model import ExpressionNet

_EQUAL_DEPTH = 8


def compare_depths(material: Material, results: Results) -> None:
    """Make the tables `depth` and `width`: equal time, other depths, then other widths at one depth."""
    budget = material.budget
    for seed in budget.network_seeds:
        for depth in budget.depths:
            _network(material, results, ("depth", f"{depth} convolutions", seed), depth, 1.0)
        for scale in budget.scales:
            _network(material, results, ("width", f"{scale:g} times as wide", seed), _EQUAL_DEPTH, scale)


def _network(material: Material, results: Results, place: tuple[str, str, int], depth: int, scale: float) -> None:
    table, row, seed = place
    if not results.missing(table, row, seed):
        return
    net = of_depth(depth, material.budget.widths, scale, seed)
    course = material.course(f"depth {depth} width {scale:g} seed {seed}", seed=seed)
    seen = learn(net, [material.lesson("fer")], course)
    figures = {"convolutions": depth, "scale": scale, "widths": " ".join(_widths(net))}
    results.add(table, row, figures | expression_scores(net, material) | _cost_of(material, net) | {"seen": seen}, seed)


def _widths(net: ExpressionNet) -> list[str]:
    return list(dict.fromkeys(str(p.shape[0]) for p in net.trunk.parameters() if p.ndim == 4))


def compare_trunks(material: Material, results: Results) -> None:
    """Make the table `trunk`: one network for expression and gender, or two that share its time or have it each."""
    plans: dict[str, tuple[tuple[str, ...], float]] = {
        "one network for both": (("fer", "gender"), 1.0),
        "expression alone, half the time": (("fer",), 0.5),
        "gender alone, half the time": (("gender",), 0.5),
        "expression alone, the same time": (("fer",), 1.0),
        "gender alone, the same time": (("gender",), 1.0),
    }
    for row, (heads, share) in plans.items():
        if not results.missing("trunk", row):
            continue
        net = of_depth(_EQUAL_DEPTH, material.budget.widths)
        seen = learn(net, [material.lesson(head) for head in heads], material.course(f"trunk {row}", share))
        figures: dict[str, object] = {"heads": " ".join(heads), "share": share}
        figures |= expression_scores(net, material) if "fer" in heads else {}
        figures |= _gender_scores(net, material) if "gender" in heads else {}
        results.add("trunk", row, figures | _cost_of(material, net) | {"seen": seen})


def expression_scores(net: ExpressionNet, material: Material) -> dict[str, object]:
    """Return the accuracy of the FER head on FER's labels, its 95 % interval and the balanced one, 0 to 1."""
    faces = material.valid
    return scores(answers(net, faces.patches(), material.budget.side_px)["fer"], faces.labels)


def scores(logits: np.ndarray, labels: np.ndarray) -> dict[str, object]:
    """Return accuracy, its 95 % interval, and balanced accuracy; logits (N, C), labels (N,), -1 is left out."""
    accuracy, balanced = accuracies(logits.argmax(1), labels)
    low, high = wilson_interval(accuracy, int((labels >= 0).sum()))
    return {"accuracy": accuracy, "low": low, "high": high, "balanced": balanced}


def _gender_scores(net: ExpressionNet, material: Material) -> dict[str, object]:
    assert material.gender is not None
    faces = material.gender["valid"]
    found = scores(answers(net, faces.patches(), material.budget.side_px)["gender"], faces.labels)
    return {f"gender {name}": value for name, value in found.items()}


def _cost_of(material: Material, net: ExpressionNet) -> dict[str, object]:
    return {"parameters": parameters(net), "face ms": face_ms(net, material.budget.side_px)}
