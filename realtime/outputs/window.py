"""The preview window."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np

from realtime.controls import KEYS, Controls
from realtime.errors import OutputError
from realtime.records import Frame

_TITLE = "Emoji camera"
_MAX_SIZE_WH = (1280, 720)
_ESC = 27
_NAMES = {_ESC: "esc", ord(" "): "space"}


def display_works() -> bool:
    """Return whether a window can be opened here."""
    if not sys.platform.startswith("linux"):
        return True
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return False
    # Without a display that answers, the window library ends the whole process: so another one tries first.
    probe = "import cv2; cv2.namedWindow('probe', cv2.WINDOW_NORMAL)"
    try:
        return subprocess.run([sys.executable, "-c", probe], capture_output=True, timeout=20).returncode == 0
    except (subprocess.TimeoutExpired, OSError):
        return False


class WindowSink:
    """Shows frames, mirrored like a mirror would if wanted, and passes keys on."""

    paced = True

    def __init__(self, controls: Controls, caption: Callable[[], list[str]]) -> None:
        """caption: gives the figures to show, when they are wanted. Raises OutputError without a display."""
        if not display_works():
            raise OutputError(
                "No window can be opened: there is no display. Try --output file.mp4 or --output virtual."
            )
        self._controls = controls
        self._caption = caption
        self._last: np.ndarray | None = None
        self._drawn = replace(controls)
        cv2.namedWindow(_TITLE, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL)

    def write(self, frame: Frame) -> None:
        if self._last is None:
            height, width = frame.image.shape[:2]
            scale = min(1.0, _MAX_SIZE_WH[0] / width, _MAX_SIZE_WH[1] / height)
            cv2.resizeWindow(_TITLE, max(round(width * scale), 160), max(round(height * scale), 120))
        self._last = frame.image
        self._show()

    def hold(self, card: Frame) -> None:
        if not self._controls.paused:  # who pauses wants to look at the last picture
            self.write(card)

    def keys(self, wait_s: float) -> list[str]:
        if self._last is not None and self._drawn != self._controls:
            self._show()
        key = cv2.waitKey(max(round(wait_s * 1000), 1)) if wait_s > 0 else cv2.pollKey()
        if _closed_by_user():
            return ["q"]
        if key < 0:
            return []
        return [_NAMES.get(key & 0xFF, chr(key & 0xFF).lower())]

    def close(self) -> str:
        cv2.destroyAllWindows()
        cv2.waitKey(1)
        return ""

    def _show(self) -> None:
        assert self._last is not None
        controls = self._controls
        self._drawn = replace(controls)
        image = cv2.flip(self._last, 1) if controls.mirror else self._last.copy()
        lines = ["paused"] if controls.paused else ["nobody watches: the camera is off"] if controls.idle else []
        lines += [controls.notice] if controls.notice else []
        lines += self._caption() if controls.figures else []
        lines += [f"{key}  {meaning}" for key, meaning in KEYS.items()] if controls.help else []
        _write_lines(image, lines)
        cv2.imshow(_TITLE, image)


def _closed_by_user() -> bool:
    try:
        return cv2.getWindowProperty(_TITLE, cv2.WND_PROP_VISIBLE) < 1
    except cv2.error:  # with its last window gone, the window library knows nothing any more
        return True


def _write_lines(image: np.ndarray, lines: list[str]) -> None:
    """Write lines of text into the picture's upper left, on a darkened panel."""
    if not lines:
        return
    scale, font = image.shape[0] / 900, cv2.FONT_HERSHEY_SIMPLEX
    widths = [cv2.getTextSize(line, font, scale, 1)[0][0] for line in lines]
    step, margin = round(36 * scale), round(14 * scale)
    panel = image[: step * len(lines) + margin, : max(widths) + 2 * margin]
    cv2.convertScaleAbs(panel, dst=panel, alpha=0.35)
    for number, line in enumerate(lines, start=1):
        cv2.putText(image, line, (margin, step * number), font, scale, (255, 255, 255), 1, cv2.LINE_AA)
