"""The model card, written from the model's metadata and its scores."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from realtime.faces.classifier import Classifier
from realtime.records import EMOTIONS

if TYPE_CHECKING:
    from training.evaluate import Score

# What a card tells of a score, after its title.
SCORE_COLUMNS = ("pictures", "accuracy, %", "balanced accuracy, %", "calibration error")


def score_text(score: Score) -> str:
    """Return a score as lines for a person to read."""
    low, high = score.interval
    recalls = ", ".join(f"{name} {100 * recall:.0f}" for name, recall in score.recalls.items())
    return (
        f"{score.title} ({score.count} pictures): {100 * score.accuracy:.2f} % "
        f"(95 % interval {100 * low:.1f} to {100 * high:.1f}), balanced {100 * score.balanced_accuracy:.2f} %, "
        f"calibration error {score.calibration_error:.3f}\n  recall in %: {recalls}{_slices_text(score)}"
    )


def _slices_text(score: Score) -> str:
    if not score.slices:
        return ""
    return "\n  by slice in %: " + ", ".join(f"{name} {100 * a:.1f} ({n})" for name, (n, a) in score.slices.items())


def write(path: Path, classifier: Classifier, scores: list[Score], milliseconds: float) -> None:
    """Write the card of a model file. scores: on the validation splits; milliseconds: per face, one thread."""
    about = {key: json.loads(value) for key, value in classifier.metadata.items()}
    mixture = about["mixture"]
    slices = "\n".join(
        f"- {name}: {100 * accuracy:.1f} % of {count}"
        for score in scores
        for name, (count, accuracy) in score.slices.items()
    )
    rows = "\n".join(_row(score) for score in scores)
    recalls = "\n".join(
        f"- {score.title}: " + ", ".join(f"{name} {100 * recall:.0f} %" for name, recall in score.recalls.items())
        for score in scores
    )
    text = _TEXT.format(
        file=classifier.path.name,
        megabytes=classifier.path.stat().st_size / 1e6,
        size=about["size"],
        parameters=about["parameters"],
        milliseconds=milliseconds,
        bits=_bits(about),
        rows=rows,
        recalls=recalls,
        slices=slices,
        fer_weight=mixture["fer_weight"],
        ferplus_weight=1 - mixture["fer_weight"],
        class_weights=", ".join(f"{e} {w:.2f}" for e, w in zip(EMOTIONS, mixture["class_weights"], strict=True)),
        temperature=mixture.get("temperature", 1.0),
        command=about["command"],
        config=", ".join(f"{key} {value}" for key, value in about["train_config"].items()),
        data=about["data"],
        revision=about["git_revision"],
    )
    part = path.with_suffix(".part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)


def told_scores(path: Path) -> dict[str, tuple[str, ...]]:
    """Return the scores that a card tells: title -> (pictures, accuracy, balanced accuracy, calibration error).

    Empty for a file that can't be read or is no card.
    """
    cells = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in _lines(path) if line.startswith("| ")]
    return {row[0]: tuple(row[1:]) for row in cells if len(row) == 5 and row[1].isdecimal()}


def told_recalls(path: Path) -> dict[str, dict[str, int]]:
    """Return the recalls that a card tells: title -> class -> percent. Empty for a file that is no card."""
    titles = told_scores(path)
    told = [line[2:].split(": ", 1) for line in _lines(path) if line.startswith("- ") and ": " in line]
    return {
        title: {name: int(share) for name, share in re.findall(r"(\w+) (\d+) %", recalls)}
        for title, recalls in told
        if title in titles
    }


def _lines(path: Path) -> list[str]:
    """Return the lines of a file; none of one that can't be read."""
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []


def _bits(about: dict[str, Any]) -> str:
    if "int8" not in about:
        return "Its weights are 32-bit floats."
    return (
        f"Its convolutions are 8-bit integers, which take {about['int8']['time_ratio']:.2f} of the float network's time.\n"
        f"Points of accuracy lost by it on the validation splits: {about['int8']['lost_points']} (negative: won)."
    )


def score_row(score: Score) -> tuple[str, tuple[str, ...]]:
    """Return the title of a score, and what the card tells of it, as `told_scores` does."""
    low, high = score.interval
    return score.title, (
        str(score.count),
        f"{100 * score.accuracy:.1f} ({100 * low:.1f} to {100 * high:.1f})",
        f"{100 * score.balanced_accuracy:.1f}",
        f"{score.calibration_error:.3f}",
    )


def _row(score: Score) -> str:
    title, cells = score_row(score)
    return f"| {' | '.join([title, *cells])} |"


_TEXT = """# Model card: {file}

*This page is written by `python -m training.evaluate`; change `training/model_card.py` rather than it.*

A small convolutional network ({parameters:,} parameters, {megabytes:.1f} MB) that reads a face's expression, and its
perceived gender presentation, from a grey picture of {size}x{size} pixels. One face takes {milliseconds:.1f} ms on one
core of the machine that wrote this card. {bits}

## Outputs

| output | classes | what it is |
| --- | --- | --- |
| `emotion` | 7 | what the program shows: {fer_weight:.0%} `fer` and {ferplus_weight:.0%} `ferplus` (contempt left out), the classes weighted ({class_weights}), at temperature {temperature:.2f}. Chosen on PublicTest by the sum of plain and balanced accuracy under both labellings, while every emotion is recalled in 55 of 100 cases by FER labels |
| `gender` | 2 | perceived gender presentation, to choose a drawing; it says nothing about who somebody is |
| `fer` | 7 | FER-2013's own labels |
| `ferplus` | 8 | the FER+ taggers' votes |

FER and FER+ labels agree on only 63 % of the pictures, so no output can be right by both. "FER+ majority" is the emotion
with the most of ten votes, however few; "FER+ agreed" leaves out pictures where no emotion has more than half of them, single
votes not counted, as the code published with FER+ does: the figure to compare with published ones.

## Scores

On the validation splits: FER-2013's PublicTest and the gender set's `valid`, neither of which was trained on. In percent,
95 % intervals (Wilson) in brackets; the calibration error is the expected one over 15 bins, between 0 and 1.

| output, labels | pictures | accuracy | balanced accuracy | calibration error |
| --- | --- | --- | --- | --- |
{rows}

Share of right answers by class:

{recalls}

Gender by slices of at least 100 pictures, in the set's own words:

{slices}

The mixture of the `emotion` output was chosen on PublicTest, so its figures there flatter a little; PrivateTest was not
looked at. PublicTest holds 279 pictures that are pixel for pixel also in the training split, as it does for everybody who
reports figures on it.

## Data

{data}

- FER-2013 (Goodfellow et al., ICML 2013 workshop): 48x48 grey pictures from a web image search, published for a
  challenge without a licence of its own: for research. Its labels are noisy; people agree with them in about 65 %.
- FER+ (Barsoum et al., ICMI 2016): votes of ten taggers for the same pictures, MIT licence.
- UTKFace (Zhang et al., CVPR 2017): non-commercial research only. Its gender labels know two values and come from an
  estimator that people checked.

The weights were trained from nothing on these sets alone. As their terms are for research, so is this file; the code and
the emoji are under the MIT licence.

## How it was made

```
{command}
```

{config}; git revision {revision}. Training draws every random number from the seed, the epoch and the step.

## Known failures

- Fear, disgust and sadness are mixed up with each other, with anger and with neutral; so do the people who labelled them.
- Mild expressions of ordinary people read as neutral more often than the posed ones in the data.
- Faces turned far to the side, covered, very dark, or smaller than about 30 pixels are guesses.
- The pictures lean towards young, light-skinned and famous people, and towards strong expressions; expect worse elsewhere.
- What a face shows is not what a person feels.

## Uses

Meant for: covering one's own face in one's own video with a drawing that follows one's expression; lessons and practice of
expressions that a person chooses to take; research into how well this works.

Not meant for: judging, ranking, hiring, watching or sorting people, or finding out what they feel without their wish. In
the European Union, Article 5(1)(f) of the AI Act forbids systems that infer emotions of people at work and in education,
medical and safety reasons excepted. Do not build that with this file.
"""
