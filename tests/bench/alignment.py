"""How far the stimulus' time in a report is from what was on the screen: `python -m tests.bench.alignment`.

A clip that flashes the number of each frame, in bars, is played by the page in a headless browser. The browser's
compositor films the page (DevTools' screencast): it knows nothing of what the page tells the program, and stamps each
picture with the system's clock. Each picture is a row of a report; its error is the stimulus' time of the row less the
time of the frame that can be read in the picture. It is from 0 to one frame where all is well, as a frame stays on the
screen for so long. Prints the errors as a table, and the summary.
"""

from __future__ import annotations

import argparse
import base64
import shutil
import sys
import tempfile
import time
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
# Bars of a frame, one a bit of its number; each number is there twice, the second time inverted.
BITS = 12
VIEWPORT = {"width": 640, "height": 424}


def numbered(path: Path, seconds: int, fps: int) -> Path:
    """Write a clip that shows the number of each frame, with a tone."""
    frames = []
    for n in range(seconds * fps):
        bits = np.array([(n >> bit) & 1 for bit in range(BITS)])
        levels = 255 * np.stack([bits, 1 - bits]).astype(np.uint8)
        frames.append(cv2.resize(cv2.cvtColor(levels, cv2.COLOR_GRAY2BGR), SIZE_WH, interpolation=cv2.INTER_NEAREST))
    return write_clip(path, frames, [n / fps for n in range(len(frames))], tone_s=float(seconds))


def number_in(image: np.ndarray, box: dict[str, float]) -> int | None:
    """Return the number that can be read in a picture of the page, uint8 (H, W); None where there is none.

    box: left, top, width and height of the clip, as shares of the page.
    """
    height, width = image.shape
    left, top = round(box["left"] * width), round(box["top"] * height)
    clip = image[top : top + round(box["height"] * height), left : left + round(box["width"] * width)]
    cells = cv2.resize(clip, (BITS * 3, 6), interpolation=cv2.INTER_AREA)[1::3, 1::3] > 128
    if not (cells[0] != cells[1]).all():
        return None
    return int(sum(int(bit) << at for at, bit in enumerate(cells[0])))


def filmed(stage: Stage, seconds: float) -> list[tuple[float, int]]:
    """Play everything in a headless browser; return when the screen was seen, and which frame it showed."""
    from playwright.sync_api import sync_playwright

    seen: list[tuple[float, np.ndarray]] = []
    with BrowserPlayer(stage) as player, sync_playwright() as started:
        found = shutil.which("chromium") or shutil.which("chromium-browser")
        page = started.chromium.launch(executable_path=found, args=["--no-sandbox"]).new_page(viewport=VIEWPORT)
        page.goto(player.address)
        page.locator("#begin:enabled").wait_for()
        page.uncheck("#full")
        camera = page.context.new_cdp_session(page)
        ahead_s = time.monotonic() - time.time()

        def see(told: dict[str, Any]) -> None:
            image = cv2.imdecode(np.frombuffer(base64.b64decode(told["data"]), np.uint8), cv2.IMREAD_GRAYSCALE)
            seen.append((told["metadata"]["timestamp"] + ahead_s, image))
            camera.send("Page.screencastFrameAck", {"sessionId": told["sessionId"]})

        camera.on("Page.screencastFrame", see)
        camera.send("Page.startScreencast", {"format": "jpeg", "quality": 60, "maxWidth": 320, "maxHeight": 212})
        page.click("#begin")
        page.locator('[data-at="play"]').wait_for()
        box = page.evaluate(
            """() => { const r = document.getElementById("video").getBoundingClientRect(), s = 16 / 9;
            const w = Math.min(r.width, r.height * s), h = w / s;
            return { left: (r.left + (r.width - w) / 2) / innerWidth, top: (r.top + (r.height - h) / 2) / innerHeight,
                     width: w / innerWidth, height: h / innerHeight }; }"""
        )
        page.locator('[data-at="after"]').wait_for(timeout=(seconds + 30) * 1000)
        page.context.browser.close()
    return [(at_s, number) for at_s, image in seen if (number := number_in(image, box)) is not None]


def errors_ms(stage: Stage, seen: list[tuple[float, int]], fps: int) -> np.ndarray:
    """Return the error of each row, in ms, float (N,)."""
    rows = [(stage.at(at_s)[1], number) for at_s, number in seen]
    return np.array([1000 * (time_s - number / fps) for time_s, number in rows if time_s is not None])


def measure(seconds: int, fps: int) -> np.ndarray:
    """Play and film a numbered clip; return the errors of the rows in ms, float (N,)."""
    with tempfile.TemporaryDirectory() as folder:
        stimulus = read_stimulus(numbered(Path(folder) / "numbered.mp4", seconds, fps))
        stage = Stage(Programme([stimulus], pause_s=0.5, calibrate=False), Controls(), NeutralProfile(), "browser")
        return errors_ms(stage, filmed(stage, seconds), fps)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--fps", type=int, default=25)
    options = parser.parse_args()
    if reason := why_no_browser():
        print(f"This needs a browser, and {reason}.", file=sys.stderr)
        return 1
    errors, frame_ms = measure(options.seconds, options.fps), 1000 / options.fps
    for share in (0, 1, 5, 25, 50, 75, 95, 99, 100):
        print(f"{share:3} % of the rows are off by up to {np.percentile(errors, share):+6.1f} ms")
    within = ((errors > -frame_ms) & (errors < frame_ms)).mean()
    print(f"{len(errors)} rows, {within:.1%} within a frame of {frame_ms:.1f} ms; median {np.median(errors):+.1f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
