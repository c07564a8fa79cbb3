"""The control socket: HTTP on a loopback address, with a token, from the standard library.

It is for programs and pages of this machine; `docs/control.md` has its addresses.
"""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from realtime.control.feed import Feed, Preview, as_jpeg
from realtime.errors import EmojiCameraError, InputError, UsageError
from realtime.loopback import HOST, Loopback

log = logging.getLogger(__name__)

NAME = "control socket"
# All options together take 2 kB.
_MAX_BODY_BYTES = 20_000
# More talk at once than any desk has buttons: each has a thread.
_MOST_CLIENTS = 32
# Who says nothing for this long has gone.
_TIMEOUT_S = 10.0
# A stream without news says so this often, and so learns that nobody listens any more.
_BEAT_S = 1.0
_BOUNDARY = "picture"
_OVERLAY = Path(__file__).with_name("overlay.html")
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; img-src 'self'"
)
_HEADERS = {"x-content-type-options": "nosniff", "cache-control": "no-store", "referrer-policy": "no-referrer"}


class Steered(Protocol):
    """What a control socket steers; `realtime.cli.steering.Steering` is one. Each may be called from any thread."""

    readings: Feed[str]
    preview: Preview

    def commands(self) -> dict[str, str]:
        """Return what can be asked for: name -> what users are told of it."""
        ...

    def command(self, name: str, word: str = "") -> None:
        """Ask for something. word: for a mark. Raises UsageError for a name that is none."""
        ...

    def change(self, table: Mapping[str, Any]) -> dict[str, Any]:
        """Give options other values; return what is told of it. Raises EmojiCameraError, and nothing is changed."""
        ...

    def teach(self, doing: str, name: str) -> None:
        """Record examples of an expression of the owner's, or forget what was taught of it. Raises UsageError."""
        ...

    def state(self) -> dict[str, Any]:
        """Return how things are; JSON values."""
        ...


class ControlSocket:
    """The server, in threads of its own from the moment it is made. A context manager, which ends it."""

    def __init__(self, steered: Steered, port: int, token: str) -> None:
        """port: 0 for one that is free. Raises UsageError for one that is taken."""
        self.steered = steered
        self.clients = threading.BoundedSemaphore(_MOST_CLIENTS)
        self.closing = threading.Event()
        try:
            self._server = _Server((HOST, port), _handler(self))
        except (OSError, OverflowError) as error:
            raise UsageError(
                f"Port {port} can't be used: another program has it, or it is none.", "Give another: --control 4700."
            ) from error
        self.rules = Loopback(NAME, int(self._server.server_address[1]), token)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), name=NAME, daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """Where it answers, without the token."""
        return f"http://{HOST}:{self.rules.port}"

    def __enter__(self) -> ControlSocket:
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = True  # the streams end within a beat of `closing`
    # On Windows that would let two programs share a port.
    allow_reuse_address = not hasattr(socket, "SO_EXCLUSIVEADDRUSE")

    def handle_error(self, request: Any, client_address: Any) -> None:
        log.debug("A client of the control socket failed.", exc_info=True)


def _handler(control: ControlSocket) -> type[_Handler]:
    return type("Handler", (_Handler,), {"control": control})


class _Handler(BaseHTTPRequestHandler):
    """Answers one client."""

    control: ControlSocket
    timeout = _TIMEOUT_S
    server_version, sys_version = "emoji-camera", ""

    def do_GET(self) -> None:
        self._answer(
            {
                "/": self._index,
                "/state": self._state,
                "/readings": self._readings,
                "/preview.jpg": self._picture,
                "/preview.mjpeg": self._pictures,
                "/overlay": self._overlay,
            }
        )

    def do_POST(self) -> None:
        name = urlsplit(self.path).path
        if name.startswith("/command/"):
            self._answer({name: lambda: self._command(name.removeprefix("/command/"))})
        else:
            self._answer({"/set": self._set, "/teach": self._teach})

    def log_message(self, *_: Any) -> None:
        """Say nothing: addresses may hold the token."""

    def _answer(self, routes: Mapping[str, Callable[[], None]]) -> None:
        address = urlsplit(self.path)
        if not self.control.clients.acquire(blocking=False):
            self._json({"error": "Too many programs talk to the control socket at once. Close some."}, 503)
            return
        try:
            if reason := self._refusal(address.query):
                self._json({"error": reason}, 403)
            elif address.path not in routes:
                self._json({"error": f"Nothing is at this address. It knows {', '.join(routes)}."}, 404)
            else:
                routes[address.path]()
        except EmojiCameraError as error:
            self._json({"error": error.what, "remedy": error.remedy}, 400)
        except (OSError, TimeoutError):  # whoever asked has gone
            self.close_connection = True
        finally:
            self.control.clients.release()

    def _refusal(self, query: str) -> str:
        rules = self.control.rules
        headers: dict[str, list[str]] = {}
        for name, value in self.headers.items():
            headers.setdefault(name.lower(), []).append(value)
        if reason := rules.foreign(headers, needs_origin=False):
            return reason
        given = headers.get("authorization", [""])[0].removeprefix("Bearer ").strip()
        given = given or parse_qs(query).get("token", [""])[0]
        return "" if rules.is_token(given) else rules.no_token(given)

    def _index(self) -> None:
        self._json({"commands": self.control.steered.commands()})

    def _state(self) -> None:
        self._json(self.control.steered.state())

    def _command(self, name: str) -> None:
        told: dict[str, Any] = {}
        if name == "mark" and self.headers.get("content-length", "0") != "0":
            told = self._sent('{"word": "the joke"}')
        self.control.steered.command(name, str(told.get("word", "")))
        self._json({"done": name})

    def _set(self) -> None:
        self._json(self.control.steered.change(self._sent('{"gender": "neutral"}')))

    def _teach(self) -> None:
        sent = self._sent('{"record": "happy"}')
        if len(sent) != 1 or not all(isinstance(name, str) for name in sent.values()):
            raise InputError("One thing is taught at a time.", 'Send an object: {"record": "happy"}.')
        for doing, name in sent.items():
            self.control.steered.teach(doing, name)
        self._json({"done": sent})

    def _sent(self, example: str) -> dict[str, Any]:
        """Return the JSON object that was sent. example: of one, for the message. Raises InputError."""
        length, remedy = self.headers.get("content-length", ""), f"Send an object: {example}."
        if not length.isdecimal() or int(length) > _MAX_BODY_BYTES:
            raise InputError("The request has no length, or is too long.", remedy)
        try:
            table = json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError) as error:
            raise InputError("The request is no JSON.", remedy) from error
        if not isinstance(table, dict):
            raise InputError("The request is no JSON object.", remedy)
        return table

    def _readings(self) -> None:
        self._begin("text/event-stream")
        with self.control.steered.readings.listening() as listener:
            while not self.control.closing.is_set():
                lines = listener.take(_BEAT_S)
                told = "".join(f"data: {line}\n\n" for line in lines) or ": nobody is seen\n\n"
                self.wfile.write(told.encode())

    def _picture(self) -> None:
        with self.control.steered.preview.pictures.listening() as listener:
            pictures = listener.take(_TIMEOUT_S)
        if not pictures:
            raise InputError("No picture has come.", "Look whether the camera runs.")
        self._send(200, "image/jpeg", as_jpeg(pictures[-1]))

    def _pictures(self) -> None:
        self._begin(f"multipart/x-mixed-replace; boundary={_BOUNDARY}")
        self.wfile.write(f"--{_BOUNDARY}\r\n".encode())
        with self.control.steered.preview.pictures.listening() as listener:
            last = b""
            while not self.control.closing.is_set():
                pictures = listener.take(_BEAT_S)
                last = as_jpeg(pictures[-1]) if pictures else last
                if last:  # sent again when nothing new comes: so it shows whether anybody is there
                    head = f"content-type: image/jpeg\r\ncontent-length: {len(last)}\r\n\r\n"
                    # Browsers show a picture when they have seen that it has ended.
                    self.wfile.write(head.encode() + last + f"\r\n--{_BOUNDARY}\r\n".encode())

    def _overlay(self) -> None:
        self._send(200, "text/html; charset=utf-8", _OVERLAY.read_bytes(), {"content-security-policy": _POLICY})

    def _json(self, told: object, status: int = 200) -> None:
        self._send(status, "application/json", json.dumps(told, ensure_ascii=False).encode())

    def _send(self, status: int, kind: str, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        self._head(status, kind, {"content-length": str(len(body))} | dict(headers or {}))
        self.wfile.write(body)

    def _begin(self, kind: str) -> None:
        self._head(200, kind, {})
        self.close_connection = True

    def _head(self, status: int, kind: str, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {"content-type": kind, **_HEADERS, **headers}.items():
            self.send_header(name, value)
        self.end_headers()
