"""`--review`: the analysis, then the page until its end. NiceGUI is loaded when it is sure to be there."""

from __future__ import annotations

import contextlib
import importlib.util
import signal
import webbrowser

from realtime.cli.options import Options
from realtime.cli.review import Review, options_of_review
from realtime.errors import AssetError


def review(options: Options) -> int:
    """Make a review; return the exit code: 0, 7 with `require_clean`, or 130 where nothing was written.

    Raises:
        EmojiCameraError: it can't be done.
        KeyboardInterrupt: it was stopped before the page was there.
    """
    if importlib.util.find_spec("nicegui") is None:
        raise AssetError(
            "--review shows a page, for which nicegui is needed.", "Run 'pip install -r requirements-panel.txt'."
        )
    made = Review(options_of_review(options))
    try:
        # The server ends by itself at Ctrl-C, and would not where a shell had it ignored for what runs beside it.
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        with contextlib.suppress(KeyboardInterrupt):
            _serve(made)
    finally:
        made.close()
    return 130 if made.exit_code is None else made.exit_code


def _serve(made: Review) -> None:
    from realtime.pages.review_page import add_page
    from realtime.pages.review_routes import add_routes
    from realtime.web.server import Site, free_port, serve

    site = Site("review", "Emoji camera: review", "start it again with the same command line")

    def ready(address: str) -> None:
        print(f"The review is at {address}\nCtrl-C ends it, and keeps your edits.", flush=True)
        webbrowser.open(address)

    add_routes(made)
    add_page(made, site)
    serve(site, free_port(), ready, lambda: None)
