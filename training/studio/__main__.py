"""Start the studio: `python -m training.studio`."""

from __future__ import annotations

import argparse
import signal
import sys
import webbrowser
from pathlib import Path

from realtime.errors import EmojiCameraError
from realtime.faces.classifier import SHIPPED_MODEL
from realtime.quiet import quiet
from training.studio.work.places import Places


def main(argv: list[str] | None = None) -> int:
    """Run the studio until Ctrl-C; return the exit code."""
    args = _parser().parse_args(argv)
    try:
        places = Places.at(args.runs, args.model_dir)
        _serve(places, args.port, args.browser)
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


def _serve(places: Places, port: int, browser: bool) -> None:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # Started in the background by a shell: runs would inherit that, and could not be stopped.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    from realtime.pages.live import add_streams
    from realtime.web.server import Site, free_port, serve
    from training.studio.pages.page import add_page
    from training.studio.web.routes import add_routes
    from training.studio.work.studio import Studio

    port = free_port(port)
    site = Site("studio", "Emoji camera studio", "runs go on meanwhile: start it again ('make studio', or run.bat)")

    def ready(address: str) -> None:
        print(f"The studio is at {address}\nCtrl-C ends it. Runs go on, and are found again.", flush=True)
        if browser:
            webbrowser.open(address)

    with quiet(verbose=False):
        studio = Studio(places)
        add_routes(studio)
        add_streams(studio.camera)
        add_page(studio, site)
        places.tidy()
        serve(site, port, ready, studio.close)


if __name__ == "__main__":
    sys.exit(main())
