"""The player in a browser: a page on a loopback address, with a token, from the standard library.

The browser plays picture and sound, and tells of each frame when it was seen; `page/player.js` says how.
"""

from __future__ import annotations

import contextlib
import json
import logging
import mimetypes
import re
import socket
import threading
import time
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from realtime.loopback import HOST, Loopback, new_token
from realtime.stimulus.stage import Stage
from realtime.stimulus.talk import plan, take

log = logging.getLogger(__name__)

NAME = "player"
# A quarter of a second of frames takes 2 kB; after a hiccup there are more.
_MAX_BODY_BYTES = 1_000_000
_CHUNK_BYTES = 1 << 18
_PAGE = Path(__file__).parent / "page"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; media-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "content-security-policy": _POLICY,
}
_FILES = {"/": ("player.html", "text/html"), "/player.js": ("player.js", "text/javascript")}
_FILES["/player.css"] = ("player.css", "text/css")


class BrowserPlayer:
    """The server of the page, in threads of its own from the moment it is made. A context manager, which ends it."""

    def __init__(self, stage: Stage, clock: Callable[[], float] = time.monotonic) -> None:
        """stage: is told what is played. clock: that by which frames of the camera are timed, in seconds."""
        self._server = _Server((HOST, 0), type("Handler", (_Handler,), {"stage": stage, "clock": staticmethod(clock)}))
        self._server.rules = Loopback(NAME, int(self._server.server_address[1]), new_token())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), name=NAME, daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """Where the page is, token and all."""
        return f"http://{HOST}:{self._server.rules.port}/?token={self._server.rules.token}"

    def __enter__(self) -> BrowserPlayer:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.hang_up()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # On Windows that would let two programs share a port.
    allow_reuse_address = not hasattr(socket, "SO_EXCLUSIVEADDRUSE")
    rules: Loopback

    def __init__(self, *args: Any) -> None:
        self._open: set[socket.socket] = set()
        super().__init__(*args)

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """End what is still being sent: a browser takes a clip as slowly as it is played."""
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        log.debug("The page of the player has failed.", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    """Answers the page."""

    stage: Stage
    clock: Callable[[], float]
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "emoji-camera", ""
    # With Nagle's algorithm the answers by which the clocks are compared would wait.
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if not self._let_in(address.query, writes=False):
            return
        clip = re.fullmatch(r"/stimulus/(\d{1,4})", address.path)
        if address.path in _FILES:
            name, kind = _FILES[address.path]
            self._send(200, f"{kind}; charset=utf-8", (_PAGE / name).read_bytes())
        elif address.path == "/plan":
            self._json(plan(self.stage))
        elif clip and 0 < int(clip[1]) <= len(self.stage.programme.stimuli):
            self._clip(Path(self.stage.programme.stimuli[int(clip[1]) - 1].path))
        else:
            self._json({"error": "Nothing is at this address."}, 404)

    def do_POST(self) -> None:
        length = self.headers.get("content-length", "")
        if not length.isdecimal() or int(length) > _MAX_BODY_BYTES:
            self.close_connection = True
            self._json({"error": "The request has no length, or is too long."}, 400)
            return
        body = self.rfile.read(int(length))
        if not self._let_in("", writes=True):
            return
        try:
            began = take(self.stage, json.loads(body))
        except (ValueError, TypeError, LookupError, RecursionError) as error:
            self._json({"error": f"The request can't be used: {error}."}, 400)
            return
        told = {"began": began, "over": self.stage.over, "hint": self.stage.hint, "calibrating": self.stage.calibrating}
        self._json({"now": self.clock(), **told})

    def log_message(self, *_: Any) -> None:
        """Say nothing: addresses may hold the token."""

    def _let_in(self, query: str, writes: bool) -> bool:
        """Return whether whoever asks may go on; else they are answered: refused, or led on with a cookie."""
        headers: dict[str, list[str]] = {}
        for name, value in self.headers.items():
            headers.setdefault(name.lower(), []).append(value)
        rules, given = self.server.rules, parse_qs(query).get("token", [""])[0]
        if reason := rules.foreign(headers, needs_origin=writes):
            self._json({"error": reason}, 403)
        elif given and rules.is_token(given):
            cookie = f"{NAME}_{rules.port}={rules.token}; Path=/; HttpOnly; SameSite=Strict"
            self._send(303, "text/plain", b"", {"location": "/", "set-cookie": cookie})
        elif not rules.is_token(self._cookie()):
            self._json({"error": rules.no_token(given)}, 403)
        else:
            return True
        return False

    def _cookie(self) -> str:
        jar: SimpleCookie = SimpleCookie()
        with contextlib.suppress(CookieError):
            jar.load(self.headers.get("cookie", ""))
        name = f"{NAME}_{self.server.rules.port}"  # cookies don't know ports
        return jar[name].value if name in jar else ""

    def _clip(self, path: Path) -> None:
        """Send a clip, or the part of it that is asked for."""
        try:
            with path.open("rb") as file:
                size = file.seek(0, 2)
                begin, end = _range(self.headers.get("range", ""), size)
                if begin >= end:
                    self._send(416, "text/plain", b"", {"content-range": f"bytes */{size}"})
                    return
                part = {"content-range": f"bytes {begin}-{end - 1}/{size}"} if "range" in self.headers else {}
                kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
                self._head(206 if part else 200, kind, end - begin, {"accept-ranges": "bytes", **part})
                file.seek(begin)
                while begin < end and (data := file.read(min(_CHUNK_BYTES, end - begin))):
                    self.wfile.write(data)
                    begin += len(data)
        except OSError:  # the browser has had enough of it, or the file has gone
            self.close_connection = True

    def _json(self, told: object, status: int = 200) -> None:
        self._send(status, "application/json", json.dumps(told).encode())

    def _send(self, status: int, kind: str, body: bytes, more: dict[str, str] | None = None) -> None:
        self._head(status, kind, len(body), more or {})
        with contextlib.suppress(OSError):
            self.wfile.write(body)

    def _head(self, status: int, kind: str, length: int, more: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"content-type": kind, "content-length": str(length), **_HEADERS, **more}.items():
            self.send_header(name, value)
        self.end_headers()


def _range(asked: str, size: int) -> tuple[int, int]:
    """Return begin and end of the bytes that are asked for; all of them for a request that is not understood."""
    match = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", asked)
    if not match or not (match[1] or match[2]):
        return 0, size
    if not match[1]:
        return max(size - int(match[2]), 0), size
    return int(match[1]), min(int(match[2]) + 1, size) if match[2] else size
