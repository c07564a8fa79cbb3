"""Errors as users make them, in a real browser."""

from __future__ import annotations

import re
import shutil

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="training/requirements.txt is not installed")
pytest.importorskip("nicegui", reason="training/requirements.txt is not installed")
pytest.importorskip("psutil", reason="training/requirements.txt is not installed")

from tests.training.studio.files import make_zip
from tests.training.studio.running import running_studio
from tests.web.browser import SHOTS, WAIT_MS, Browser, why_no_browser


@pytest.mark.model
@pytest.mark.skipif(bool(why_no_browser()), reason=why_no_browser() or "there is one")
def test_errors_as_users_make_them_on_a_phone_in_the_dark(places, face_folder, tmp_path):
    (tmp_path / "notes.txt").write_text("no picture")
    cv2.imwrite(str(tmp_path / "wall.jpg"), np.full((300, 400, 3), 120, np.uint8))
    make_zip(tmp_path / "evil.zip", {"../../evil.png": b"x"})
    with (
        running_studio(places) as address,
        Browser(address, SHOTS, phone=True, dark=True) as browser,
    ):
        page = browser.page
        assert "body--dark" in page.locator("body").get_attribute("class")
        page.get_by_label("Folder, CSV or zip").fill("/no/such/place")
        page.get_by_label("Folder, CSV or zip").press("Enter")
        browser.wait_for("/no/such/place does not exist. Give a folder, or fer2013.csv.")
        browser.show("phone-1-error")
        page.get_by_label("upload a .zip or .csv").set_input_files(str(tmp_path / "notes.txt"))
        browser.wait_for("and this is neither")
        page.get_by_label("upload a .zip or .csv").set_input_files(str(tmp_path / "evil.zip"))
        browser.wait_for("evil.zip was uploaded")
        page.get_by_role("button", name="Look at it").click()
        browser.wait_for("a name that leads out of the folder")

        packed = shutil.make_archive(str(tmp_path / "faces"), "zip", face_folder)
        page.get_by_label("upload a .zip or .csv").set_input_files(packed)
        browser.wait_for("faces.zip was uploaded")

        # By the keyboard alone: from the field to the button, and to the next step.
        page.get_by_label("Folder, CSV or zip").focus()
        for _ in range(10):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.textContent").strip() == "Look at it":
                break
        page.keyboard.press("Enter")
        browser.wait_for("This can be used")
        page.get_by_role("tab", name="Dataset").focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Preprocess").wait_for()

        browser.step("Train")
        page.get_by_label("Name").fill("../up")
        page.get_by_role("button", name="Start", exact=True).click()
        browser.wait_for("is no name for a run")
        page.get_by_label("Name").fill("too-large")
        page.get_by_role("button", name="Start", exact=True).click()  # of 128 faces a batch, there is none
        browser.wait_for("Lower --batch-size.", 4 * WAIT_MS)
        browser.show("phone-3-train")

        browser.step("Predict")
        field = page.get_by_label("Choose a picture")
        field.set_input_files(str(tmp_path / "notes.txt"))
        browser.wait_for("The file is no picture that can be read")
        field.set_input_files(str(tmp_path / "wall.jpg"))
        browser.wait_for("No face was found.")
        browser.show("phone-5-no-face")
        page.get_by_role("button", name="Use the camera").click()
        with page.expect_response(lambda answer: "/upload/picture" in answer.url) as taken:
            page.get_by_role("button", name="Take the picture").click()
        assert "picture" in taken.value.json()
        page.get_by_text(
            re.compile("faces? (was|were) found")
        ).wait_for()  # the browser's own test picture, round and yellow
        page.get_by_role("button", name=re.compile("Colours")).click()
        page.locator("body.body--light").wait_for(timeout=WAIT_MS)
        shutil.rmtree(places.runs / "too-large")  # under the eyes of the page
        browser.step("Train")
        browser.step("Accuracy")
        browser.wait_for("There is no run with an epoch behind it yet.")
    assert browser.hosts == {"127.0.0.1"}
    assert browser.complaints == []
    assert browser.widest <= 380
