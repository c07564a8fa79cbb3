"""Folders and drawn faces for the tests of the studio."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.training.studio.drawn_faces import write_set
from tests.web.browser import SHOW
from training.studio.work.places import Places


@pytest.fixture(scope="module", autouse=True)
def cheap_collections():
    """Keep torch's hundred thousands of objects out of the collection after every test: a third of a second each."""
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def places(tmp_path, shipped_model) -> Iterator[Places]:
    """An empty folder for runs, and a copy of the app's model; no run that was started outlives the test."""
    shutil.copytree(shipped_model.parent, tmp_path / "models")
    places = Places.at(tmp_path / "runs", tmp_path / "models")
    yield places
    from training.studio.work import processes, runs  # which need what only the training requirements bring

    for run in runs.all_runs(places):
        if run.alive and "command" in run.started:  # those of the tests themselves have none
            processes.stop(run.started["pid"], at_once=True)


@pytest.fixture(scope="session")
def face_folder(tmp_path_factory) -> Path:
    if SHOW:  # a path that looks well
        shutil.rmtree("/tmp/my-faces", ignore_errors=True)
        return write_set(Path("/tmp/my-faces"))
    return write_set(tmp_path_factory.mktemp("drawn") / "faces")
