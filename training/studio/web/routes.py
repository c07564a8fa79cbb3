"""What the page fetches and sends beside its websocket: uploads, files and pictures."""

from __future__ import annotations

import asyncio

from nicegui import app
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response

from realtime.errors import EmojiCameraError, InputError
from training.studio.pages.comparison import ADDRESS, TABLES
from training.studio.web import uploads
from training.studio.work import faces
from training.studio.work.studio import Studio

# Pictures of people are not left in the browser's cache.
_NOT_KEPT = {"cache-control": "no-store"}


def add_routes(studio: Studio) -> None:
    """Add the addresses of uploads and files to the application."""
    one_at_a_time = asyncio.Lock()
    if TABLES.is_dir():
        app.add_static_files(ADDRESS, TABLES, max_cache_age=0)

    @app.post("/upload/set")
    async def upload_set(request: Request) -> Response:
        if one_at_a_time.locked():
            return _refused("Another upload is on its way. Wait until it is done.", 429)
        async with one_at_a_time:
            try:
                uploads.announced(request.headers.get("content-length"), uploads.MAX_SET_BYTES)
                name = request.query_params.get("name", "")
                path = await uploads.keep_set(request.stream(), name, studio.places)
            except InputError as error:
                return _refused(str(error))
            except ClientDisconnect:
                return _refused("The upload broke off.")
        return JSONResponse({"path": str(path)})

    @app.post("/upload/picture")
    async def upload_picture(request: Request) -> Response:
        try:
            uploads.announced(request.headers.get("content-length"), uploads.MAX_PICTURE_BYTES)
            pieces = [piece async for piece in uploads.limited(request.stream(), uploads.MAX_PICTURE_BYTES)]
            image = await asyncio.to_thread(uploads.picture, b"".join(pieces))
        except InputError as error:
            return _refused(str(error))
        except ClientDisconnect:
            return _refused("The upload broke off.")
        return JSONResponse({"picture": studio.keep_picture(image)})

    @app.get("/picture/{name}")
    def picture(name: str) -> Response:
        key, _, kind = name.partition(".")
        try:
            image = studio.picture(key)
        except InputError as error:
            return _refused(str(error), 404)
        if kind == "png":
            return Response(faces.as_png(image), media_type="image/png", headers=_NOT_KEPT)
        return Response(faces.as_jpeg(image), media_type="image/jpeg", headers=_NOT_KEPT)

    @app.get("/file/{name:path}")
    def file(name: str) -> Response:
        try:
            return FileResponse(studio.places.file(name), headers={"cache-control": "no-cache"})
        except (EmojiCameraError, OSError, ValueError) as error:
            return _refused(str(error), 404)


def _refused(sentence: str, status: int = 400) -> Response:
    return JSONResponse({"error": sentence}, status)
