"""Debian's chromium on a page of ours, noting every host it turns to."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import os
import shutil
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[2]
WAIT_MS = 60_000
# With STUDIO_SCREENSHOTS=1 the tests leave pictures of the page here, and train a little longer for them.
SHOW = bool(os.environ.get("STUDIO_SCREENSHOTS"))
SHOTS = ROOT / "docs" / "studio" if SHOW else None
_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
# Screenshots are cut off here, and have few colours, so that they stay small.
_MAX_HEIGHT_PX, _COLOURS, _MAX_BYTES = 1500, (256, 128, 64, 32), 150_000


def why_no_browser() -> str:
    """Return why there is no browser to test with; empty if there is one."""
    if importlib.util.find_spec("playwright") is None:
        return "playwright is not installed (tests/requirements.txt)"
    return "" if _CHROMIUM else "there is no chromium"


class Browser:
    """A browser on one page, whose first heading is known. hosts: those it asked for anything. complaints: its errors.

    widest: of the page, in px.
    """

    def __init__(
        self,
        address: str,
        shots: Path | None = None,
        phone: bool = False,
        dark: bool = False,
        heading: str = "Dataset",
    ) -> None:
        self._heading = heading
        self.hosts: set[str] = set()
        self.complaints: list[str] = []
        self.widest = 0
        self._address = address
        self._shots = shots
        self._size = {"width": 380, "height": 780} if phone else {"width": 1100, "height": 820}
        self._dark = dark
        self._held = contextlib.ExitStack()

    def __enter__(self) -> Browser:
        from playwright.sync_api import sync_playwright

        flags = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            flags.append("--no-sandbox")
        chromium = self._held.enter_context(sync_playwright()).chromium
        browser = chromium.launch(executable_path=_CHROMIUM, args=flags)
        self._held.callback(browser.close)
        context = browser.new_context(viewport=self._size, color_scheme="dark" if self._dark else "light")
        context.on("request", lambda request: self._note(request.url))
        self.page = context.new_page()
        self.page.set_default_timeout(WAIT_MS)
        self.page.on("websocket", lambda opened: self._note(opened.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._hear)
        self.page.goto(self._address)
        self.page.get_by_role("heading", name=self._heading).wait_for()
        assert "token" not in self.page.url
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def step(self, name: str) -> None:
        """Go to a step of the page."""
        tab = self.page.get_by_role("tab", name=name)
        tab.scroll_into_view_if_needed()
        tab.click()
        self.page.get_by_role("heading", level=2, name=name).wait_for()
        self._measure()

    def wait_for(self, words: str, timeout_ms: int = WAIT_MS) -> None:
        """Wait until something can be read on the page."""
        self.page.get_by_text(words).first.wait_for(timeout=timeout_ms)
        self._measure()

    def choose(self, label: str, option: str) -> None:
        """Choose from a list."""
        self.page.get_by_role("combobox", name=label).click()
        self.page.get_by_role("option", name=option, exact=True).click()

    def show(self, name: str) -> None:
        """Keep a picture of the page, if any are wanted."""
        self._measure()
        if self._shots is None:
            return
        from PIL import Image

        self.page.wait_for_timeout(800)
        self.page.mouse.move(0, 0)
        with Image.open(io.BytesIO(self.page.screenshot(full_page=True))) as shot:
            cut = shot.convert("RGB").crop((0, 0, shot.width, min(shot.height, _MAX_HEIGHT_PX)))
        self._shots.mkdir(parents=True, exist_ok=True)
        for colours in _COLOURS:
            few = cut.quantize(colours, Image.Quantize.MAXCOVERAGE, 1, dither=Image.Dither.NONE)
            few.save(self._shots / f"{name}.png", optimize=True)
            if (self._shots / f"{name}.png").stat().st_size < _MAX_BYTES:
                break

    def _measure(self) -> None:
        self.widest = max(self.widest, self.page.evaluate("document.documentElement.scrollWidth"))

    def _note(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob"):
            self.hosts.add(parts.hostname or parts.scheme)

    def _hear(self, message: object) -> None:
        # What the studio refuses, the browser logs as an error of the network.
        if message.type == "error" and "400 (Bad Request)" not in message.text:
            self.complaints.append(message.text)
