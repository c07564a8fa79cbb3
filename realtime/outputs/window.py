"""The preview window."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

import cv2
import numpy as np

from realtime.controls import KEYS, Controls
from realtime.errors import OutputError
from realtime.lettering import write_lines
from realtime.outputs.base import Beside, OutputContext
from realtime.records import Frame
from realtime.words import said

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


class WindowKeyboard:
    """The keys pressed in the window; closing it is the same as q."""

    def pressed(self, wait_s: float) -> list[str]:
        """Return the names of the keys pressed, waiting `wait_s` seconds at most, and let the window do its work."""
        key = cv2.waitKey(max(round(wait_s * 1000), 1)) if wait_s > 0 else cv2.pollKey()
        if _closed_by_user():
            return ["q"]
        if key < 0:
            return []
        return [_NAMES.get(key & 0xFF, chr(key & 0xFF).lower())]

    def close(self) -> None:
        """Do nothing: the keys end with the window."""


class WindowOutput:
    """A window with the newest frame, mirrored if wanted, and text about the state over it."""

    paced = True
    device: str | None = None
    wants_keys = False

    def __init__(
        self,
        controls: Controls,
        caption: Callable[[], list[str]],
        beside: Beside | None = None,
    ) -> None:
        """Open the window.

        Args:
            controls: tells the state.
            caption: gives the stats as lines of text; called while they are wanted.
            beside: gives what is shown beside the picture.

        Raises:
            OutputError: there is no display.
        """
        if not display_works():
            raise OutputError(
                "No window can be opened: there is no display.", "Try --output file.mp4 or --output virtual."
            )
        self.keyboard = WindowKeyboard()
        self._controls = controls
        self._caption = caption
        self._beside = beside
        self._last: np.ndarray | None = None
        self._drawn = controls.state
        cv2.namedWindow(_TITLE, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL)

    @classmethod
    def open(cls, address: str, context: OutputContext) -> WindowOutput:
        """Open the window. Raises OutputError."""
        return cls(context.controls, context.caption, context.beside)

    def write(self, frame: Frame) -> None:
        """Show the frame."""
        if self._last is None:
            height, width = frame.image.shape[:2]
            width += 0 if self._beside is None else self._beside(height, "").shape[1]
            scale = min(1.0, _MAX_SIZE_WH[0] / width, _MAX_SIZE_WH[1] / height)
            cv2.resizeWindow(_TITLE, max(round(width * scale), 160), max(round(height * scale), 120))
        self._last = frame.image.copy()
        self._show(self._last)

    def show_card(self, card: Frame) -> None:
        """Show the card, except to somebody who paused and wants to look at the last frame."""
        if not self._controls.state.paused:
            self.write(card)

    def serve(self) -> None:
        """Draw the window again if the state has changed since."""
        if self._last is not None and self._drawn != self._controls.state:
            self._show(self._last)

    def close(self) -> str:
        """Close the window."""
        cv2.destroyAllWindows()
        cv2.waitKey(1)
        return ""

    def _show(self, picture: np.ndarray) -> None:
        self._drawn = state = self._controls.state
        image = cv2.flip(picture, 1) if state.mirror else picture.copy()
        lines = [said("paused")] if state.paused else [said("nobody watches: the camera is off")] if state.idle else []
        lines += [state.notice] if state.notice and self._beside is None else []
        lines += self._caption() if state.stats else []
        lines += [f"{key}  {said(meaning)}" for key, (_, meaning) in KEYS.items()] if state.help else []
        write_lines(image, lines)
        if self._beside is not None:
            image = np.hstack([image, self._beside(image.shape[0], state.notice)])
        cv2.imshow(_TITLE, image)


def _closed_by_user() -> bool:
    try:
        return cv2.getWindowProperty(_TITLE, cv2.WND_PROP_VISIBLE) < 1
    except cv2.error:  # with its last window gone, the window library knows nothing any more
        return True
