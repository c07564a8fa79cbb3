"""Start the studio: `python -m training.studio`."""

from __future__ import annotations

import argparse
import signal
import socket
import sys
import webbrowser
from pathlib import Path

from realtime.errors import EmojiCameraError, UsageError
from realtime.faces.classifier import SHIPPED_MODEL
from realtime.quiet import quiet
from training.studio.work.places import Places

_HOST = "127.0.0.1"


def main(argv: list[str] | None = None) -> int:
    """Run the studio until Ctrl-C; return the exit code."""
    args = _parser().parse_args(argv)
    try:
        places = Places.at(args.runs, args.model_dir)
        _serve(places, _free_port(args.port), args.browser)
    except EmojiCameraError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("The studio has ended.")
    except ModuleNotFoundError as error:
        print(
            f"The studio needs {error.name}. Run 'make studio', or install training/requirements.txt.", file=sys.stderr
        )
        return 5
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m training.studio", description="The studio, a page in your browser."
    )
    add = parser.add_argument
    add("--runs", type=Path, default=Path("runs"), metavar="DIR", help="all that is made lies there; default: runs")
    add("--model-dir", type=Path, default=SHIPPED_MODEL.parent, metavar="DIR", help="the app's model; default: models")
    add("--port", type=int, default=0, help="default: one that is free")
    add("--browser", action=argparse.BooleanOptionalAction, default=True, help="open the page in a browser")
    return parser


def _free_port(wanted: int) -> int:
    """Return the port, or one that is free for 0. Raises UsageError for one that is taken."""
    with socket.socket() as probe:
        if sys.platform != "win32":  # there it would let two share a port
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, wanted))
        except (OSError, OverflowError) as error:
            raise UsageError(
                f"Port {wanted} can't be used: another program has it, or it is none.", "Leave out --port."
            ) from error
        return int(probe.getsockname()[1])


def _serve(places: Places, port: int, browser: bool) -> None:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # Started in the background by a shell: runs would inherit that, and could not be stopped.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    from training.studio.web.server import serve

    def ready(address: str) -> None:
        print(f"The studio is at {address}\nCtrl-C ends it. Runs go on, and are found again.", flush=True)
        if browser:
            webbrowser.open(address)

    with quiet(verbose=False):
        serve(places, _HOST, port, ready)


if __name__ == "__main__":
    sys.exit(main())
