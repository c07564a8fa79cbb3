"""What the camera streams, handed through to a page: one that stops reading, and a camera that has ended."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

pytest.importorskip("nicegui", reason="requirements-panel.txt is not installed")

from realtime.pages import live
from realtime.web.server import free_port


class _Camera(BaseHTTPRequestHandler):
    """Shows without end to who has the token."""

    def do_GET(self) -> None:
        self.send_response(200 if self.headers["authorization"] == "Bearer of-camera" else 403)
        self.end_headers()
        with suppress(OSError):  # whoever looked has gone
            while True:
                self.wfile.write(bytes(4096))

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Camera) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/preview.mjpeg"
        server.shutdown()
        thread.join()


async def _stays() -> dict[str, Any]:
    """Receive nothing from the page, which does not go."""
    await asyncio.Event().wait()
    return {}


def _request(version: str) -> dict[str, Any]:
    return {"type": "http", "asgi": {"spec_version": version}}


@pytest.mark.parametrize("version", ["2.3", "2.4"])  # of ASGI: Starlette streams in a task of its own before 2.4
def test_a_stream_whose_page_has_stopped_reading_ends_with_the_program_without_an_error(address, version, monkeypatch):
    monkeypatch.setattr(live, "is_ending", lambda: False)
    complaints: list[dict[str, Any]] = []
    sent: list[dict[str, Any]] = []

    async def program() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        full = asyncio.Event()

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)
            if message.get("body"):
                full.set()
                await asyncio.Event().wait()

        response = live.handed_through(address, "of-camera", "image/jpeg")
        streaming = asyncio.create_task(response(_request(version), _stays, send))
        await asyncio.wait([streaming, asyncio.create_task(full.wait())], return_when=asyncio.FIRST_COMPLETED)
        assert not streaming.done()

    asyncio.run(program())
    assert sent[0]["status"] == 200
    assert len(sent) == 2
    assert set(sent[1]["body"]) == {0}
    assert complaints == []


def test_a_stream_of_a_camera_that_has_ended_is_empty():
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    nobody = f"http://127.0.0.1:{free_port()}/preview.mjpeg"
    response = live.handed_through(nobody, "of-camera", "image/jpeg")
    asyncio.run(response(_request("2.3"), _stays, send))
    assert [message.get("body") for message in sent] == [None, b""]
