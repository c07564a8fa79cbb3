"""What options ask for that are no question about the program: many files, or one run, steered from outside or not."""

from __future__ import annotations

import logging
import sys

from realtime.cli.options import Options

log = logging.getLogger(__name__)


def run(options: Options) -> int:
    """Cover what the options ask for until the end; return the exit code.

    Raises:
        EmojiCameraError: A part can't be opened, or an output not be finished.
        KeyboardInterrupt: It was stopped by Ctrl-C or its kin; its files are finished.
    """
    from realtime.cli.batch import cover_many, many

    _speak(options.language)
    if (files := many(options)) is not None:
        return cover_many(options, files)
    if options.control is not None:
        _steered(options, options.control)
        return 0
    from realtime.cli.build import open_run
    from realtime.controls import Controls

    with open_run(options, Controls()) as only_run:
        only_run()
    return 0


def _speak(language: str) -> None:
    from realtime.lettering import writable
    from realtime.words import LANGUAGES, speak

    spoken = speak(language)
    if not writable(spoken):
        speak("en")
        log.warning("No font for %s is found here. The window speaks English.", LANGUAGES[spoken])


def _steered(options: Options, port: int) -> None:
    """Run with a control socket at a port, 0 for one that is free."""
    from realtime.cli.parse import control_token
    from realtime.cli.steering import Steering
    from realtime.control.server import ControlSocket
    from realtime.loopback import kept_token

    token_file = control_token()
    steering = Steering(options)
    with ControlSocket(steering, port, kept_token(token_file)) as control:
        print(f"The control socket answers at {control.address} (token: {token_file}).", file=sys.stderr, flush=True)
        steering.run()
