"""From `--against` to what is shown to a viewer, and the player that shows it."""

from __future__ import annotations

import contextlib
import sys
import webbrowser
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from realtime.cli.options import Options
from realtime.controls import Controls
from realtime.outputs.base import Output
from realtime.stimulus.orders import ORDERS, PAUSE_S
from realtime.stimulus.stage import Programme, Rests, Stage


@dataclass(frozen=True)
class Watched:
    """What is shown to a viewer.

    stage: tells what is played; None for nothing. outputs: which the run has to serve for it: a window, where there is
    no browser. address: of the page, where there is one.
    """

    stage: Stage | None = None
    outputs: Sequence[Output] = ()
    address: str = ""

    def show(self) -> None:
        """Open the page, if there is one; to be called once all else is open, or it might be seen to end at once."""
        if self.address:
            print(f"What is to be watched is at {self.address}", file=sys.stderr, flush=True)
            webbrowser.open(self.address)


def watched_of(options: Options, controls: Controls, rests: Rests, held: contextlib.ExitStack) -> Watched:
    """Open the player of stimuli, if some are to be shown, before any camera is opened.

    Args:
        options: What the user wants.
        controls: Are sent what the viewer asks for.
        rests: Learns the viewer's resting face.
        held: Closes the player.

    Raises:
        EmojiCameraError: A stimulus can't be read, or nothing can show it.
    """
    if not options.against:
        return Watched()
    # Loaded here, as it brings PyAV along, which takes a tenth of a second.
    from realtime.stimulus.files import read_stimuli

    stimuli = read_stimuli([Path(name).expanduser() for name in options.against])
    pause_s = PAUSE_S if options.against_pause is None else options.against_pause
    programme = Programme(stimuli, options.against_order or ORDERS[0], pause_s, options.neutral == "profile")
    if _browser_is_there():
        from realtime.stimulus.server import BrowserPlayer

        stage = Stage(programme, controls, rests, "browser")
        player = held.enter_context(BrowserPlayer(stage))
        return Watched(stage, address=player.address)
    from realtime.stimulus.window import WindowPlayer

    stage = Stage(programme, controls, rests, "window")
    return Watched(stage, (WindowPlayer(stage),))


def _browser_is_there() -> bool:
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True
