"""What was looked at under Dataset is what Train learns from, in a real browser."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="training/requirements.txt is not installed")
pytest.importorskip("nicegui", reason="training/requirements.txt is not installed")
pytest.importorskip("psutil", reason="training/requirements.txt is not installed")

from tests.training.studio.drawn_faces import write_set
from tests.training.studio.running import running_studio
from tests.web.browser import Browser, why_no_browser

pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(bool(why_no_browser()), reason=why_no_browser() or "there is one"),
]


def test_train_takes_the_set_that_was_looked_at_last_and_no_gender_set(places, face_folder, tmp_path):
    second = write_set(tmp_path / "second", train=3, valid=1)
    genders = tmp_path / "genders"
    genders.mkdir()
    for n in range(40):
        cv2.imwrite(str(genders / f"{20 + n}_{n % 2}_0_{2017 + n}.jpg"), np.full((60, 60), 90 + n, np.uint8))
    with running_studio(places) as address, Browser(address) as browser:
        page = browser.page
        for folder in (face_folder, second):
            browser.step("Dataset")
            page.get_by_label("Folder, CSV or zip").fill(str(folder))
            page.get_by_role("button", name="Look at it").click()
            # The words of the look before may still stand there for a moment.
            page.get_by_role("heading", level=3, name=folder.name, exact=True).wait_for()
            browser.wait_for("This can be used")
            browser.step("Train")
            assert page.get_by_label("Data set", exact=True).input_value() == str(folder)
        # What the user writes stays, until something else is looked at.
        page.get_by_label("Data set", exact=True).fill(str(face_folder))
        browser.step("Accuracy")
        browser.step("Train")
        assert page.get_by_label("Data set", exact=True).input_value() == str(face_folder)

        browser.step("Dataset")
        page.get_by_label("Folder, CSV or zip").fill(str(genders))
        page.get_by_role("button", name="Look at it").click()
        browser.wait_for("This is a gender set, from which no expression can be learned.")
        browser.step("Train")
        assert page.get_by_label("Data set", exact=True).input_value() == str(face_folder)
        page.get_by_label("Data set", exact=True).fill(str(genders))
        page.get_by_role("button", name="Start", exact=True).click()
        browser.wait_for("would take female and male for expressions")
    assert not (places.runs / "run-1").exists()
    assert browser.complaints == []
