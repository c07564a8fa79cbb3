"""The server of a page: NiceGUI on a loopback address, behind the guard."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path

from nicegui import app, core, ui
from nicegui.language import Language
from nicegui.server import Server

from realtime.errors import UsageError
from realtime.loopback import HOST, new_token
from realtime.web.guard import Guard

# What NiceGUI calls the languages of our pages.
_LANGUAGES: dict[str, Language] = {"en": "en-US", "de": "de-DE", "fr": "fr", "es": "es", "hi": "hi"}
_ASSETS = Path(__file__).parent / "assets"


@dataclass(frozen=True)
class Site:
    """A program with a page.

    name: what sentences call it, such as "studio". title: of its window. start_again: what a page says to do when the
    program has ended, as the middle of a sentence. language: of its pages, two letters.
    """

    name: str
    title: str
    start_again: str
    language: str = "en"

    def head(self) -> None:
        """Give the page that is being built the style sheet, the scripts and the colours of all our pages."""
        told = {"program": self.name, "start-again": self.start_again}
        metas = "".join(f'<meta name="{key}" content="{escape(value, quote=True)}">' for key, value in told.items())
        scripts = "".join(f'<script src="/assets/{name}.js"></script>' for name in ("zip", "page", "bars"))
        ui.add_head_html(f'{metas}<link rel="stylesheet" href="/assets/page.css">{scripts}')
        ui.colors(primary="#0b5cad")


def free_port(wanted: int = 0) -> int:
    """Return the port, or one that is free for 0. Raises UsageError for one that is taken."""
    with socket.socket() as probe:
        if sys.platform != "win32":  # there it would let two share a port
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, wanted))
        except (OSError, OverflowError) as error:
            raise UsageError(
                f"Port {wanted} can't be used: another program has it, or it is none.", "Leave out --port."
            ) from error
        return int(probe.getsockname()[1])


def is_ending() -> bool:
    """Return whether the server was interrupted: what streams then ends by itself, or it is cut off in an error."""
    return Server.instance.should_exit


def serve(site: Site, port: int, ready: Callable[[str], None], closed: Callable[[], object]) -> None:
    """Serve the pages and routes that were added to NiceGUI's application, until it is interrupted.

    Args:
        site: Whose pages they are.
        port: Where; a free one.
        ready: Told of the address, token and all, once it answers.
        closed: Called at the end.
    """
    token = new_token()
    app.add_static_files("/assets", _ASSETS, max_cache_age=0)
    # NiceGUI lets every page in the world open its websocket; the program's own alone shall.
    core.sio.eio.cors_allowed_origins = Guard(app, token, port, site.name).origins
    app.config.socket_io_js_transports = ["websocket"]
    app.add_middleware(Guard, token=token, port=port, name=site.name)
    app.on_startup(lambda: ready(f"http://{HOST}:{port}/?token={token}"))
    app.on_shutdown(closed)
    ui.run(
        host=HOST,
        port=port,
        title=site.title,
        favicon="🙂",
        language=_LANGUAGES[site.language],
        dark=None,
        reload=False,
        show=False,
        show_welcome_message=False,
        tailwind=False,
        reconnect_timeout=30,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
