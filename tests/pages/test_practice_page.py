"""The page for practice in a real browser: on a phone, by keyboard, started, played and stopped; and its form."""

from __future__ import annotations

import asyncio
import json

import pytest

pytest.importorskip("nicegui", reason="requirements-panel.txt is not installed")
pytest.importorskip("tomlkit", reason="requirements-panel.txt is not installed")

from realtime.engine.changes import LIVE
from realtime.errors import UsageError
from realtime.pages.panel import Panel
from realtime.pages.practice_form import Wishes
from realtime.pages.practice_view import progress_picture
from realtime.pages.settings import Settings
from tests.control.clip import write_clip
from tests.pages.running import running_panel
from tests.web.browser import Browser, why_no_browser


def test_the_form_speaks_the_words_of_the_command_line():
    assert (Wishes().practised(), Wishes().settings()) == ("all", None)
    wishes = Wishes("game", "fear", numbers={"step": "30", "break": "20"}, switches={"large", "calm"})
    assert wishes.practised() == "game,fear"
    assert wishes.settings() == "calm,large,break=20"
    told = {"practise": ["game", "fear"], "practise_with": ["calm", "large", "break=20"], "placement": "face"}
    assert Wishes.of(told).practised() == "game,fear"
    assert Wishes.of(told).settings() == wishes.settings()
    assert not Wishes.of(told).face
    with pytest.raises(UsageError, match="can't tell this expression by that part"):
        Wishes(expression="happy", part="brows").practised()


def test_progress_is_a_picture_with_the_numbers_in_words():
    shown = progress_picture({"2026-11-30": {"happy": 2}, "2026-12-01": {"happy": 1, "sad": 90}})
    assert "happy: 3" in shown
    assert "sad: 90" in shown
    assert shown.count("<ellipse") == 3 + 20


class _Camera:
    """Stands for a camera that runs: keeps what it is asked to change."""

    running, address, video = True, "http://127.0.0.1:1", None

    def __init__(self) -> None:
        self.changes: list[dict[str, object]] = []

    def change(self, values: dict[str, object]) -> bool:
        self.changes.append(values)
        return False


def test_a_face_that_was_shown_for_practice_is_covered_before_it_goes_elsewhere(tmp_path):
    camera = _Camera()
    panel = Panel(Settings(tmp_path / "config.toml"), camera=camera, recordings=tmp_path)
    asyncio.run(panel.change("output", ["virtual"]))
    asyncio.run(panel.record())
    assert [change["placement"] for change in camera.changes] == ["face", "face"]
    assert list(LIVE).index("placement") < list(LIVE).index("output")


@pytest.mark.model
@pytest.mark.skipif(bool(why_no_browser()), reason=why_no_browser() or "there is one")
def test_practice_on_a_page(tmp_path, portrait):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    clip = write_clip(tmp_path / "clip.avi", portrait)
    kept = tmp_path / "data" / "emoji-camera" / "practice" / "default.json"
    kept.parent.mkdir(parents=True)
    kept.write_text(json.dumps({"version": 1, "days": {"2026-12-01": {"fear": 4}}}))
    with (
        running_panel(tmp_path, f'source = "{clip.as_posix()}"\n') as panel,
        Browser(panel.address, phone=True, dark=True, heading="Emoji camera") as browser,
    ):
        page = browser.page
        page.goto(panel.address.split("/?")[0] + "/practice")
        page.get_by_role("button", name="Start", exact=True).press("Enter")
        page.get_by_role("meter").first.wait_for()
        browser.wait_for("Show happy")
        found = axe.Axe().run(page).response["violations"]
        assert [(v["id"], n["html"][:200], n["failureSummary"]) for v in found for n in v["nodes"]] == []
        page.get_by_role("button", name="Next", exact=True).press("Enter")
        browser.wait_for("Show surprise")
        page.get_by_role("combobox", name="How", exact=True).click()
        page.get_by_role("option", name="A game of drawn faces").click()
        browser.wait_for("Which of these fits the drawn face?")
        number = page.locator(".look").first.inner_text().split()[0]
        page.get_by_role("heading", level=1).click()  # away from what takes digits
        page.keyboard.press(number)
        page.get_by_role("status").filter(has_text="It is ").wait_for()
        browser.wait_for("fear: 4")
        page.get_by_role("button", name="Delete my progress").press("Enter")
        browser.wait_for("Nothing is kept.")
        assert not kept.exists()
        page.get_by_role("button", name="Stop", exact=True).press("Enter")
        page.get_by_role("button", name="Start", exact=True).wait_for()
        assert browser.widest <= 380
    assert browser.hosts == {"127.0.0.1"}
    assert browser.complaints == []
