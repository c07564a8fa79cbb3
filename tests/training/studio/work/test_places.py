"""Where the studio reads and writes."""

from __future__ import annotations

import os

import pytest

pytest.importorskip("torch", reason="training/requirements.txt is not installed")
pytest.importorskip("nicegui", reason="training/requirements.txt is not installed")
pytest.importorskip("psutil", reason="training/requirements.txt is not installed")

from realtime.errors import InputError, UsageError
from tests.training.studio.files import files_under


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/b", "a\\b", ".studio", "-x", "C:x", "a b", "x" * 61, "a\0b", "NUL"]
)
def test_a_run_has_a_plain_name(places, name):
    with pytest.raises(UsageError, match="no name for a run"):
        places.run(name)


def test_a_run_is_no_link_to_elsewhere(places, tmp_path):
    (places.runs / "linked").symlink_to(tmp_path)
    with pytest.raises(UsageError, match="link"):
        places.run("linked")
    assert places.existing("linked") is None


def test_only_what_may_be_shown_is_given_away(places, tmp_path):
    (tmp_path / "outside.png").write_bytes(b"x")
    folder = places.run("one")
    folder.mkdir()
    for name in ("a.png", "last.ckpt", "studio.json"):
        (folder / name).write_bytes(b"x")
    (folder / "link.png").symlink_to(tmp_path / "outside.png")
    assert places.file("one/a.png").read_bytes() == b"x"
    for name in (
        "../outside.png",
        "one/../../outside.png",
        "one/link.png",
        "one/last.ckpt",
        "one/studio.json",
        "one",
        "",
    ):
        with pytest.raises(InputError):
            places.file(name)


def test_what_was_left_behind_is_tidied_up(places):
    old, new, part = places.shown / "old.png", places.shown / "new.png", places.uploads / "cut.part"
    for path in (old, new, part):
        path.write_bytes(b"x")
    for path in (old, part):
        os.utime(path, (1, 1))
    places.tidy()
    assert files_under(places.runs) == {".studio/shown/new.png"}
