"""The app's model: what it scores, putting a run's in its place, and bringing the old one back."""

from __future__ import annotations

import filecmp
import os
import shutil
from pathlib import Path

from realtime.errors import AssetError, OutputError
from realtime.faces.classifier import Classifier
from training import run_record
from training.metrics import ScoreRow, scores_in
from training.studio.work.places import Places

# What goes together: the file, and the model card that tells of it.
_FILES = ("face_expression.onnx", "README.md")


def scores(folder: Path) -> dict[str, tuple[str, ...]]:
    """Return the scores of a model's folder: title -> pictures, accuracy, balanced accuracy, calibration error."""
    return {row.title: row.cells() for row in score_rows(folder)}


def score_rows(folder: Path) -> list[ScoreRow]:
    """Return the scores of a run, or those that a model carries in itself; none for a file that has none."""
    record = run_record.read(folder)
    if record is not None and record.scores:
        return record.scores
    try:
        return scores_in(Classifier(folder / _FILES[0]).metadata)
    except AssetError:
        return []


def previous(places: Places) -> Path:
    """Return where the app's model before this one is kept, there or not."""
    return _kept(places.model)


def adopt(run: Path, places: Places) -> None:
    """Make the model of a run's folder the app's; the old one is kept beside it.

    Raises AssetError for a file that is no model of ours and OutputError when nothing can be written. Each file is
    replaced whole, so the app finds either the old or the new.
    """
    Classifier(run / _FILES[0])
    if not (run / _FILES[1]).is_file():
        raise AssetError(f"{run} has no card, README.md: the run has not come to its end.", "Let it go on.")
    if places.model.is_file() and filecmp.cmp(run / _FILES[0], places.model, shallow=False):
        return  # a second time would lose the old one
    _replace({places.models / name: run / name for name in _FILES})


def bring_back(places: Places) -> None:
    """Change places between the app's model and the one before. Raises AssetError or OutputError."""
    Classifier(previous(places))
    files = [places.models / name for name in _FILES]
    _replace({file: _kept(file) for file in files if _kept(file).is_file()})


def _replace(new: dict[Path, Path]) -> None:
    """Put copies of files in the place of others, which are kept under another name. new: place -> what to copy."""
    try:
        for place, source in new.items():
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, _part(place))
        for place in new:
            if place.is_file():
                shutil.copyfile(place, _part(_kept(place)))
                os.replace(_part(_kept(place)), _kept(place))
        for place in new:
            os.replace(_part(place), place)
    except OSError as error:
        raise OutputError(
            f"The model can't be put into {next(iter(new)).parent}: {error.strerror}.", "Check its permissions."
        ) from error
    finally:
        for place in new:
            _part(place).unlink(missing_ok=True)


def _kept(path: Path) -> Path:
    return path.with_name(f"{path.stem}.previous{path.suffix}")


def _part(path: Path) -> Path:
    return path.with_name(path.name + ".part")
