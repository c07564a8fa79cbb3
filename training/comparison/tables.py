"""What the page shows of every table: its columns, and its picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib import pyplot as plt

from realtime.records import EMOTIONS
from training.comparison.charts import bars, confusions, lines, matrix, number, plot_lines, save, spans
from training.comparison.columns import Column, Table
from training.comparison.crowds import per_hour
from training.comparison.results import Row
from training.comparison.votes import beside_published, schemes

_TESTS = {"FER": "FER accuracy", "FER+ majority": "FER+ accuracy", "natural faces": "natural accuracy"}


def _over_seeds(rows: list[Row]) -> list[Row]:
    """Return a row for each network: the means over its seeds, and the accuracy of each."""
    shown = []
    for name in dict.fromkeys(row["row"] for row in rows):
        own = [row for row in rows if row["row"] == name]
        keys = ("accuracy", "low", "high", "balanced", "face ms", "seen")
        means = {key: f"{np.mean([number(row, key) for row in own])}" for key in keys}
        each = ", ".join(f"{100 * number(row, 'accuracy'):.1f}" for row in own)
        shown.append(own[0] | means | {"each": each})
    return shown


def _hourly(rows: list[Row]) -> list[Row]:
    """Add a last row: all videos together, and how many false faces an hour that makes, with its interval."""
    seconds = sum(number(row, "seconds") for row in rows)
    faces = round(sum(number(row, "faces") for row in rows))
    frames = {key: f"{sum(number(row, key) for row in rows):.0f}" for key in ("frames", "frames with one")}
    rate, low, high = per_hour(faces, seconds)
    hourly = f"{rate:.0f} ({low:.0f} to {high:.0f})"
    return [*rows, {"row": "all", "seconds": f"{seconds}", "faces": f"{faces}", "per hour": hourly} | frames]


def _resolutions(rows: list[Row], path: Path) -> None:
    """Draw accuracy and time of every method against the size of a face, for either set of faces."""
    methods = [key.removesuffix(": accuracy") for key in rows[0] if key.endswith(": accuracy")]
    sets = list(dict.fromkeys(row["faces"] for row in rows))
    figure, places = plt.subplots(1, len(sets) + 1, figsize=(5.2 * (len(sets) + 1), 4.6), layout="constrained")
    for place, name in zip(places[:-1], sets, strict=True):
        own = [row for row in rows if row["faces"] == name]
        plot_lines(place, own, "size px", {method: f"{method}: accuracy" for method in methods}, percent=True)
        plot_lines(place, own, "size px", {"landmarks found": "landmarks found"}, percent=True)
        place.lines[-1].set(color="black", linestyle=":")
        place.legend(fontsize="x-small")
        place.set(title=f"{name} faces", xlabel="side of the face, px", ylabel="accuracy, %", ylim=(0, 102))
    own = [row for row in rows if row["faces"] == sets[-1]]
    plot_lines(places[-1], own, "size px", {method: f"{method}: ms" for method in methods}, percent=False)
    places[-1].set(title="Time of a face", xlabel="side of the face, px", ylabel="ms of one core", yscale="log")
    places[-1].legend(fontsize="x-small")
    save(figure, path)


_NETWORK = (
    Column("accuracy on FER, %", "accuracy", "interval"),
    Column("balanced, %", "balanced", "share"),
    Column("parameters", "parameters", "digits"),
    Column("ms a face", "face ms", "digits"),
    Column("faces seen", "seen", "digits"),
)
_EACH = Column("each seed, %", "each")
_READ = (Column("accuracy, %", "accuracy", "share"), Column("balanced, %", "balanced", "share"))
TABLES = (
    Table(
        "classical",
        (
            Column("read by", "row"),
            Column("accuracy, %", "accuracy", "interval"),
            Column("balanced, %", "balanced", "share"),
            Column("could be read, %", "read", "share"),
            Column("accuracy where read, %", "accuracy where read", "share"),
            Column("ms a face", "face ms", "digits"),
        ),
        bars("accuracy", "Accuracy on FER's validation split", "%", interval=True),
    ),
    Table("confusion", (), confusions(EMOTIONS)),
    Table(
        "resolution",
        (
            Column("faces, side", "row"),
            Column("landmarks found, %", "landmarks found", "share"),
            Column("landmarks, SVM, %", "both, SVM: accuracy", "share"),
            Column("ms", "both, SVM: ms", "digits"),
            Column("HOG, SVM, %", "gradients (HOG), SVM: accuracy", "share"),
            Column("ms", "gradients (HOG), SVM: ms", "digits"),
            Column("network that ships, %", "network that ships: accuracy", "share"),
            Column("ms", "network that ships: ms", "digits"),
        ),
        _resolutions,
    ),
    Table(
        "transfer",
        (
            Column("learnt from", "row"),
            *(Column(f"{head}, %", key, "share") for head, key in _TESTS.items()),
            Column("gender, %", "gender accuracy", "share"),
            Column("faces seen", "seen", "digits"),
        ),
        matrix({**_TESTS, "gender": "gender accuracy"}, "Accuracy"),
    ),
    Table(
        "depth",
        (Column("network", "row"), *_NETWORK, _EACH),
        lines(
            "convolutions",
            {"accuracy": "accuracy", "balanced": "balanced"},
            "Depth at equal time",
            ("convolutions", "accuracy on FER, %"),
        ),
        _over_seeds,
    ),
    Table(
        "width",
        (Column("network of 8 convolutions", "row"), *_NETWORK, _EACH),
        lines(
            "scale",
            {"accuracy": "accuracy", "balanced": "balanced"},
            "Width at equal time",
            ("times as wide", "accuracy on FER, %"),
        ),
        _over_seeds,
    ),
    Table(
        "trunk",
        (
            Column("network", "row"),
            Column("expression, %", "accuracy", "interval"),
            Column("gender, %", "gender accuracy", "share"),
            *_NETWORK[2:],
        ),
        matrix({"expression": "accuracy", "gender": "gender accuracy"}, "One trunk or two networks"),
    ),
    Table(
        "crowds",
        (
            Column("picture of", "row"),
            Column("faces read", "read", "digits"),
            Column("ms a frame", "frame ms", "digits"),
            Column("frames a second", "frames a second", "digits"),
        ),
        lines(
            "faces", {"": "frames a second"}, "Frames a second of one core", ("faces", "frames a second"), percent=False
        ),
    ),
    Table(
        "false_faces",
        (
            Column("video", "row"),
            Column("seconds", "seconds", "digits"),
            Column("frames", "frames"),
            Column("frames with a face", "frames with one"),
            Column("false faces", "faces"),
            Column("an hour (95 % interval)", "per hour"),
        ),
        bars("frames with one", "Frames in which a face is seen where nobody shows one", "frames"),
        _hourly,
    ),
    Table(
        "differences",
        (
            Column("read by", "row"),
            *_READ,
            Column("gain", "gain", "interval"),
            Column("neutral, %", "recall neutral", "share"),
            Column("sad, %", "recall sad", "share"),
        ),
        bars("gain", "Gain over single pictures, points", "%", interval=True),
    ),
    Table(
        "sequences",
        (
            Column("read by", "row"),
            *_READ,
            Column("accuracy, known frames, %", "accuracy, known frames", "share"),
            Column("neutral found, %", "neutral found", "share"),
            Column("apex found, %", "apex found", "share"),
            Column("sequences", "sequences"),
        ),
        bars("accuracy", "Accuracy at the apex that was found", "%"),
    ),
    Table(
        "recordings",
        (
            Column("recording", "row"),
            Column("neutral at, s", "neutral s"),
            Column("apex at, s", "apex s"),
            Column("at the apex", "at the apex"),
        ),
        spans,
        lambda rows: [row for row in rows if row.get("apex s")],
    ),
    Table(
        "votes",
        (
            Column("scheme", "row"),
            Column("accuracy, % (95 % interval)", "accuracy", "interval"),
            Column("balanced, %", "balanced", "share"),
            Column("seeds", "seeds"),
            Column("behind the last scheme, points, seed by seed", "behind"),
            Column("published for VGG13, %", "published"),
        ),
        bars("accuracy", "Accuracy against the FER+ majority, mean of the seeds", "%", interval=True),
        schemes,
    ),
    Table(
        "vgg13",
        (
            Column("network", "row"),
            Column("accuracy, %", "accuracy", "share"),
            Column("balanced, %", "balanced", "share"),
            Column("seconds", "seconds"),
            *_NETWORK[2:],
        ),
        bars("accuracy", "VGG13 against the FER+ majority", "%"),
        beside_published,
    ),
)
