"""What holds for every step of the page, in a real browser: reach, width, focus, loading again, and a studio gone."""

from __future__ import annotations

import contextlib
import re
import shutil
from pathlib import Path

import cv2
import pytest

pytest.importorskip("torch", reason="training/requirements.txt is not installed")
pytest.importorskip("nicegui", reason="training/requirements.txt is not installed")
pytest.importorskip("psutil", reason="training/requirements.txt is not installed")

from tests.training.studio.drawn_faces import write_set
from tests.training.studio.files import run_folder
from tests.training.studio.running import running_studio
from tests.web.browser import Browser, why_no_browser
from training import run_record
from training.studio.pages.charts import Line, chart, style

browser_test = [
    pytest.mark.model,
    pytest.mark.skipif(bool(why_no_browser()), reason=why_no_browser() or "there is one"),
]


def in_a_browser(test):
    """Mark a test that drives a browser."""
    for mark in browser_test:
        test = mark(test)
    return test


STEPS = ("Dataset", "Preprocess", "Train", "Accuracy", "Predict", "Camera")
# Of the element with the focus: the width of its outline, in pixels.
OUTLINE = "parseFloat(getComputedStyle(document.activeElement).outlineWidth) || 0"
# States of the tracks of every stream that a camera of this page has given.
SPY = """() => {
window.given = [];
const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wanted) => {
  const stream = await ask(wanted);
  window.given.push(...stream.getTracks());
  return stream;
};
}"""


def _on(page) -> int:
    return page.evaluate("window.given.filter((track) => track.readyState === 'live').length")


@in_a_browser
def test_the_webcam_goes_off_with_its_step_and_can_always_be_closed(places):
    with running_studio(places) as address, Browser(address) as browser:
        page = browser.page
        page.evaluate(SPY)
        close = page.get_by_role("button", name="Close the camera")
        browser.step("Predict")
        page.get_by_role("button", name="Use the camera").click()
        close.wait_for()
        assert _on(page) == 1
        browser.step("Train")
        assert _on(page) == 0
        browser.step("Predict")
        assert close.count() == 0 or not close.is_visible()
        page.get_by_role("button", name="Use the camera").dblclick()  # one stream, not two of which one stays on
        close.wait_for()
        page.wait_for_timeout(300)
        assert _on(page) == 1
        # A picture that can't be taken yet leaves the camera on, and its off button with it.
        page.evaluate("Object.defineProperty(document.querySelector('video'), 'videoWidth', {value: 0})")
        page.get_by_role("button", name="Take the picture").click()
        browser.wait_for("The camera shows nothing yet.")
        assert close.is_visible()
        close.click()
        assert _on(page) == 0
        page.get_by_role("button", name="Use the camera").wait_for()
    assert browser.complaints == []


@in_a_browser
def test_loading_again_keeps_the_step_the_results_and_the_colours(places, face_folder, portrait, tmp_path):
    cv2.imwrite(str(tmp_path / "portrait.jpg"), portrait)
    with running_studio(places) as address, Browser(address) as browser:
        page = browser.page
        page.get_by_label("Folder, CSV or zip").fill(str(face_folder))
        page.get_by_role("button", name="Look at it").click()
        browser.wait_for("This can be used")
        browser.step("Preprocess")
        page.get_by_role("button", name="Preprocess", exact=True).click()
        browser.wait_for("Ready. Go on with Train.")
        browser.step("Predict")
        page.get_by_label("Choose a picture").set_input_files(str(tmp_path / "portrait.jpg"))
        browser.wait_for("One face was found.")
        browser.choose("Drawing of face 1", "female")
        for colours in ("light", "dark"):
            page.get_by_role("button", name="Colours").click()
            browser.wait_for(f"Colours: {colours}")
        page.reload()
        page.get_by_role("heading", level=2, name="Predict").wait_for()
        browser.wait_for("Colours: dark")
        page.locator("body.body--dark").wait_for()
        page.get_by_role("img", name="every face covered by an emoji").wait_for()
        assert page.get_by_role("combobox", name="Drawing of face 1").input_value() == "female"
        browser.step("Preprocess")
        assert page.get_by_role("img", name="happy, normalised").count() == 2
        browser.step("Dataset")
        assert page.get_by_role("cell", name="112").count() == 1
        assert browser.complaints == []
    with running_studio(places) as address, Browser(address) as browser:  # colours outlive the studio, pictures don't
        browser.wait_for("Colours: dark")
        browser.step("Predict")
        assert browser.page.get_by_role("img", name="every face covered by an emoji").count() == 0


@in_a_browser
def test_a_page_whose_studio_has_ended_says_what_to_do(places):
    with contextlib.ExitStack() as held:
        address = held.enter_context(running_studio(places))
        with Browser(address) as browser:
            held.close()
            browser.wait_for("start it again ('make studio', or run.bat)")
            assert browser.page.get_by_role("alert").filter(has_text="The studio does not answer.").is_visible()


@in_a_browser
def test_the_focus_can_be_seen_and_arrow_keys_move_radio_buttons(places):
    with running_studio(places) as address, Browser(address) as browser:
        page = browser.page
        browser.step("Train")
        page.get_by_role("radio", name=re.compile("Quick")).focus()
        page.keyboard.press("ArrowDown")
        page.get_by_role("radio", name=re.compile("Full"), checked=True).wait_for()
        assert page.evaluate("document.activeElement.getAttribute('role')") == "radio"
        assert page.evaluate(OUTLINE) >= 2
        page.get_by_text("All settings").click()
        assert page.get_by_label("Epochs").input_value() == "40"
        page.keyboard.press("Shift+Tab")
        page.get_by_role("radio", name=re.compile("Full")).focus()
        page.keyboard.press("ArrowRight")
        page.get_by_role("radio", name=re.compile("Quick"), checked=True).wait_for()
        for _ in range(40):
            page.keyboard.press("Tab")
            tag = page.evaluate("document.activeElement.tagName")
            if tag == "BUTTON":
                assert page.evaluate(OUTLINE) >= 2, page.evaluate("document.activeElement.outerHTML")
            if page.evaluate("document.activeElement.textContent").strip() == "Start":
                break
        assert tag == "BUTTON"


@in_a_browser
@pytest.mark.parametrize("dark", [False, pytest.param(True, marks=pytest.mark.long)], ids=["light", "dark"])
def test_axe_finds_nothing_on_any_step(places, face_folder, dark):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    run_record.RunWriter(_finished_run(places), {"data": str(face_folder)}).finished([])
    with running_studio(places) as address, Browser(address, dark=dark) as browser:
        page = browser.page
        page.get_by_label("Folder, CSV or zip").fill(str(face_folder))
        page.get_by_role("button", name="Look at it").click()
        browser.wait_for("This can be used")
        found = {}
        for name in STEPS:
            browser.step(name)
            if name == "Preprocess":
                page.get_by_role("button", name="Preprocess", exact=True).click()
                browser.wait_for("Ready. Go on with Train.")
            page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
            if name == "Accuracy":
                page.get_by_role("button", name="Open the pictures behind the matrix").click()
                browser.wait_for("Choose a number to see its pictures.")
                page.locator(".confusion button").first.click()
            page.wait_for_timeout(700)  # colours that still change have no contrast yet
            violations = axe.Axe().run(page).response["violations"]
            found[name] = [(v["id"], n["html"][:200], n["failureSummary"]) for v in violations for n in v["nodes"]]
        assert not any(found.values()), found
        assert page.locator("main, [role=main]").count() == 1


@in_a_browser
def test_long_paths_and_names_do_not_widen_a_phones_page(places, tmp_path):
    folder = tmp_path / ("a-very-long-name-without-a-single-space-in-it" * 4) / "deeper" / ("and-longer" * 12)
    write_set(folder, train=3, valid=1)
    run_folder(places, "n" * 60, pid=0)
    with running_studio(places) as address, Browser(address, phone=True) as browser:
        page = browser.page
        page.get_by_label("Folder, CSV or zip").fill(str(folder))
        page.get_by_role("button", name="Look at it").click()
        browser.wait_for("This can be used")
        for name in STEPS:
            browser.step(name)
            page.wait_for_timeout(300)
            assert browser.widest <= 380, name


def test_no_two_of_many_curves_look_alike():
    assert len({style(number) for number in range(36)}) == 36
    drawn = chart("Loss", "", [Line(str(n), [(1, n), (2, n)]) for n in range(9)])
    looks = [
        (colour, re.search(r'stroke-dasharray="([^"]*)"', rest)[1])
        for colour, rest in re.findall(r'<g class="(c\d)">(.*?)</g>', drawn)
    ]
    assert len(set(looks)) == len(looks) == 9


def _finished_run(places) -> Path:
    """Make a run that has come to its end, with figures and the shipped model."""
    folder = run_folder(places, "done")
    shutil.copy(places.model, folder / "face_expression.onnx")
    shutil.copy(places.models / "README.md", folder / "README.md")
    keys = "epoch,train_loss,valid_fer_loss,valid_fer_accuracy"
    (folder / "metrics.csv").write_text(keys + "\n1,2.1,2.0,0.2\n2,1.9,1.8,0.3\n")
    return folder
