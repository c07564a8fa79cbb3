"""Choosing a data set by browsing or by dropping its folder, in a real browser."""

from __future__ import annotations

import zipfile

import pytest

pytest.importorskip("torch", reason="training/requirements.txt is not installed")
pytest.importorskip("nicegui", reason="training/requirements.txt is not installed")
pytest.importorskip("psutil", reason="training/requirements.txt is not installed")

from tests.training.studio.running import running_studio
from tests.web.browser import Browser, why_no_browser
from training.studio.pages.browse import listed

pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(bool(why_no_browser()), reason=why_no_browser() or "there is one"),
]

# Drops a folder on the first field, with files as a browser hands them out: in portions, and only when asked.
DROP = """(files) => {
  const folder = (name, inside) => ({
    name, isDirectory: true, createReader() {
      const left = [...inside];
      return { readEntries: (done) => done(left.splice(0, 2)) };
    },
  });
  const file = (name, bytes) => ({
    name, isDirectory: false, file: (done) => done(new File([new Uint8Array(bytes)], name)),
  });
  const splits = {};
  for (const [split, emotion, name, bytes] of files) ((splits[split] ??= {})[emotion] ??= []).push(file(name, bytes));
  const tree = Object.entries(splits).map(([split, classes]) =>
    folder(split, Object.entries(classes).map(([emotion, inside]) => folder(emotion, inside))));
  tree.push(file(".hidden.png", [1]), file("notes.doc", [1]));
  const drop = new Event("drop", { bubbles: true, cancelable: true });
  const item = { kind: "file", webkitGetAsEntry: () => folder("my faces", tree) };
  Object.defineProperty(drop, "dataTransfer", { value: { items: [item], files: [] } });
  document.querySelector(".drop").dispatchEvent(drop);
}"""


def test_a_folder_is_found_by_browsing(places, face_folder):
    with running_studio(places) as address, Browser(address) as browser:
        page = browser.page
        page.get_by_label("Folder, CSV or zip").fill(str(face_folder / "train" / "not there"))
        page.get_by_role("button", name="Browse for the data set").click()
        page.get_by_role("button", name="happy/").wait_for()
        page.get_by_role("button", name="Up", exact=True).click()
        page.get_by_role("button", name="train/").wait_for()
        page.get_by_role("button", name="Use this folder").click()
        page.get_by_role("button", name="Look at it").click()
        browser.wait_for("This can be used")
        assert page.get_by_label("Folder, CSV or zip").input_value() == str(face_folder)
    assert browser.complaints == []


def test_a_folder_that_is_dropped_is_packed_and_used(places, face_folder):
    pictures = [path for path in sorted(face_folder.rglob("*.png")) if path.stem in "0123"]
    files = [(p.parent.parent.name, p.parent.name, p.name, list(p.read_bytes())) for p in pictures]
    with running_studio(places) as address, Browser(address) as browser:
        browser.page.evaluate(DROP, files)
        browser.wait_for("my faces.zip was uploaded. Now look at it.")
        browser.page.get_by_role("button", name="Look at it").click()
        browser.wait_for("This can be used")
    packed = next(places.uploads.glob("*.zip"))
    with zipfile.ZipFile(packed) as opened:
        assert opened.testzip() is None
        assert sorted(opened.namelist()) == sorted(p.relative_to(face_folder).as_posix() for p in pictures)
    assert browser.complaints == []


def test_folders_are_listed_without_what_is_hidden_or_can_not_be_used(tmp_path):
    for name in ("b", "A", ".hidden"):
        (tmp_path / name).mkdir()
    for name in ("set.CSV", "notes.doc", ".x.csv"):
        (tmp_path / name).write_text("")
    folders, files = listed(tmp_path, (".zip", ".csv"))
    assert [path.name for path in folders] == ["A", "b"]
    assert [path.name for path in files] == ["set.CSV"]
