"""How far the stimulus' time in a report is from what was on the screen: `python -m tests.bench.alignment`.

A clip that flashes is played by the page in a headless browser. The browser's compositor films the page (DevTools'
screencast): it knows nothing of what the page tells the program, and stamps each picture with the system's clock. Each
picture is a row of a report; the row in which a flash is first seen should have the flash's own time. Prints the error
of each flash, and the summary.
"""

from __future__ import annotations

import argparse
import base64
import shutil
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from realtime.controls import Controls
from realtime.people.neutral import NeutralProfile
from realtime.stimulus.files import read_stimulus
from realtime.stimulus.server import BrowserPlayer
from realtime.stimulus.stage import Programme, Stage
from tests.media import write_clip
from tests.web.browser import why_no_browser

SIZE_WH = (320, 180)
# A flash a second, of so many frames.
FLASH_FRAMES = 5


def flashing(path: Path, seconds: int, fps: int) -> Path:
    """Write a clip that is white for some frames at each full second, and black between, with a tone."""
    black, white = (np.full((SIZE_WH[1], SIZE_WH[0], 3), level, np.uint8) for level in (0, 255))
    frames = [white if n >= fps and n % fps < FLASH_FRAMES else black for n in range(seconds * fps)]
    return write_clip(path, frames, [n / fps for n in range(len(frames))], tone_s=float(seconds))


def filmed(stage: Stage, seconds: float) -> list[tuple[float, bool]]:
    """Play everything in a headless browser; return when the screen was seen, and whether it was white."""
    from playwright.sync_api import sync_playwright

    seen: list[tuple[float, bool]] = []
    with BrowserPlayer(stage) as player, sync_playwright() as started:
        browser = started.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("chromium-browser"),
            args=["--no-sandbox"],
        )
        page = browser.new_page(viewport={"width": 640, "height": 400})
        page.goto(player.address)
        page.locator("#begin:enabled").wait_for()
        page.uncheck("#full")
        camera = page.context.new_cdp_session(page)
        ahead_s = time.monotonic() - time.time()

        def see(told: dict[str, Any]) -> None:
            image = cv2.imdecode(np.frombuffer(base64.b64decode(told["data"]), np.uint8), cv2.IMREAD_GRAYSCALE)
            middle = image[image.shape[0] // 3 : image.shape[0] // 2, image.shape[1] // 3 : -image.shape[1] // 3]
            seen.append((told["metadata"]["timestamp"] + ahead_s, bool(middle.mean() > 128)))
            camera.send("Page.screencastFrameAck", {"sessionId": told["sessionId"]})

        camera.on("Page.screencastFrame", see)
        camera.send("Page.startScreencast", {"format": "jpeg", "quality": 40, "maxWidth": 160, "maxHeight": 100})
        page.click("#begin")
        page.locator('[data-at="after"]').wait_for(timeout=(seconds + 30) * 1000)
        browser.close()
    return seen


def errors_ms(stage: Stage, seen: list[tuple[float, bool]]) -> dict[int, float]:
    """Return how late each flash is by the rows of a report, in ms, by the second at which it is."""
    found: dict[int, float] = {}
    for (_, before), (at_s, white) in pairwise(seen):
        number, time_s = stage.at(at_s)
        if number and time_s is not None and white and not before:
            found.setdefault(round(time_s), 1000 * (time_s - round(time_s)))
    return found


def measure(seconds: int, fps: int) -> dict[int, float]:
    """Play and film a flashing clip; return the errors of its flashes in ms."""
    with tempfile.TemporaryDirectory() as folder:
        stimulus = read_stimulus(flashing(Path(folder) / "flashing.mp4", seconds, fps))
        stage = Stage(Programme([stimulus], pause_s=0.5, calibrate=False), Controls(), NeutralProfile(), "browser")
        return errors_ms(stage, filmed(stage, seconds))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--fps", type=int, default=25)
    options = parser.parse_args()
    if reason := why_no_browser():
        print(f"This needs a browser, and {reason}.", file=sys.stderr)
        return 1
    errors = measure(options.seconds, options.fps)
    for second, error in errors.items():
        print(f"flash at {second:3} s: {error:+6.1f} ms")
    values = np.array(list(errors.values()))
    frame_ms = 1000 / options.fps
    print(
        f"{len(values)} of {options.seconds - 1} flashes; error median {np.median(values):+.1f} ms, mean of its size "
        f"{np.abs(values).mean():.1f} ms, largest {np.abs(values).max():.1f} ms; a frame lasts {frame_ms:.1f} ms"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
