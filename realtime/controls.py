"""What the user can change while the program runs, and the keys for it."""

from __future__ import annotations

from dataclasses import dataclass

from realtime.records import PRESENTATIONS

GENDER_CHOICES = ("auto", *PRESENTATIONS)

KEYS = {
    "q": "quit (also ESC, or close the window)",
    "space": "pause on the last covered picture; the virtual camera shows a card",
    "m": "mirror the preview",
    "f": "figures: frame rate, times, dropped frames, and hints",
    "g": "drawing: auto, female, male, neutral",
    "n": "next emoji pack",
    "s": "next skin, in packs that have several",
    "l": "load the emoji pack again, to see changed drawings",
    "c": "calibrate: learn my resting face (2 s), and measure against it",
    "x": "forget my resting face",
    "t": "next expression to practise, with --practise",
    "h": "this help",
}
# Keys whose work is done with the next frame.
_REQUESTS = {
    "n": "next pack",
    "s": "next skin",
    "l": "reload pack",
    "c": "calibrate",
    "x": "forget",
    "t": "next to practise",
}


@dataclass
class Controls:
    """The state the keys change; the loop, the drawing and the window look at it."""

    mirror: bool = True
    gender: str = "auto"
    figures: bool = False
    help: bool = False
    paused: bool = False
    quit: bool = False
    # Nobody watches, so the camera is closed.
    idle: bool = False
    # What the user is asked to do at the moment.
    notice: str = ""
    _requests: tuple[str, ...] = ()
    _pressed: tuple[str, ...] = ()

    def request(self, what: str) -> None:
        """Ask for something that is done with the next frame, one of the words the keys stand for."""
        self._requests += (what,)

    def take_requests(self) -> tuple[str, ...]:
        """Return what was asked for since the last time."""
        requests, self._requests = self._requests, ()
        return requests

    def take_pressed(self) -> list[str]:
        """Return the keys pressed since the last time."""
        pressed, self._pressed = list(self._pressed), ()
        return pressed

    def press(self, key: str) -> None:
        """Do what a key stands for; others do nothing."""
        self._pressed += (key,)
        match key:
            case "q" | "esc":
                self.quit = True
            case "space":
                self.paused = not self.paused
            case "m":
                self.mirror = not self.mirror
            case "f":
                self.figures = not self.figures
            case "g":
                self.gender = GENDER_CHOICES[(GENDER_CHOICES.index(self.gender) + 1) % len(GENDER_CHOICES)]
            case "h":
                self.help = not self.help
            case _ if key in _REQUESTS:
                self.request(_REQUESTS[key])
