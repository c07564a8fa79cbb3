"""The player in a plain window, where there is no browser: pictures without sound, as nothing here plays any."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator
from pathlib import Path

import cv2
import numpy as np

from realtime.errors import EmojiCameraError, OutputError
from realtime.lettering import write_lines
from realtime.outputs.base import Keyboard
from realtime.outputs.window import display_works
from realtime.records import Frame
from realtime.sources.video import Video
from realtime.stimulus.stage import Stage
from realtime.words import said

log = logging.getLogger(__name__)

_TITLE = "Emoji camera: watch"
_SIZE_WH = (1280, 720)
_GREY = 109
_ENTER = (10, 13)
# A resting face that is not seen is not waited for any longer.
_MOST_REST_S = 15.0


class WindowPlayer:
    """An output of the run that takes no frames: it shows the stimuli whenever it is served, and tells the stage."""

    paced = True
    device: str | None = None
    wants_keys = False

    def __init__(self, stage: Stage, clock: Callable[[], float] = time.monotonic) -> None:
        """Open the window.

        Args:
            stage: Is told what is played.
            clock: That by which frames of the camera are timed, in seconds.

        Raises:
            OutputError: There is no display.
        """
        if not display_works():
            raise OutputError(
                "The stimuli can't be shown: there is neither a browser nor a display.", "Start it on a desktop."
            )
        log.warning("No browser is found, so the stimuli are shown in a plain window, and without their sound.")
        self.keyboard: Keyboard | None = _Keys(self)
        self._stage, self._clock = stage, clock
        self._paused_s: float | None = None
        self._pressed_begin = False
        self._key = -1
        cv2.namedWindow(_TITLE, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL)
        cv2.resizeWindow(_TITLE, *_SIZE_WH)
        self._acts = self._session()

    def write(self, frame: Frame) -> None:
        """Show nothing of a viewer."""

    def show_card(self, card: Frame) -> None:
        """Show nothing of the camera's either."""

    def serve(self) -> None:
        """Show what is due."""
        next(self._acts, None)

    def pressed(self, wait_s: float) -> list[str]:
        """Return the keys that are the run's, and obey the player's own: Enter begins, space pauses."""
        key, self._key = self._key, -1
        if key < 0:
            key = cv2.waitKey(max(round(wait_s * 1000), 1)) if wait_s > 0 else cv2.pollKey()
        key &= 0xFFFF
        if cv2.getWindowProperty(_TITLE, cv2.WND_PROP_VISIBLE) < 1 or key in (27, ord("q")):
            self._stage.playback.stopped(self._clock(), "left")
            return ["q"]
        if key in _ENTER:
            self._pressed_begin = True
        elif key == ord(" "):
            self._turn()
        return ["e"] if key == ord("e") else []

    def close(self) -> str:
        """Close the window."""
        self._acts.close()
        cv2.destroyAllWindows()
        cv2.waitKey(1)
        return ""

    def _turn(self) -> None:
        """Pause, or go on."""
        if self._paused_s is None:
            self._paused_s = self._clock()
            self._stage.playback.stopped(self._paused_s, "paused")
        else:
            self._paused_s = None

    def _session(self) -> Generator[None, None, None]:
        """Show everything in its turn; goes on each time that it is served."""
        stage = self._stage
        notice = said("While you watch, a program on this computer reads your face. It keeps numbers only.")
        while not self._pressed_begin:
            self._show(_card([notice, said("Press Enter to begin."), stage.hint]))
            yield
        stage.begin()
        if stage.programme.calibrate:
            yield from self._rest()
        for number, stimulus in stage.shown:
            yield from self._wait(stage.programme.pause_s)
            try:
                yield from self._play(number, Path(stimulus.path))
            except EmojiCameraError as error:
                stage.failed(number, error.what)
        stage.end()

    def _rest(self) -> Generator[None, None, None]:
        self._stage.calibrate()
        self._show(_card([said("Rest your face and look at the cross.")], cross=True))
        begun_s = self._clock()
        while self._clock() - begun_s < 0.5 or (self._stage.calibrating and self._clock() - begun_s < _MOST_REST_S):
            yield

    def _wait(self, seconds: float) -> Generator[None, None, None]:
        self._show(_card([], cross=True))
        until_s = self._clock() + seconds
        while self._clock() < until_s:
            yield

    def _play(self, number: int, path: Path) -> Generator[None, None, None]:
        """Show each frame of a clip when it is due, those that are late not at all. Raises EmojiCameraError."""
        video = Video(str(path))
        playback = self._stage.playback
        try:
            begun_s = self._clock()
            while (frame := video.read()) is not None:
                while begun_s + frame.time_s > self._clock():
                    yield
                while self._paused_s is not None:
                    paused_s = self._clock()
                    yield
                    begun_s += self._clock() - paused_s
                if self._clock() - begun_s - frame.time_s < 1 / video.fps:
                    self._show(frame.image)
                    playback.shown(number, self._clock(), frame.time_s)
            playback.stopped(self._clock(), "ended")
        finally:
            video.close()

    def _show(self, image: np.ndarray) -> None:
        cv2.imshow(_TITLE, image)
        key = cv2.pollKey()  # nothing is drawn before somebody asks for keys
        self._key = key if key >= 0 else self._key


class _Keys:
    """The keys pressed in the window of a player."""

    def __init__(self, player: WindowPlayer) -> None:
        self._player = player

    def pressed(self, wait_s: float) -> list[str]:
        """Return those that are the run's, waiting `wait_s` seconds at most."""
        return self._player.pressed(wait_s)

    def close(self) -> None:
        """Do nothing: the keys end with the window."""


def _card(lines: list[str], cross: bool = False) -> np.ndarray:
    """Return a grey picture with words, uint8 (H, W, 3) BGR. cross: to be looked at."""
    image = np.full((_SIZE_WH[1], _SIZE_WH[0], 3), _GREY, np.uint8)
    middle = _SIZE_WH[0] // 2, _SIZE_WH[1] // 2
    if cross:
        cv2.drawMarker(image, middle, (17, 17, 17), cv2.MARKER_CROSS, 60, 4)
    write_lines(image, [line for line in lines if line])
    return image
