"""From `--against` to what is shown to a viewer, and the player that shows it."""

from __future__ import annotations

import contextlib
import sys
import webbrowser
from collections.abc import Sequence
from pathlib import Path

from realtime.cli.options import Options
from realtime.controls import Controls
from realtime.outputs.base import Output
from realtime.stimulus.orders import ORDERS, PAUSE_S
from realtime.stimulus.stage import Programme, Rests, Stage


def watched_of(
    options: Options, controls: Controls, rests: Rests, held: contextlib.ExitStack
) -> tuple[Stage | None, Sequence[Output]]:
    """Open the player of stimuli, if some are to be shown, before any camera is opened.

    Args:
        options: What the user wants.
        controls: Are sent what the viewer asks for.
        rests: Learns the viewer's resting face.
        held: Closes the player.

    Returns:
        What is shown, and what the run has to serve for it: a window, where there is no browser.

    Raises:
        EmojiCameraError: A stimulus can't be read, or nothing can show it.
    """
    if not options.against:
        return None, ()
    # Loaded here, as it brings PyAV along, which takes a tenth of a second.
    from realtime.stimulus.files import read_stimuli

    stimuli = read_stimuli([Path(name).expanduser() for name in options.against])
    pause_s = PAUSE_S if options.against_pause is None else options.against_pause
    programme = Programme(stimuli, options.against_order or ORDERS[0], pause_s, options.neutral == "profile")
    if _browser_is_there():
        from realtime.stimulus.server import BrowserPlayer

        stage = Stage(programme, controls, rests, "browser")
        player = held.enter_context(BrowserPlayer(stage))
        print(f"What is to be watched is at {player.address}", file=sys.stderr, flush=True)
        webbrowser.open(player.address)
        return stage, ()
    from realtime.stimulus.window import WindowPlayer

    stage = Stage(programme, controls, rests, "window")
    return stage, (WindowPlayer(stage),)


def _browser_is_there() -> bool:
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True
