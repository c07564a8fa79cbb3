"""Finished recordings, to be fetched from the panel."""

from __future__ import annotations

from nicegui import app
from starlette.responses import FileResponse, Response

from realtime.pages.panel import Panel


def add_recordings(panel: Panel) -> None:
    """Add the addresses of recordings to the application; nothing else in their folder can be fetched."""

    @app.get("/recording/{name}")
    def recording(name: str) -> Response:
        known = {path.name: path for path in panel.recorded()}
        if name not in known:
            return Response(status_code=404)
        return FileResponse(known[name], filename=name, headers={"cache-control": "no-store"})
