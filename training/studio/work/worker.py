"""The process behind a job: reads one task from standard input, and writes progress and result as lines of JSON."""

from __future__ import annotations

import base64
import contextlib
import json
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import cv2
import numpy as np

from realtime.errors import EmojiCameraError, InputError

Item = TypeVar("Item")
Watch = Callable[[Sequence[Item], str], Iterator[Item]]

_TELL_EVERY_S = 0.1
# Faces of one class that are shown, and variations of each.
_SHOWN_FACES, _VARIATIONS = 2, 3
_CUT_AT_ONCE = 256


def main() -> int:
    """Do the task; return the exit code."""
    sys.stdin.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    request = json.loads(sys.stdin.read())
    out = sys.stdout

    def tell(message: dict[str, Any]) -> None:
        print(json.dumps(message), file=out, flush=True)

    def watch(items: Sequence[Item], doing: str) -> Iterator[Item]:
        told_s = 0.0
        for done, item in enumerate(items):
            if time.monotonic() - told_s > _TELL_EVERY_S:
                tell({"progress": [done, len(items), doing]})
                told_s = time.monotonic()
            yield item
        tell({"progress": [len(items), len(items), doing]})

    with contextlib.redirect_stdout(sys.stderr):
        try:
            tell({"result": _TASKS[request.pop("task")](watch, **request)})
        except EmojiCameraError as error:
            tell({"error": [error.what, error.remedy]})
        except Exception as error:  # whatever a broken set does must reach the page as a sentence
            traceback.print_exc()
            what = f"This could not be read: {error or type(error).__name__}."
            tell({"error": [what, "The files may be damaged."]})
    return 0


def look(
    watch: Watch[Any], path: str, ferplus: str, uploads: str, contact_sheet: str, corrections: str = ""
) -> dict[str, Any]:
    """Tell what is in a set: where it is, its kind, counts by split and class, findings; draw a contact sheet."""
    from training import datasets as data
    from training import findings
    from training import plots as pictures

    root = _root(watch, path, uploads)
    face_set = data.load(root, _votes(ferplus), watch, corrections or None)
    pictures.contact_sheet(face_set.splits, Path(contact_sheet))
    about = {"counts": findings.counts(face_set), "findings": findings.findings(face_set)}
    return {"path": str(root), "kind": face_set.kind, **about}


def prepare(watch: Watch[Any], path: str, ferplus: str, uploads: str) -> dict[str, Any]:
    """Cut every face as training does, and show some: as they are, cut, varied, and as the network sees them."""
    from training import datasets as data

    face_set = data.load(_root(watch, path, uploads), _votes(ferplus), watch)
    cut = {}
    for name, faces in face_set.splits.items():
        starts = range(0, len(faces), _CUT_AT_ONCE)
        for start in watch(starts, f"cutting {name}"):
            faces.patches(range(start, min(start + _CUT_AT_ONCE, len(faces))))
        cut[name] = len(faces)
    shown = face_set.splits.get("train") or next(iter(face_set.splits.values()))
    rows = [_prepared(shown, int(row)) for row in _some_of_each(shown)]
    return {"cut": cut, "faces": rows, "remarks": face_set.remarks()}


def _some_of_each(faces: Any) -> list[int]:
    return [row for label in range(len(faces.classes)) for row in np.flatnonzero(faces.labels == label)[:_SHOWN_FACES]]


def _prepared(faces: Any, row: int) -> dict[str, Any]:
    """Return one face in all its stages, each with its size."""
    import torch

    from training.augment import augmented_patch
    from training.model import standardise

    image = faces.images[row]
    region = faces.framing.region(image)
    patch = faces.patches([row])
    # 0 becomes middle grey, two deviations white.
    seen = np.clip(127.5 + 64 * standardise(torch.from_numpy(patch)).numpy()[0, 0], 0, 255).astype(np.uint8)
    varied = [augmented_patch(image, region, np.random.default_rng([row, n])) for n in range(_VARIATIONS)]
    stages = [("as it is", image), ("cut", patch[0, 0]), *(("varied", v) for v in varied), ("normalised", seen)]
    return {
        "class": faces.classes[faces.labels[row]],
        "stages": [{"name": n, "size": f"{i.shape[1]}x{i.shape[0]}", "picture": _as_address(i)} for n, i in stages],
    }


def _as_address(image: np.ndarray) -> str:
    """Return a picture as an address that holds it; large ones are made smaller."""
    if max(image.shape) > 128:
        scale = 128 / max(image.shape)
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return "data:image/png;base64," + base64.b64encode(cv2.imencode(".png", image)[1].tobytes()).decode()


def scores(watch: Watch[Any], path: str, ferplus: str, gender: str, models: dict[str, str]) -> dict[str, Any]:
    """Score models on the validation split of the same data; name -> title -> cells of a score table."""
    from realtime.faces.classifier import Classifier
    from training import datasets as data
    from training.metrics import scores_of

    sets = [data.load(path, _votes(ferplus), watch).split("valid")]
    if gender:
        sets.append(data.load(gender, None, watch).split("valid"))
    told = {}
    for name in watch(list(models), "scoring"):
        classifier = Classifier(models[name])
        told[name] = {
            (row := score.row()).title: row.cells() for faces in sets for score in scores_of(classifier, faces)
        }
    return {"scores": told}


def answers(
    watch: Watch[Any], data: dict[str, str], model: str, output: str, sprite: str, corrections: str = ""
) -> dict[str, Any]:
    """Sort the validation pictures by label and answer of one output. data: as a run's settings have it."""
    from realtime.faces.classifier import Classifier
    from training import datasets as sets
    from training.metrics import scores_of
    from training.studio.work.answers import sorted_answers

    path = data.get("gender_data", "") if output == "gender" else data.get("data", "")
    if not path:
        raise InputError("The run has learned nothing of this output, or does not say from what.", "Choose another.")
    votes = None if output == "gender" else _votes(data.get("ferplus", ""))
    faces = sets.load(path, votes, watch, corrections or None).split("valid")
    for score in scores_of(Classifier(model), faces):
        if score.name == output:
            return sorted_answers(score, Path(sprite), watch)
    raise InputError("The run's data has no labels for this output.", "Choose another output.")


def own_test(watch: Watch[Any], path: str, as_is: bool, models: dict[str, str]) -> dict[str, Any]:
    """Score models on a collection of the user's; faces, missing: how many were found, and where none was."""
    from dataclasses import asdict

    from realtime.faces.classifier import Classifier
    from training.collection import collection_scores, load_collection

    if not path:
        raise InputError("No place was given.", "Give a folder of labelled pictures.")
    found = load_collection(Path(path).expanduser(), as_is=as_is, progress=watch)
    scores = {
        name: asdict(collection_scores(Classifier(models[name]), found.faces)[0].row())
        for name in watch(list(models), "testing")
    }
    return {"faces": len(found.faces), "missing": list(found.missing), "scores": scores}


def cover_folder(watch: Watch[Any], path: str, model: str, pack: str, covered: str, table: str) -> dict[str, Any]:
    """Cover all pictures of a folder."""
    from training.studio.work import folder

    if not path:
        raise InputError("No place was given.", "Give a folder of pictures.")
    return folder.cover_folder(Path(path).expanduser(), Path(model), pack, Path(covered), Path(table), watch)


def graph(watch: Watch[Any], histories: dict[str, list[dict[str, float]]], picture: str) -> dict[str, Any]:
    """Draw accuracy and loss of several runs over each other."""
    from training import plots as pictures

    pictures.compared(histories, Path(picture))
    return {}


def _root(watch: Watch[Any], path: str, uploads: str) -> Path:
    """Return where a set lies, unpacked if it is a .zip."""
    from training.studio.work.unpack import unpacked

    if not path.strip():
        raise InputError("No place was given.", "Give a folder, fer2013.csv or a .zip, or upload one.")
    root = Path(path.strip()).expanduser()
    if root.suffix.lower() == ".zip" and root.is_file():
        return unpacked(root, Path(uploads), watch)
    return root.resolve()


def _votes(ferplus: str) -> str | None:
    return str(Path(ferplus.strip()).expanduser()) if ferplus.strip() else None


_TASKS: dict[str, Callable[..., dict[str, Any]]] = {
    "look": look,
    "prepare": prepare,
    "scores": scores,
    "answers": answers,
    "own_test": own_test,
    "cover_folder": cover_folder,
    "graph": graph,
}

if __name__ == "__main__":
    sys.exit(main())
