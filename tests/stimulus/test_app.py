"""`--against` as a user has it: the program in another process, and a viewer in a browser."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from realtime.cli.parse import parse
from realtime.cli.paths import RunPaths
from realtime.errors import UsageError
from realtime.report.session import read_session
from realtime.report.viewing import viewings
from tests.media import write_clip
from tests.web.browser import ROOT, why_no_browser

in_a_browser = pytest.mark.skipif(bool(why_no_browser()), reason=why_no_browser() or "there is one")


@pytest.fixture(scope="module")
def clip(tmp_path_factory) -> Path:
    """Three seconds in colours, with a tone."""
    frames = [np.full((90, 160, 3), (2 * n, 90, 200 - 2 * n), np.uint8) for n in range(75)]
    return write_clip(tmp_path_factory.mktemp("clip") / "a film.mp4", frames, [n / 25 for n in range(75)], tone_s=3.0)


class _Ending:
    """Ends a process that was not ended by what the test did."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(20)


def _started(folder: Path, *words: object) -> subprocess.Popen[str]:
    command = [sys.executable, str(ROOT / "app.py"), *map(str, words)]
    environment = {key: value for key, value in os.environ.items() if key != "PYTEST_CURRENT_TEST"}
    environment |= {"BROWSER": "true", "HOME": str(folder), "XDG_DATA_HOME": str(folder / "data"), "LANG": "C"}
    return subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_what_can_not_be_shown_is_told_of_before_a_camera_is_opened(clip, tmp_path):
    (tmp_path / "half.mp4").write_bytes(clip.read_bytes()[:2000])
    process = _started(tmp_path, "--source", "/dev/video97", "--report", "kept", "--against", "half.mp4")
    _, heard = process.communicate(timeout=60)
    assert process.returncode == 6
    assert "half.mp4 is no video that can be read, or it is damaged" in heard
    assert not (tmp_path / "kept").exists()


def test_what_does_not_go_together_is_said_and_no_clip_is_overwritten(clip):
    for wrong, told in (
        (["--against", "a.mp4"], "Add --report DIR"),
        (["--report", "kept", "--against-pause", "3"], "--against-pause is for --against"),
        (["--report", "kept", "--against", "a.mp4", "--teach"], "--teach can't go with --against"),
    ):
        with pytest.raises(UsageError, match=re.escape(told)):
            parse(wrong)
    options = parse(["--report", "kept", "--against", "b.mp4", str(clip), "--output", str(clip)])
    assert options.against == ("b.mp4", str(clip))
    with pytest.raises(UsageError, match="is read in this run, and would be lost"):
        RunPaths(options)
    assert parse(["--report", "kept", "--against", "b.mp4"]).output == ("none",)


def _until(page, true: str) -> None:
    """Wait for something on a page whose policy lets nobody evaluate words in it."""
    deadline = time.monotonic() + 60
    while not page.evaluate(true):
        assert time.monotonic() < deadline, true
        page.wait_for_timeout(50)


@in_a_browser
@pytest.mark.model
def test_a_clip_is_watched_in_a_browser_and_the_report_plays_it_beside_the_curves(clip, tmp_path):
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    def found(page) -> list[str]:
        return [one["id"] for one in Axe().run(page).response["violations"]]

    film = tmp_path / clip.name
    film.write_bytes(clip.read_bytes())
    kept = ["--report", "kept", "--report-format", "csv"]
    process = _started(tmp_path, "--source", "demo", *kept, "--against", film, "--against-pause", "0.5")
    first = process.stderr.readline()
    heard: list[str] = []
    thread = threading.Thread(target=lambda: heard.extend(process.stderr), daemon=True)
    thread.start()
    with contextlib.closing(_Ending(process)), sync_playwright() as started:
        path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))))
        browser = started.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1200, "height": 800})
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.goto(re.search(r"http\S+", first)[0])
        page.locator("#begin:enabled").wait_for(timeout=60_000)
        page.get_by_text("Your face is seen well.").wait_for(timeout=60_000)
        assert found(page) == []
        page.uncheck("#full")
        page.click("#begin")
        page.locator('[data-at="play"]').wait_for(timeout=60_000)
        _until(page, "video.currentTime > 1 && (byId('pause').click(), true)")
        assert found(page) == []
        page.get_by_role("button", name="Go on").click()
        page.get_by_text("Thank you.").wait_for(timeout=60_000)
        process.communicate(timeout=60)
        thread.join(10)
        assert process.returncode == 0, heard
        (folder,) = (tmp_path / "kept").iterdir()
        page.goto((folder / "report.html").as_uri())
        _until(page, "document.querySelector('video').readyState > 0")
        chart = page.get_by_role("slider", name="Expressions, time").first
        chart.focus()
        page.keyboard.press("End")
        page.keyboard.press("ArrowLeft")
        _until(page, "document.querySelector('video').currentTime > 2.5")
        page.locator(".aside .jump img").first.click()
        moment = float(page.locator(".aside .jump").first.get_attribute("data-time"))
        _until(page, f"Math.abs(document.querySelector('video').currentTime - {moment}) < 0.1")
        page.evaluate("document.querySelector('video').play()")
        _until(page, "timelines.values().next().value.view.cursor > 2.5")
        assert found(page) == []
        film.rename(tmp_path / "moved.mp4")  # the page works without it, and takes it from where it is
        page.reload()
        page.get_by_text("Choose its file").wait_for()
        page.locator(".film input").set_input_files(tmp_path / "moved.mp4")
        _until(page, "document.querySelector('video').readyState > 0")
        browser.close()
    assert [one for one in complaints if "ERR_FILE_NOT_FOUND" not in one] == []  # the film lies two folders above
    (viewing,) = viewings(read_session(folder))
    # A busy machine may stall the player besides, at any time, and leave out frames.
    ends = [piece.then for piece in viewing.pieces]
    assert "paused" in ends[:-1]
    assert ends[-1] == "ended"
    for before, after in itertools.pairwise(viewing.pieces):
        assert after.from_s == pytest.approx(before.to_s, abs=0.5)
    assert viewing.pieces[-1].to_s == pytest.approx(3.0, abs=0.2)
    assert viewing.times[-1] > 1.5  # a busy machine looks at few frames
    screening = json.loads((folder / "session.json").read_text())["screening"]
    assert screening["calibrated"]
    assert screening["clock_error_ms"] < 200  # a busy machine answers late
