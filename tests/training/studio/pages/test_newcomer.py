"""A newcomer's whole path in a real browser."""

from __future__ import annotations

import re
from pathlib import Path

import cv2
import pytest

pytest.importorskip("torch", reason="training/requirements.txt is not installed")
pytest.importorskip("nicegui", reason="training/requirements.txt is not installed")
pytest.importorskip("psutil", reason="training/requirements.txt is not installed")

from tests.training.studio.files import files_under, run_folder
from tests.training.studio.running import running_studio
from tests.web.browser import SHOTS, SHOW, WAIT_MS, Browser, why_no_browser
from training.studio.work import models
from training.studio.work.places import Places


@pytest.mark.model
@pytest.mark.skipif(bool(why_no_browser()), reason=why_no_browser() or "there is one")
@pytest.mark.long
def test_a_newcomers_whole_path_in_a_browser(places, face_folder, portrait, tmp_path):
    cv2.imwrite(str(tmp_path / "portrait.jpg"), portrait)
    _earlier_run(places)
    old_model = places.model.read_bytes()
    with running_studio(places) as address, Browser(address, SHOTS) as browser:
        page = browser.page
        page.get_by_label("Folder, CSV or zip").fill(str(face_folder))
        page.get_by_role("button", name="Look at it").click()
        browser.wait_for("This can be used")
        browser.wait_for("broken.jpg")
        assert page.get_by_role("cell", name="112").count() == 1
        browser.show("1-dataset")

        browser.step("Preprocess")
        page.get_by_role("button", name="Preprocess", exact=True).click()
        browser.wait_for("Ready. Go on with Train.")
        assert page.get_by_role("img", name="happy, normalised").count() == 2
        browser.show("2-preprocess")

        browser.step("Train")
        page.get_by_text("All settings").click()
        page.get_by_label("Epochs").fill("6" if SHOW else "1")
        page.get_by_label("Batch size").fill("14" if SHOW else "28")
        page.get_by_role("button", name="Start", exact=True).click()
        browser.wait_for("run-1 has begun")
        page.reload()  # the run goes on, and is found again
        browser.step("Train")
        browser.wait_for("of 6, " if SHOW else "of 1, ")
        browser.show("3-train-running")
        page.get_by_role("button", name="Make it the app's model").wait_for(timeout=4 * WAIT_MS)
        browser.show("3-train")
        page.get_by_role("button", name="Make it the app's model").click()
        # Having learned from drawn faces, it may be worse than the app's, and then the studio asks.
        all_the_same = page.get_by_role("button", name="Use run-1", exact=True)
        all_the_same.or_(page.get_by_text("The app now uses run-1.")).first.wait_for()
        if all_the_same.is_visible():
            all_the_same.click()
        browser.wait_for("The app now uses run-1.")
        assert models.previous(places).read_bytes() == old_model
        assert places.model.read_bytes() == (places.runs / "run-1" / "face_expression.onnx").read_bytes()
        browser.show("3-model")

        browser.step("Accuracy")
        page.get_by_role("combobox", name="Runs").click()
        page.get_by_role("option", name="earlier").click()
        page.keyboard.press("Escape")
        page.locator("ul.legend", has_text="earlier validation, expression").first.wait_for()
        with page.expect_download() as downloading:
            page.get_by_role("button", name="Download as CSV").click()
        assert "earlier" in Path(downloading.value.path()).read_text()
        with page.expect_download(timeout=WAIT_MS) as downloading:
            page.get_by_role("button", name="Download as PNG").click()
        assert cv2.imread(str(downloading.value.path())) is not None
        page.get_by_role("img", name=re.compile("Confusion matrix")).wait_for()
        browser.show("4-accuracy")

        browser.step("Predict")
        page.get_by_role("combobox", name="Model").click()
        page.get_by_role("option", name="run-1", exact=True).click()
        page.get_by_label("Choose a picture").set_input_files(str(tmp_path / "portrait.jpg"))
        browser.wait_for("One face was found.")
        models.bring_back(places)
        page.get_by_role("combobox", name="Model").click()
        page.get_by_role("option", name=re.compile("the app's model")).click()
        browser.wait_for("One face was found.")
        page.get_by_role("combobox", name="Drawing of face 1").click()
        page.get_by_role("option", name="female", exact=True).click()
        page.get_by_role("img", name="every face covered by an emoji").wait_for()
        browser.show("5-predict")
        with page.expect_download() as downloading:
            page.get_by_role("link", name="Download the covered picture").click()
        assert cv2.imread(str(downloading.value.path())).shape == portrait.shape

        browser.step("Camera")
        browser.choose("Source", "the built-in demo")
        browser.choose("Show it in", "a video file")
        page.get_by_role("button", name="Start", exact=True).click()
        page.get_by_role("status").filter(has_text=re.compile("Live. Faces: [a-z]")).wait_for(timeout=WAIT_MS)
        page.get_by_role("img", name="Preview").wait_for()
        browser.show("6-camera")
        page.get_by_role("button", name="Stop").click()
        page.get_by_role("link", name="Download the video").wait_for(timeout=WAIT_MS)
    assert browser.hosts == {"127.0.0.1"}
    assert browser.complaints == []
    assert not [name for name in files_under(tmp_path) if not re.match(r"(runs|models)/|portrait.jpg", name)]


def _earlier_run(places: Places) -> None:
    """Write what a run of six epochs leaves."""
    folder = run_folder(places, "earlier")
    keys = ["epoch", "train_loss", "valid_fer_loss", "valid_fer_accuracy"]
    rows = [(n, 2.1 - 0.12 * n, 2.0 - 0.1 * n, 0.14 + 0.05 * n) for n in range(1, 7)]
    (folder / "metrics.csv").write_text("\n".join([",".join(keys), *(",".join(map(str, row)) for row in rows)]) + "\n")
