"""Who may talk to a program with a page: this machine, by its own name, from that page, with the token."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

from realtime.loopback import Loopback

# The page loads and calls nothing but itself. Vue compiles its templates in the page, which needs 'unsafe-eval'.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' blob: mediastream:; font-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
_SAFE_METHODS = ("GET", "HEAD")


class Guard:
    """Stands before an ASGI application and lets through what comes from the program's own page."""

    def __init__(self, app: Any, token: str, port: int, name: str) -> None:
        """Guard an application. name: what the program is called in sentences, such as "studio"."""
        self._app = app
        self._rules = Loopback(name, port, token)
        self._cookie = f"{name}_{port}"  # cookies don't know ports

    @property
    def origins(self) -> list[str]:
        """Where the program's own page may have come from."""
        return self._rules.origins

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer a request, pass it on, or refuse it with 403."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = _headers(scope)
        writes = scope["type"] == "websocket" or scope["method"] not in _SAFE_METHODS
        if reason := self._rules.foreign(headers, needs_origin=writes):
            await self._refuse(scope, send, reason)
        elif "token" in (query := parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)):
            if not self._rules.is_token(query["token"][0]):
                await self._refuse(scope, send, self._rules.no_token(query["token"][0]))
            else:
                await self._let_in(scope, send)
        elif not self._rules.is_token(_cookie(headers, self._cookie)):
            await self._refuse(scope, send, self._rules.no_token())
        else:
            await self._app(scope, receive, _with_headers(send))

    async def _let_in(self, scope: dict[str, Any], send: Any) -> None:
        """Keep the token in a cookie, and lead to the address without it."""
        if scope["type"] == "websocket":
            await self._refuse(scope, send, self._rules.no_token())
            return
        cookie = f"{self._cookie}={self._rules.token}; Path=/; HttpOnly; SameSite=Strict"
        path = "/" + scope["path"].lstrip("/")  # two slashes would lead to another host
        headers = {"location": path, "set-cookie": cookie, "cache-control": "no-store"}
        await _answer(send, 303, "", headers)

    async def _refuse(self, scope: dict[str, Any], send: Any, reason: str) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": ""})
        else:
            told = {"content-type": "text/plain; charset=utf-8"}
            await _answer(send, 403, reason, told)


def _headers(scope: dict[str, Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        found.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return found


def _cookie(headers: dict[str, list[str]], name: str) -> str:
    jar: SimpleCookie = SimpleCookie()
    for value in headers.get("cookie", []):
        try:
            jar.load(value)
        except CookieError:
            continue
    return jar[name].value if name in jar else ""


def _with_headers(send: Any) -> Any:
    async def sending(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            theirs = [(k, v) for k, v in message.get("headers", []) if k.lower().decode("latin-1") not in _REPLACED]
            message = message | {"headers": [*theirs, *_encoded(_HEADERS)]}
        await send(message)

    return sending


# Ours count, and nobody else is told that he may read.
_REPLACED = (*_HEADERS, "access-control-allow-origin", "access-control-allow-credentials")


def _encoded(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


async def _answer(send: Any, status: int, text: str, headers: dict[str, str]) -> None:
    body = text.encode()
    told = _HEADERS | {"content-length": str(len(body))} | headers
    await send({"type": "http.response.start", "status": status, "headers": _encoded(told)})
    await send({"type": "http.response.body", "body": body})
