"""A run in a real browser that outlives the studio."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="training/requirements.txt is not installed")
pytest.importorskip("nicegui", reason="training/requirements.txt is not installed")
pytest.importorskip("psutil", reason="training/requirements.txt is not installed")

from tests.training.studio.browser import WAIT_MS, Browser, why_no_browser
from tests.training.studio.running import running_studio, until
from training.studio.work import processes, runs
from training.studio.work.runs import Settings


@pytest.mark.model
@pytest.mark.skipif(bool(why_no_browser()), reason=why_no_browser() or "there is one")
def test_a_run_waits_outlives_the_studio_and_is_stopped(places, face_folder):
    settings = Settings(data=str(face_folder), model="small", epochs=500, batch_size=28)
    with running_studio(places) as address, Browser(address) as browser:
        run = runs.start(places, "long", settings)
        browser.step("Train")
        browser.wait_for("of 500, ", 4 * WAIT_MS)
        browser.page.get_by_role("button", name="Pause").click()
        browser.page.get_by_text("paused", exact=True).wait_for(timeout=WAIT_MS)
    assert runs.read(run.folder).state == "paused"
    with running_studio(places) as address, Browser(address) as browser:
        browser.step("Train")
        browser.page.get_by_text("paused", exact=True).wait_for(timeout=WAIT_MS)
        browser.page.get_by_role("button", name="Go on").click()
        browser.page.get_by_text("running", exact=True).wait_for(timeout=WAIT_MS)
        browser.page.get_by_role("button", name="Stop").click()
        browser.page.get_by_text("stopped", exact=True).wait_for(timeout=4 * WAIT_MS)
    assert processes.identity(run.started["pid"]) is None
    assert "--resume" in runs.read(run.folder).log
    again = runs.go_on(runs.read(run.folder))
    assert ("--resume" in again.started["command"]) == (run.folder / "last.ckpt").is_file()
    runs.stop(runs.stop(again))
    until(lambda: processes.identity(again.started["pid"]) is None)
