"""Start the panel: `app.py --panel`."""

from __future__ import annotations

import argparse
import contextlib
import sys
import urllib.request
import webbrowser
from collections.abc import Sequence
from pathlib import Path

from realtime.cli.parse import default_config, progress_path
from realtime.errors import AssetError
from realtime.loopback import write_private
from realtime.quiet import quiet
from realtime.words import said, speak


def open_panel(argv: Sequence[str]) -> int:
    """Serve the panel until Ctrl-C; return the exit code.

    A panel that runs already is opened again, and no second one begun.

    Args:
        argv: The command line; `--config`, `--port` and `--no-browser` count.

    Raises:
        AssetError: NiceGUI is not installed.
        UsageError: The port is taken.
        SystemExit: With code 2 for a wrong command line.
    """
    args = _parser().parse_args(argv)
    try:
        import nicegui  # noqa: F401
        import tomlkit  # noqa: F401
    except ImportError as error:
        raise AssetError(
            f"The panel needs {error.name}.", "Run 'make panel', or 'pip install -r requirements-panel.txt'."
        ) from error
    if (address := _running(args.config)) is not None:
        _tell(f"The panel runs already, at {address}", address, args.browser)
        return 0
    with quiet(verbose=False), contextlib.suppress(KeyboardInterrupt):
        _serve(args)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="app.py --panel", description="A page that steers the camera.")
    add = parser.add_argument
    add("--panel", action="store_true", help=argparse.SUPPRESS)
    add("--config", type=Path, default=default_config(), metavar="FILE", help="the settings; default: yours")
    add("--port", type=int, default=0, help="default: one that is free")
    add("--browser", action=argparse.BooleanOptionalAction, default=True, help="open the page in a browser")
    return parser


def _serve(args: argparse.Namespace) -> None:
    from realtime.pages.live import add_streams
    from realtime.pages.looks import add_looks
    from realtime.pages.panel import Panel
    from realtime.pages.panel_page import add_page
    from realtime.pages.practice_page import add_practice
    from realtime.pages.recordings import add_recordings
    from realtime.pages.settings import Settings
    from realtime.web.server import Site, free_port, serve

    settings = Settings(args.config)
    language = speak(str(settings["language"]))
    panel = Panel(settings)
    site = Site("panel", said("Emoji camera"), "start it again ('make panel', or run.bat)", language)
    place = _place(args.config)

    def ready(address: str) -> None:
        with contextlib.suppress(AssetError, OSError):
            write_private(place, address)
        _tell(f"The panel is at {address}\nCtrl-C ends it, and the camera with it.", address, args.browser)

    def closed() -> None:
        place.unlink(missing_ok=True)
        panel.camera.stop()

    add_streams(panel.camera)
    add_looks()
    add_recordings(panel)
    add_page(panel, site)
    add_practice(panel.camera, site, panel.practice_options, lambda: progress_path(str(settings["profile"])))
    serve(site, free_port(args.port), ready, closed)


def _tell(line: str, address: str, browser: bool) -> None:
    print(line, flush=True)
    if browser:
        webbrowser.open(address)


def _place(config: Path) -> Path:
    """Return where the address of the panel with these settings is kept while it runs, for this user alone."""
    return config.with_name(f"{config.stem}.panel-address")


def _running(config: Path) -> str | None:
    """Return the address of a panel with these settings that answers."""
    try:
        address = _place(config).read_text("ascii").strip()
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor())
        with opener.open(address, timeout=2):
            return address
    except (OSError, ValueError):
        return None


if __name__ == "__main__":
    sys.exit(open_panel(sys.argv[1:]))
