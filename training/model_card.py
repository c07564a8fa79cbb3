"""The model card, written from the model's metadata and its scores."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from realtime.faces.classifier import Classifier
from realtime.faces.gender_thresholds import thresholds_in
from realtime.images import write_file
from realtime.records import EMOTIONS, GENDER_THRESHOLDS, GENDERS
from training.metrics import ScoreRow


def write(path: Path, classifier: Classifier, scores: Sequence[ScoreRow], milliseconds: float) -> None:
    """Write the card of a model file.

    Args:
        path: The card's place.
        classifier: The model; the card tells its metadata.
        scores: On the validation splits.
        milliseconds: Per face, on one thread.

    Raises:
        OutputError: The card can't be written.
    """
    about = {key: json.loads(value) for key, value in classifier.metadata.items()}
    mixture = about["mixture"]
    text = _TEXT.format(
        file=classifier.path.name,
        megabytes=classifier.path.stat().st_size / 1e6,
        size=about["size"],
        parameters=about["parameters"],
        milliseconds=milliseconds,
        bits=_bits(about),
        rows="\n".join(f"| {' | '.join([score.title, *score.cells()])} |" for score in scores),
        recalls="\n".join(_recalls(score) for score in scores),
        slices="\n".join(_slices(scores)),
        fer_weight=mixture["fer_weight"],
        ferplus_weight=1 - mixture["fer_weight"],
        class_weights=", ".join(f"{e} {w:.2f}" for e, w in zip(EMOTIONS, mixture["class_weights"], strict=True)),
        temperature=mixture.get("temperature", 1.0),
        thresholds=_thresholds(classifier),
        command=about["command"],
        config=", ".join(f"{key} {value}" for key, value in about["train_config"].items()),
        data=about["data"],
        revision=about["git_revision"],
    )
    write_file(path, text.encode())


def _recalls(score: ScoreRow) -> str:
    return f"- {score.title}: " + ", ".join(f"{name} {100 * share:.0f} %" for name, share in score.recalls.items())


def _slices(scores: Sequence[ScoreRow]) -> list[str]:
    slices = (found for score in scores for found in score.slices.items())
    return [f"- {name}: {100 * accuracy:.1f} % of {count}" for name, (count, accuracy) in slices]


def _thresholds(classifier: Classifier) -> str:
    needed = thresholds_in(classifier.metadata)
    told = " and ".join(f"{100 * p:.0f} % for {gender}" for gender, p in zip(GENDERS, needed, strict=True))
    chosen = ", chosen so that women and men get the wrong one equally rarely" if needed != GENDER_THRESHOLDS else ""
    return f"A drawing needs {told}{chosen}"


def _bits(about: dict[str, Any]) -> str:
    if "int8" not in about:
        return "Its weights are 32-bit floats."
    return (
        f"Its convolutions are 8-bit integers, which take {about['int8']['time_ratio']:.2f} of the float network's time.\n"
        f"Points of accuracy lost by it on the validation splits: {about['int8']['lost_points']} (negative: won)."
    )


_TEXT = """# Model card: {file}

*This page is written by `python -m training.evaluate`; change `training/model_card.py` rather than it.*

A small convolutional network ({parameters:,} parameters, {megabytes:.1f} MB) that reads a face's expression, and its
perceived gender presentation, from a grey picture of {size}x{size} pixels. One face takes {milliseconds:.1f} ms on one
core of the machine that wrote this card. {bits}

## Outputs

| output | classes | what it is |
| --- | --- | --- |
| `emotion` | 7 | what the program shows: the geometric mean of {fer_weight:.0%} `fer` and {ferplus_weight:.0%} `ferplus` (contempt left out), the classes weighted ({class_weights}), at temperature {temperature:.2f}. Chosen by plain and balanced accuracy on the pictures of PublicTest that FER and FER+ agree on, and on natural faces where `training.mix` was given some |
| `gender` | 2 | perceived gender presentation, to choose a drawing; it says nothing about who somebody is. {thresholds} |
| `fer` | 7 | FER-2013's own labels |
| `ferplus` | 8 | the FER+ taggers' votes |
| `features` | | what the heads are made of, pooled and of length 1: by it a person teaches the program their own face |

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

"FER and FER+ agree" are the pictures whose FER label is also what the most FER+ taggers said. By FER's own labels the
`emotion` output is worse than the `fer` head, on purpose: FER's fear is FER's alone, the FER+ majority agrees with 13 % of
it, and an output that follows it reads surprised people as afraid. "Natural faces" are pictures of ordinary people that
nothing was trained on, cut as the live program cuts its faces; eight numbers of the mixture were chosen on them too, so
that figure, like those on PublicTest, flatters a little. "In both views" is how the program reads: the mean of the
answers to a face and to its mirror image, a little closer; live, they take turns. PrivateTest was not looked at. PublicTest holds 279 pictures that are pixel for pixel also in the training split, as it does for everybody who
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
- Teaching it one's own face (`--teach`) has not been measured on people who pose each expression several times, of whom we have no
  pictures. On news photographs of people whom other photographs, taken elsewhere, taught it, up to three of each class change the
  accuracy by less than a point, within chance. On persons made up of PublicTest's pictures (`tests/bench/teaching.py`), with three
  examples of each class, errors fall from 40 to 7 % where all is seen by one camera, and from 42 to 26 % where pictures differ
  as photographs of other days do.
- Expressions of one's own (`--teach neutral,happy,wink`) have been measured without real winks, which we have no videos of: by
  winks and tongues painted on the faces of clips, and by photographs of other days. `tests/bench/own_words.py` does it.
- What a face shows is not what a person feels.

## Uses

Meant for: covering one's own face in one's own video with a drawing that follows one's expression; lessons and practice of
expressions that a person chooses to take; research into how well this works.

Not meant for: judging, ranking, hiring, watching or sorting people, or finding out what they feel without their wish. In
the European Union, Article 5(1)(f) of the AI Act forbids systems that infer emotions of people at work and in education,
medical and safety reasons excepted. Do not build that with this file.
"""
