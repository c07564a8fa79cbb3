"""The server: NiceGUI on a loopback address, behind the guard."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from nicegui import app, core, ui

from training.studio.pages.page import add_page
from training.studio.web.guard import Guard
from training.studio.web.routes import add_routes
from training.studio.work.places import Places
from training.studio.work.studio import Studio


def serve(places: Places, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve the studio until it is interrupted. ready: told of the address, token and all."""
    token = secrets.token_urlsafe(32)
    studio = Studio(places)
    add_routes(studio)
    add_page(studio)
    # NiceGUI lets every page in the world open its websocket; the studio's own alone shall.
    core.sio.eio.cors_allowed_origins = Guard(app, token, port).origins
    app.config.socket_io_js_transports = ["websocket"]
    app.add_middleware(Guard, token=token, port=port)
    app.on_startup(lambda: ready(f"http://{host}:{port}/?token={token}"))
    app.on_shutdown(studio.close)
    places.tidy()
    ui.run(
        host=host,
        port=port,
        title="Emoji camera studio",
        favicon="🙂",
        language="en-US",
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
