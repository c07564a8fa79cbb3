"""A run in a real browser that outlives the studio."""

from __future__ import annotations

import sys
import time

import pytest

pytest.importorskip("torch", reason="training/requirements.txt is not installed")
pytest.importorskip("nicegui", reason="training/requirements.txt is not installed")
pytest.importorskip("psutil", reason="training/requirements.txt is not installed")

from tests.training.studio.files import run_folder
from tests.training.studio.running import running_studio, until
from tests.web.browser import WAIT_MS, Browser, why_no_browser
from training import run_record
from training.studio.work import processes, runs
from training.studio.work.places import write_json
from training.studio.work.runs import Settings


@pytest.mark.model
@pytest.mark.long
@pytest.mark.skipif(bool(why_no_browser()), reason=why_no_browser() or "there is one")
def test_a_run_waits_outlives_the_studio_and_is_stopped(places, face_folder):
    settings = Settings(data=str(face_folder), model="small", epochs=500, batch_size=28)
    with running_studio(places) as address, Browser(address) as browser:
        run = runs.start(places, "long", settings)
        browser.step("Train")
        browser.wait_for("of 500, ", 4 * WAIT_MS)
        browser.page.get_by_role("button", name="Pause").click()
        browser.page.locator(".badge", has_text="paused").wait_for(timeout=WAIT_MS)
    assert runs.read(run.folder).state == "paused"
    with running_studio(places) as address, Browser(address) as browser:
        browser.step("Train")
        browser.page.locator(".badge", has_text="paused").wait_for(timeout=WAIT_MS)
        browser.page.get_by_role("button", name="Go on").click()
        browser.page.locator(".badge", has_text="running").wait_for(timeout=WAIT_MS)
        until(lambda: runs.read(run.folder).saved, 2 * WAIT_MS / 1000)  # so that nothing is lost, and nobody asks
        browser.page.get_by_role("button", name="Stop").click()
        browser.page.locator(".badge", has_text="stopped").wait_for(timeout=4 * WAIT_MS)
    assert processes.identity(run.started["pid"]) is None
    assert "--resume" in runs.read(run.folder).log
    again = runs.go_on(runs.read(run.folder))
    assert ("--resume" in again.started["command"]) == (run.folder / "last.ckpt").is_file()
    runs.stop(runs.stop(again))
    until(lambda: processes.identity(again.started["pid"]) is None)


@pytest.mark.model
@pytest.mark.skipif(bool(why_no_browser()), reason=why_no_browser() or "there is one")
def test_the_page_says_what_a_run_does_after_its_epochs_and_what_stopping_or_killing_it_loses(places):
    folder = run_folder(places)
    pid = processes.start_apart([sys.executable, "-c", "import time; time.sleep(300)"], folder / "log.txt")
    about = {"pid": pid, "identity": processes.identity(pid), "arguments": ["--data=x"], "started_s": time.time()}
    write_json(folder / "studio.json", about)
    (folder / "log.txt").write_text("Tip: try the cloud of the makers of this library.\n")
    writer = run_record.RunWriter(folder, {})
    with running_studio(places) as address, Browser(address) as browser:
        page = browser.page
        browser.step("Train")
        browser.wait_for("starting")
        writer.doing("reading the data")
        browser.wait_for("before training: reading the data")
        writer.step(1, 1, 1, 4, 1.9)
        writer.step(1, 1, 2, 4, 1.7)
        writer.step(1, 1, 4, 4, 1.5)
        page.get_by_role("img", name="Loss by step: training at epoch 1: 1.5").wait_for()  # before any epoch has ended
        browser.wait_for("epoch 1 of 1, 99%, trying it on the validation pictures")
        page.get_by_role("button", name="Stop", exact=True).click()
        browser.wait_for("Nothing of this run is saved yet")
        page.get_by_role("button", name="Let it run").click()
        assert runs.read(folder).state == "running"
        writer.epoch([{"epoch": 1, "valid_fer_accuracy": 0.5}], 1)
        writer.doing("exporting")
        browser.wait_for("trained, and now finishing: exporting the model")
        assert page.get_by_text("less than a minute").count() == page.get_by_text("100%").count() == 0
        assert page.get_by_role("progressbar", name="progress of one").get_attribute("value") is None
        processes.stop(pid, at_once=True)
        browser.wait_for("The run was ended from outside while it was exporting")
        page.get_by_role("button", name="Begin again").wait_for()
    assert browser.complaints == []
