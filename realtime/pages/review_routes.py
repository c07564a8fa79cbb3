"""What the page of a review fetches beside its websocket: pictures, made when they are asked for and kept nowhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from nicegui import app
from starlette.responses import JSONResponse, Response

from realtime.cli.review import Review
from realtime.errors import EmojiCameraError

_ASSETS = Path(__file__).parent / "assets"


def add_routes(review: Review) -> None:
    """Add the addresses of frames and faces to the application."""
    app.add_static_files("/review", _ASSETS, max_cache_age=0)

    @app.get("/frame/{at}.jpg")
    def frame(at: int, numbers: int = 0) -> Response:
        return _answered(lambda: review.picture(at, bool(numbers)))

    @app.get("/face/{number}.jpg")
    def face(number: int) -> Response:
        return _answered(lambda: review.face(number))


def _answered(picture: Callable[[], bytes]) -> Response:
    try:
        return Response(picture(), media_type="image/jpeg", headers={"cache-control": "no-store"})
    except EmojiCameraError as error:
        return JSONResponse({"error": str(error)}, 404)
