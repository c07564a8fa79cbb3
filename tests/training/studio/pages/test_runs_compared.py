"""The table of runs and the pictures behind a confusion matrix, in a real browser."""

from __future__ import annotations

import shutil

import pytest

pytest.importorskip("torch", reason="training/requirements.txt is not installed")
pytest.importorskip("nicegui", reason="training/requirements.txt is not installed")
pytest.importorskip("psutil", reason="training/requirements.txt is not installed")

from tests.training.studio.files import run_folder
from tests.training.studio.running import running_studio
from tests.web.browser import SHOTS, Browser, why_no_browser
from training import run_record
from training.studio.work import corrections, kept_runs, runs

pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(bool(why_no_browser()), reason=why_no_browser() or "there is one"),
]


def _run(places, name: str, data: str, accuracy: float, seed: int) -> None:
    """Make a finished run with the shipped model."""
    folder = run_folder(places, name, pid=0, started_s=1e9 + seed)
    shutil.copy(places.model, folder / "face_expression.onnx")
    (folder / "README.md").write_text("card")
    writer = run_record.RunWriter(folder, {"data": data, "model": "small", "epochs": 3, "seed": seed})
    writer.epoch([{"epoch": 1, "valid_fer_accuracy": accuracy}], 3)
    writer.finished([])


def test_runs_are_sorted_noted_deleted_and_begun_again_from_one_table(places, face_folder):
    _run(places, "anna", str(face_folder), 0.2, seed=1)
    _run(places, "bert", str(face_folder), 0.4, seed=2)
    with running_studio(places) as address, Browser(address, SHOTS) as browser:
        page = browser.page
        browser.step("Train")
        page.get_by_text("All runs as a table").click()
        table = page.get_by_role("group", name="all runs")

        def names() -> list[str]:
            return table.locator("th[scope=row]").all_inner_texts()

        assert names() == ["bert", "anna"]  # the newest first
        table.get_by_role("button", name="best accuracy").click()
        table.locator("th[aria-sort=ascending]", has_text="best accuracy").wait_for()
        assert names() == ["anna", "bert"]
        browser.show("3-runs")

        page.get_by_label("Note on anna").fill("with glasses")
        page.get_by_label("Note on anna").press("Enter")
        browser.wait_for("The note on anna is kept.")
        assert kept_runs.note(runs.read(places.run("anna"))) == "with glasses"

        page.get_by_role("button", name="Again with these settings: bert").click()
        browser.wait_for("The form has the settings of bert.")
        page.get_by_text("All settings").click()
        assert page.get_by_label("Seed").input_value() == "2"
        assert page.get_by_label("Epochs").input_value() == "3"
        assert page.get_by_label("Data set", exact=True).input_value() == str(face_folder)

        page.get_by_role("button", name="Delete: anna").click()
        page.get_by_role("button", name="Keep it").click()
        assert places.run("anna").is_dir()
        page.get_by_role("button", name="Delete: anna").click()
        page.get_by_role("button", name="Delete anna", exact=True).click()
        browser.wait_for("anna is deleted.")
        assert not places.run("anna").exists()
        assert names() == ["bert"]
    assert browser.complaints == []


def test_a_number_of_the_confusion_matrix_opens_its_pictures(places, face_folder):
    _run(places, "anna", str(face_folder), 0.2, seed=1)
    with running_studio(places) as address, Browser(address, SHOTS) as browser:
        page = browser.page
        browser.step("Accuracy")
        page.get_by_role("button", name="Open the pictures behind the matrix").click()
        browser.wait_for("Choose a number to see its pictures.")
        cell = page.locator(".confusion button").first
        told = cell.get_attribute("aria-label")
        cell.click()
        page.get_by_role("heading", name=told).wait_for()
        crops = page.get_by_role("button", name=f": {told.split(': ')[1]}").locator("xpath=self::*[@data-place]")
        assert crops.count() == int(cell.inner_text())
        assert page.evaluate("document.documentElement.scrollWidth") <= 1100
        browser.show("4-pictures")

        crops.first.click()
        page.get_by_role("button", name="Leave it out").click()
        browser.wait_for("Corrected pictures of this set: 1.")
        (name,) = corrections.known(places, str(face_folder))
        assert (face_folder / name).is_file()
        crops.nth(1).click()
        page.get_by_role("button", name="Label it fear").click()
        browser.wait_for("Corrected pictures of this set: 2.")
        assert sorted(corrections.known(places, str(face_folder)).values()) == ["", "fear"]
        page.get_by_role("button", name="Take all corrections back").click()
        browser.wait_for("The set is as it was.")
        assert corrections.used(places, str(face_folder)) == ""
        page.get_by_role("combobox", name="Output").click()
        page.get_by_role("option", name="what the app shows, FER labels", exact=True).click()
        page.get_by_role("heading", name=told).wait_for(state="hidden")
    assert browser.complaints == []
