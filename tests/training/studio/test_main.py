"""Starting the studio, and what else of the project knows of it."""

from __future__ import annotations

import socket

import pytest

pytest.importorskip("torch", reason="training/requirements.txt is not installed")
pytest.importorskip("nicegui", reason="training/requirements.txt is not installed")
pytest.importorskip("psutil", reason="training/requirements.txt is not installed")

from tests.test_imports import imported
from training.studio.work.places import ROOT


def test_wrong_options_are_told_in_a_sentence(tmp_path, capsys):
    from training.studio.__main__ import main

    (tmp_path / "file").write_text("x")
    assert main(["--runs", str(tmp_path / "file"), "--no-browser"]) == 6
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert main(["--runs", str(tmp_path / "r"), "--port", str(taken.getsockname()[1]), "--no-browser"]) == 2
    told = capsys.readouterr().err
    assert "can't be made" in told
    assert "can't be used" in told


def test_nothing_else_needs_the_page():
    files = [ROOT / "app.py", *(ROOT / "realtime").glob("*.py"), *(ROOT / "training").glob("*.py")]
    found = {name for path in files for name in imported(path)}
    assert not [name for name in found if name.startswith(("nicegui", "training.studio"))]
