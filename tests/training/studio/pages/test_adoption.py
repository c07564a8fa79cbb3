"""Which model the app uses, in a real browser."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace

import pytest

pytest.importorskip("torch", reason="training/requirements.txt is not installed")
pytest.importorskip("nicegui", reason="training/requirements.txt is not installed")
pytest.importorskip("psutil", reason="training/requirements.txt is not installed")

from tests.training.studio.files import run_folder
from tests.training.studio.running import running_studio
from tests.web.browser import Browser, why_no_browser
from training.model_file import set_scores
from training.studio.work import models

pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(bool(why_no_browser()), reason=why_no_browser() or "there is one"),
]


def _finished(places, name: str, accuracy: float) -> None:
    """Make a finished run whose model is so good."""
    folder = run_folder(places, name)
    model = folder / "face_expression.onnx"
    shutil.copy(places.model, model)
    set_scores(model, [replace(row, accuracy=accuracy) for row in models.score_rows(places.models)])
    (folder / "README.md").write_text("card")


def test_two_adoptions_in_a_row_leave_a_way_back_to_the_shipped_model(places):
    old = places.model.read_bytes()
    _finished(places, "better", 0.91)
    _finished(places, "worse", 0.143)
    with running_studio(places) as address, Browser(address) as browser:
        page = browser.page
        in_use = page.locator(".in-use")
        assert "the shipped model" in in_use.inner_text()
        browser.step("Train")
        browser.choose("Run", "better (finished)")
        page.get_by_role("cell", name="better", exact=True).first.wait_for()
        page.get_by_role("button", name="Make it the app's model").click()  # nobody asks before a better one
        browser.wait_for("The app now uses better.")
        in_use.get_by_text("better, 91.0% right").wait_for()

        browser.choose("Run", "worse (finished)")
        page.get_by_role("cell", name="worse", exact=True).first.wait_for()
        page.get_by_role("button", name="Make it the app's model").click()
        browser.wait_for("The new model reads 14.3% of its pictures right, the one in use 91.0%.")
        page.get_by_role("button", name="Keep better").click()
        browser.wait_for("The app still uses better.")
        page.get_by_role("button", name="Make it the app's model").click()
        page.get_by_role("button", name="Use worse").click()
        browser.wait_for("The app now uses worse.")
        in_use.get_by_text("worse, 14.3% right").wait_for()
        assert page.get_by_role("button", name="Make it the app's model").count() == 0

        page.get_by_role("button", name="Use better again").click()
        browser.wait_for("The app now uses better.")
        assert page.get_by_role("cell", name="better, in use").count() > 0
        page.get_by_role("button", name="Use the shipped model again").click()
        browser.wait_for("The app now uses the shipped model.")
        in_use.get_by_text("the shipped model").wait_for()
        assert page.get_by_role("cell", name="the shipped model, in use").count() > 0
        assert page.get_by_role("cell", name="better, in use").count() == 0
        assert places.model.read_bytes() == old
        page.get_by_text("Which models the app has used").click()
        history = page.get_by_role("table", name="The newest first").locator("td").all_inner_texts()
        assert history == ["the shipped model", "better", "worse", "better", "the shipped model"]
        browser.step("Predict")
        page.get_by_role("combobox", name=re.compile("Model")).click()
        page.get_by_role("option", name="the app's model (the shipped model)").wait_for()
    assert browser.complaints == []
