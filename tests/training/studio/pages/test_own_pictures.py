"""Pictures of the user's own: a labelled test, a folder, and what an answer rests on; in a real browser."""

from __future__ import annotations

import shutil

import cv2
import pytest

pytest.importorskip("torch", reason="training/requirements.txt is not installed")
pytest.importorskip("nicegui", reason="training/requirements.txt is not installed")
pytest.importorskip("psutil", reason="training/requirements.txt is not installed")

from tests.training.studio.files import run_folder
from tests.training.studio.running import running_studio
from tests.web.browser import SHOTS, Browser, why_no_browser

pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(bool(why_no_browser()), reason=why_no_browser() or "there is one"),
]


def test_all_models_are_tested_on_pictures_of_the_users(places, face_folder):
    folder = run_folder(places, "anna", pid=0, started_s=1e9)
    shutil.copy(places.model, folder / "face_expression.onnx")
    (folder / "README.md").write_text("card")
    with running_studio(places) as address, Browser(address, SHOTS) as browser:
        page = browser.page
        browser.step("Accuracy")
        page.get_by_role("button", name="Test all models on them").click()
        browser.wait_for("No place was given.")
        page.get_by_label("Folder of labelled pictures", exact=True).fill(str(face_folder / "valid"))
        page.get_by_text("take them as they are").click()
        page.get_by_role("button", name="Test all models on them").click()
        browser.wait_for("43 faces were tested.")
        table = page.get_by_role("group", name="table: Models on your pictures")
        names = table.locator("th[scope=row]").all_inner_texts()
        assert [name.partition(":")[0] for name in names] == ["in use", "anna"]
        assert page.evaluate("document.documentElement.scrollWidth") <= 1100
        browser.show("4-own-test")
    assert browser.complaints == []


def test_a_folder_is_covered_and_an_answer_explained(places, portrait, tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    cv2.imwrite(str(folder / "one.png"), portrait)
    with running_studio(places) as address, Browser(address, SHOTS) as browser:
        page = browser.page
        browser.step("Predict")
        page.locator("input[type=file]:visible").first.set_input_files(str(folder / "one.png"))
        browser.wait_for("One face was found.")
        page.get_by_role("button", name="What the answer rests on: face 1").click()
        page.get_by_role("img", name="rests on is yellow").wait_for()
        page.get_by_text("A folder of pictures", exact=True).click()
        page.get_by_label("Folder of pictures", exact=True).fill(str(folder))
        page.get_by_role("button", name="Cover the folder").click()
        browser.wait_for("1 pictures with 1 faces are covered.")
        with page.expect_download() as waited:
            page.get_by_role("link", name="Download the covered pictures (.zip)").click()
        assert waited.value.path().stat().st_size > 10_000
    assert browser.complaints == []
