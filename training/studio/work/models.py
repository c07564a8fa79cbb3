"""The app's model: what it scores, putting a run's in its place, and bringing an older one back."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from realtime.errors import AssetError, OutputError
from realtime.faces.classifier import Classifier
from training import run_record
from training.metrics import ScoreRow, scores_in
from training.studio.work import adoptions
from training.studio.work.places import Places

# What the model that came with the app is called.
SHIPPED = "the shipped model"
# What goes together: the file, and the model card that tells of it.
_FILES = ("face_expression.onnx", "README.md")
# How files are marked that are kept beside them.
_PREVIOUS, _SHIPPED = "previous", "shipped"
# Outputs by which two models are compared, the best first; the first is what a run tells after each epoch.
_COMPARED = ("fer", "emotion", "ferplus")


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
    return _kept(places.model, _PREVIOUS)


def shipped(places: Places) -> Path:
    """Return where the model that came with the app is kept, from the first adoption on, there or not."""
    return _kept(places.model, _SHIPPED)


def adopt(run: Path, places: Places) -> None:
    """Make the model of a run's folder the app's; the one before and the shipped one are kept beside it.

    Raises AssetError for a file that is no model of ours and OutputError when nothing can be written. Each file is
    replaced whole, so the app finds either the old or the new.
    """
    Classifier(run / _FILES[0])
    if not (run / _FILES[1]).is_file():
        raise AssetError(f"{run} has no card, README.md: the run has not come to its end.", "Let it go on.")
    if adoptions.same(run / _FILES[0], places.model):
        return  # a second time would lose the old one
    _keep_shipped(places)
    _put({places.models / name: run / name for name in _FILES}, run.name, places)


def bring_back(places: Places) -> None:
    """Change places between the app's model and the one before. Raises AssetError or OutputError."""
    _put_kept(_PREVIOUS, places)


def use_shipped(places: Places) -> None:
    """Make the model that came with the app the app's again. Raises AssetError or OutputError."""
    if not adoptions.same(shipped(places), places.model):
        _put_kept(_SHIPPED, places)


def name_of(model: Path, places: Places) -> str:
    """Return what a model file in the folder of the app's model is called, by what it holds."""
    digest = adoptions.digest(model)
    known = {one.digest: one.name for one in adoptions.read(places.models)}
    if digest in known:
        return known[digest]
    if digest == adoptions.digest(shipped(places)):
        return SHIPPED
    run = next((f.name for f in places.folders() if adoptions.same(f / _FILES[0], model)), None)
    if run is None and (known or previous(places).is_file()):
        return "a model of unknown origin"
    return run or SHIPPED


def told(places: Places) -> str:
    """Return which model the app uses, and how good it is, in a few words."""
    if not places.model.is_file():
        return "none"
    rows = {row.name: row for row in score_rows(places.models)}
    best = next((rows[name] for name in _COMPARED if name in rows), None)
    return name_of(places.model, places) + (f", {best.accuracy:.1%} right" if best else "")


def is_worse(new: Iterable[ScoreRow], old: Iterable[ScoreRow]) -> str:
    """Tell in a sentence that a model is worse than another, or that nobody knows; empty if it is as good or better.

    They are compared by the accuracy of what the app shows, or else of another expression output that both have.
    """
    ours, theirs = ({row.name: row.accuracy for row in rows} for rows in (new, old))
    name = next((name for name in _COMPARED if name in ours and name in theirs), None)
    if name is None:
        return "" if not theirs else "Nobody has measured how good the new model is."
    if ours[name] >= theirs[name]:
        return ""
    return f"The new model reads {ours[name]:.1%} of its pictures right, the one in use {theirs[name]:.1%}."


def _put_kept(mark: str, places: Places) -> None:
    kept = _kept(places.model, mark)
    Classifier(kept)
    files = [places.models / file for file in _FILES]
    _put({file: _kept(file, mark) for file in files if _kept(file, mark).is_file()}, name_of(kept, places), places)


def _put(new: dict[Path, Path], name: str, places: Places) -> None:
    """Put files in the place of the app's, and note what they are called, and what those before were."""
    before = name_of(places.model, places) if places.model.is_file() else ""
    if before and not adoptions.read(places.models):
        adoptions.note(places.models, before, places.model)
    _replace(new)
    adoptions.note(places.models, name, places.model)


def _keep_shipped(places: Places) -> None:
    """Keep the model that came with the app, once, before another takes its place."""
    if shipped(places).is_file():
        return
    # Where a run's model stands already, the one before is the shipped one, unless that is a run's, too.
    runs = [folder / _FILES[0] for folder in places.folders()]
    candidates = [mark for mark in ("", _PREVIOUS) if _kept(places.model, mark).is_file()]
    ours = [m for m in candidates if not any(adoptions.same(_kept(places.model, m), run) for run in runs)]
    for name in _FILES:
        source = _kept(places.models / name, next(iter(ours or candidates), ""))
        if source.is_file():
            _copy({_kept(places.models / name, _SHIPPED): source})


def _replace(new: dict[Path, Path]) -> None:
    """Put copies of files in the place of others, which are kept as the previous. new: place -> what to copy."""
    with _whole(new):
        for place, source in new.items():
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, _part(place))
        _copy({_kept(place, _PREVIOUS): place for place in new if place.is_file()})
        for place in new:
            os.replace(_part(place), place)


def _copy(new: dict[Path, Path]) -> None:
    """Copy files, each whole or not at all. new: place -> what to copy. Raises OutputError."""
    with _whole(new):
        for place, source in new.items():
            shutil.copyfile(source, _part(place))
            os.replace(_part(place), place)


@contextlib.contextmanager
def _whole(new: dict[Path, Path]) -> Iterator[None]:
    """Leave no half-written copy of files. Raises OutputError when they can't be written."""
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"The model can't be put into {next(iter(new)).parent}: {error.strerror}.", "Check its permissions."
        ) from error
    finally:
        for place in new:
            _part(place).unlink(missing_ok=True)


def _kept(path: Path, mark: str) -> Path:
    """Return the name under which a file is kept; without a mark, its own."""
    return path.with_name(f"{path.stem}.{mark}{path.suffix}") if mark else path


def _part(path: Path) -> Path:
    return path.with_name(path.name + ".part")
