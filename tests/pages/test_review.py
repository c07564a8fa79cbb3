"""The page of a review in a real browser: from everybody in the video to the file that is written."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("nicegui", reason="requirements-panel.txt is not installed")

from realtime.engine.analysis import Edits
from realtime.engine.analysis_file import read_analysis
from tests.reviewed import write_reviewed
from tests.served import served
from tests.web.browser import ROOT, Browser, why_no_browser

in_a_browser = pytest.mark.skipif(bool(why_no_browser()), reason=why_no_browser() or "there is one")
HEADING = "Review of talk.mp4"


@contextlib.contextmanager
def running_review(folder: Path, *words: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run a review of a video that was analysed; give its address and its process."""
    video, analysis = write_reviewed(folder)
    command = [str(ROOT / "app.py"), "--source", str(video), "--from-analysis", str(analysis), "--review", *words]
    with served(command, folder, os.environ | {"BROWSER": "true"}) as running:
        yield running


def _answers(address: str) -> bool:
    try:
        urllib.request.urlopen(address.split("?")[0])
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def until(true, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@in_a_browser
def test_a_video_is_reviewed_and_written(tmp_path):
    with (
        running_review(tmp_path, "--require-clean") as (address, process),
        Browser(address, heading=HEADING) as browser,
    ):
        page = browser.page

        page.get_by_role("button", name="Leave visible: number 1").click()
        browser.wait_for("1 stays visible.")
        page.get_by_role("group", name="Number 1").get_by_text("left visible").wait_for()
        page.get_by_role("button", name="Undo").click()
        browser.wait_for("Taken back.")
        page.get_by_role("button", name="Leave visible: number 1").wait_for()

        # With the keyboard alone: what was pressed is gone, and its card has the focus.
        page.get_by_role("button", name="Wrong: no face: number 4").focus()
        page.keyboard.press("Enter")
        browser.wait_for("4 is no face.")
        page.wait_for_function("document.activeElement.id === 'card-4'")
        page.get_by_role("combobox", name="Number 3 is").click()
        page.get_by_role("option", name="Number 2").click()
        browser.wait_for("3 is 2, too.")
        browser.wait_for("Nothing here needs a look.")

        # A zone is drawn on the picture, and counts until the frame that is shown.
        page.get_by_label("Draw a box").check()
        box = page.locator("#screen").bounding_box()
        page.mouse.move(box["x"] + box["width"] / 4, box["y"] + box["height"] / 2)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.75, steps=3)
        page.mouse.up()
        page.get_by_role("slider", name="Time in the video").focus()
        page.keyboard.press("End")
        page.keyboard.press("ArrowLeft")
        browser.wait_for("0:01.9, frame 59 of 60")
        page.get_by_role("button", name="To the frame shown").click()
        page.get_by_role("button", name="Add the zone").click()
        assert page.get_by_role("slider", name="Time in the video").input_value() == "58"
        browser.wait_for("80 x 45 at 80, 90, 0:00.0 to 0:01.9: always blurred")

        page.get_by_role("button", name="Show the face of number 1").click()
        page.get_by_role("img", name="number 1, uncovered").wait_for()
        page.get_by_role("button", name="Write the video").click()
        browser.wait_for(re.compile("Written: .*talk.covered.mp4, with .*talk.covered.report.json"))
        page.get_by_role("button", name="Finish").click()
        browser.wait_for("The review has ended.")
        assert process.wait(20) == 0
        assert browser.complaints == [] or all("WebSocket" in one for one in browser.complaints)
        assert browser.hosts == {"127.0.0.1"}
    assert (tmp_path / "talk.covered.mp4").is_file()
    edits = read_analysis(tmp_path / "found.jsonl").edits
    assert (edits.exclude, edits.merge, len(edits.zones)) == ((4,), ((2, 3),), 1)


@in_a_browser
def test_it_fits_a_phone_and_axe_finds_nothing(tmp_path):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    with running_review(tmp_path) as (address, _):
        for dark in (False, True):
            with Browser(address, phone=dark, dark=dark, heading=HEADING) as browser:
                browser.page.get_by_role("button", name="Show the face of number 1").click()
                browser.page.get_by_text("What is hardly a face").click()
                browser.page.get_by_role("button", name="Add the zone").click()
                browser.wait_for("Zone added")
                assert browser.widest <= (380 if dark else 1100)
                violations = axe.Axe().run(browser.page).response["violations"]
                assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in violations] == []


def test_pictures_are_for_the_page_alone_and_kept_nowhere(tmp_path):
    with running_review(tmp_path) as (address, process):
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        until(lambda: _answers(address))
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(address.split("?")[0] + "face/1.jpg")
        assert opener.open(address).status == 200
        with opener.open(address.split("?")[0] + "frame/3.jpg") as answer:
            assert answer.headers["cache-control"] == "no-store"
            assert answer.read()[:2] == b"\xff\xd8"
        with pytest.raises(urllib.error.HTTPError, match="404"):
            opener.open(address.split("?")[0] + "frame/9999.jpg")
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130  # nothing was written
    assert read_analysis(tmp_path / "found.jsonl").edits == Edits()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["found.jsonl", "talk.mp4"]
