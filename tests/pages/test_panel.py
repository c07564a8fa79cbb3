"""The panel in a real browser: the camera started, steered, recorded, killed; looks, widths, and what is broken."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request

import cv2
import pytest

pytest.importorskip("nicegui", reason="requirements-panel.txt is not installed")
pytest.importorskip("tomlkit", reason="requirements-panel.txt is not installed")

from tests.control.clip import write_clip
from tests.pages.running import environment, running_panel
from tests.served import ROOT
from tests.web.browser import SHOTS, WAIT_MS, Browser, why_no_browser

pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(bool(why_no_browser()), reason=why_no_browser() or "there is one"),
]
PANEL_SHOTS = SHOTS and SHOTS.parent / "panel"


def test_the_camera_is_started_steered_recorded_and_killed(tmp_path, portrait):
    clip = write_clip(tmp_path / "clip.avi", portrait)
    with (
        running_panel(tmp_path, f'# My own.\nsource = "{clip.as_posix()}"\n') as panel,
        Browser(panel.address, PANEL_SHOTS, heading="Emoji camera") as browser,
    ):
        page = browser.page
        page.get_by_role("button", name="Start", exact=True).click()
        page.get_by_role("status").filter(has_text=re.compile("Live. Faces: [a-z]")).wait_for()
        page.wait_for_function("document.querySelector('img[data-live]').naturalWidth > 0")
        page.locator("[data-bars] tr.leads .share").filter(has_text=re.compile("[1-9]")).wait_for()
        page.get_by_text("Teach it your face").click()
        page.get_by_role("button", name="tongue", exact=True).click()
        browser.wait_for("'tongue' is told from your other expressions, and none of them was taught yet.")
        page.get_by_role("button", name="happy", exact=True).click()
        page.get_by_text("examples: 2").wait_for()
        page.evaluate("scrollTo(0, 0)")  # the preview is fetched while it is in sight
        page.wait_for_function("document.querySelector('img[data-live]').naturalWidth > 0")
        browser.show("teach")
        page.get_by_role("button", name="Remove what was taught: happy").click()
        page.get_by_text("examples: 2").wait_for(state="detached")
        page.get_by_text("Teach it your face").click()
        page.get_by_role("radio", name="avatar").click()
        page.get_by_role("radiogroup", name="Skin").get_by_role("radio").nth(1).click()
        browser.choose("Gender", "male")
        browser.choose("Crop", "head")
        page.get_by_role("button", name="Record", exact=True).click()
        browser.wait_for("Recording.")
        page.wait_for_timeout(500)
        page.get_by_role("button", name="Finish recording").click()
        browser.wait_for("Recorded: emoji-camera-")
        with page.expect_download() as downloading:
            page.get_by_role("link", name="emoji-camera-").click()
        assert cv2.VideoCapture(str(downloading.value.path())).grab()
        written = panel.config.read_text()
        for line in ("# My own.", 'pack = "avatar"', 'gender = "male"', 'crop = "head"', "skin = "):
            assert line in written
        page.get_by_label("Smooth").fill("0.3")
        page.get_by_label("Smooth").press("Enter")
        browser.wait_for("The camera is opened anew for this")
        page.get_by_role("button", name="Pause", exact=True).click()
        browser.wait_for("Paused: others see a card.")
        if pids := panel.cameras():
            for pid in pids:
                os.kill(pid, signal.SIGKILL)
            browser.wait_for("The camera was ended from outside. Start it again.")
        page.get_by_role("button", name="Start", exact=True).click()
        page.wait_for_function("document.querySelector('img[data-live]').naturalWidth > 0")
        assert browser.hosts == {"127.0.0.1"}
        assert browser.complaints == []
        # Ctrl-C while the preview is on ends it without an error, which `running_panel` would not let pass.
        panel.process.send_signal(signal.SIGINT)
        panel.process.wait(30)
    assert not list(panel.config.parent.glob("*panel-address"))


def test_every_setting_has_a_name_a_width_and_a_contrast(tmp_path):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    with running_panel(tmp_path, "", language="de_DE.UTF-8") as panel:
        for dark, phone in ((False, False), (True, True)):
            with Browser(panel.address, dark=dark, phone=phone, heading="Emoji-Kamera") as browser:
                page = browser.page
                assert page.get_by_role("button", name="Starten").is_visible()
                page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
                page.get_by_label("Min face").scroll_into_view_if_needed()
                page.wait_for_timeout(700)  # colours that still change have no contrast yet
                found = axe.Axe().run(page).response["violations"]
                assert [(v["id"], n["html"][:200], n["failureSummary"]) for v in found for n in v["nodes"]] == []
                page.evaluate("document.documentElement.dir = 'rtl'")
                browser.show("phone")
                assert browser.widest <= (380 if phone else 1100)
        # Whoever starts a second panel gets the first; whoever has no token gets nothing.
        second = [sys.executable, "app.py", "--panel", "--no-browser"]
        said = subprocess.run(second, cwd=ROOT, env=environment(tmp_path), capture_output=True, text=True, timeout=60)
        assert (said.returncode, said.stdout) == (0, f"The panel runs already, at {panel.address}\n")
        for path in ("/", "/preview", "/look/0/0", "/recording/emoji-camera-1.mp4"):
            with pytest.raises(urllib.error.HTTPError, match="403"):
                urllib.request.urlopen(panel.address.split("/?")[0] + path)


def test_a_configuration_that_is_nonsense_is_told_and_set_aside(tmp_path):
    with running_panel(tmp_path, 'cover = "tar"\n') as panel, Browser(panel.address, heading="Emoji camera") as browser:
        page = browser.page
        browser.wait_for(re.compile("cover = 'tar'; it is one of"))
        page.get_by_role("button", name="Start", exact=True).click()
        page.get_by_role("alert").filter(has_text="it is one of").or_(page.locator(".notice.bad")).first.wait_for()
        assert panel.cameras() == []
        page.get_by_role("button", name="Set the file aside").click()
        page.get_by_role("button", name="Set the file aside").wait_for(state="detached", timeout=WAIT_MS)
        (aside,) = panel.config.parent.glob("*.broken-*")
        assert aside.read_text() == 'cover = "tar"\n'
