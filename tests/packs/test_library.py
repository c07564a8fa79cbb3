"""The pack in use, and how it is changed."""

from __future__ import annotations

import pytest

from realtime.packs.library import PackLibrary
from realtime.packs.manifest import DEFAULT_PACK
from tests.packs.drawings import (
    BLUE,
    RED,
    colour,
    disc,
    encoded,
    folder,
)


def test_packs_are_loaded_when_they_are_asked_for(monkeypatch):
    loaded = []
    monkeypatch.setattr(
        "realtime.packs.library.load_pack", lambda path, skin=None: loaded.append(path.name) or path.name
    )
    library = PackLibrary()
    assert loaded == [DEFAULT_PACK]
    library.next_pack()
    assert library.current == "avatar"
    library.next_pack()
    assert loaded == [DEFAULT_PACK, "avatar", DEFAULT_PACK]


def test_skins_go_round_and_are_remembered(tmp_path, skinned, monkeypatch):
    plain = folder(tmp_path / "plain", {"neutral.png": disc()})
    monkeypatch.setattr("realtime.packs.library.find_packs", lambda chosen: [skinned, plain])
    library = PackLibrary("mine")
    skins = [library.current.skin]
    for change in ("next_skin", "next_skin", "next_skin", "next_pack", "next_skin", "next_pack"):
        getattr(library, change)()
        skins.append(library.current.skin)
    assert skins == ["as drawn", "dark", "as drawn", "dark", None, None, "dark"]


def test_an_artist_sees_changes_at_once(made):
    path = made({"neutral.png": disc(RED)})
    library = PackLibrary(str(path))
    before = library.current
    (path / "happy.png").write_bytes(encoded(disc(BLUE)))
    library.reload()
    assert library.current is not before
    assert colour(library.current.sprite("happy", "male")) == BLUE


@pytest.mark.parametrize("change", ["reload", "next_skin"])
def test_a_pack_that_breaks_is_told_and_the_old_one_stays(skinned, caplog, change):
    library = PackLibrary(str(skinned), "as drawn")
    before = library.current
    whole = (skinned / "neutral.png").read_bytes()
    (skinned / "neutral.png").write_bytes(whole[:60])  # as while a program saves it
    getattr(library, change)()
    assert library.current is before
    assert "neutral.png is no PNG, WebP or GIF" in caplog.text
    assert "The pack in use stays." in caplog.text
    (skinned / "neutral.png").write_bytes(whole)
    library.reload()
    assert library.current is not before
    assert library.current.skin == "as drawn"


def test_a_broken_pack_is_passed_over(tmp_path, caplog, monkeypatch):
    good = [folder(tmp_path / name, {"neutral.png": disc()}) for name in "ac"]
    broken = folder(tmp_path / "b", {"neutral.png": b""})
    monkeypatch.setattr("realtime.packs.library.find_packs", lambda chosen: [good[0], broken, good[1]])
    library = PackLibrary("a")
    names = [library.current.name]
    for _ in range(2):
        library.next_pack()
        names.append(library.current.name)
    assert names == ["a", "c", "a"]
    assert caplog.text.count("The pack in use stays.") == 1
