"""Who may talk to a program with a page: this machine, by its own name, from that page, with the token."""

from __future__ import annotations

import hmac
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

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
        self._name = name
        self._token = token
        self._cookie = f"{name}_{port}"  # cookies don't know ports
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        self._origins = {f"http://{host}" for host in self._hosts}

    @property
    def origins(self) -> list[str]:
        """Where the program's own page may have come from."""
        return sorted(self._origins)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer a request, pass it on, or refuse it with 403."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = _headers(scope)
        if reason := self._foreign(scope, headers):
            await self._refuse(scope, send, reason)
        elif "token" in (query := parse_qs(scope["query_string"].decode("latin-1"))):
            if not self._is_token(query["token"][0]):
                await self._refuse(scope, send, _WRONG_TOKEN)
            else:
                await self._let_in(scope, send)
        elif not self._is_token(_cookie(headers, self._cookie)):
            await self._refuse(scope, send, _NO_TOKEN)
        else:
            await self._app(scope, receive, _with_headers(send))

    def _foreign(self, scope: dict[str, Any], headers: dict[str, list[str]]) -> str:
        """Return why a request can't have come from the program's own page; empty if it can."""
        # A foreign name that was made to lead here (DNS rebinding) shows in the Host header.
        if len(headers.get("host", [])) != 1 or headers["host"][0].lower() not in self._hosts:
            return _WRONG_HOST
        origins = headers.get("origin", [])
        writes = scope["type"] == "websocket" or scope["method"] not in _SAFE_METHODS
        # Pages of other ports count as the same site, to which cookies go along; links may lead here from anywhere.
        site, mode = headers.get("sec-fetch-site", [""])[0], headers.get("sec-fetch-mode", [""])[0]
        if site in ("cross-site", "same-site") and mode != "navigate":
            return _WRONG_ORIGIN
        if any(origin not in self._origins for origin in origins) or (writes and not origins):
            return _WRONG_ORIGIN
        return ""

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self._token.encode())

    async def _let_in(self, scope: dict[str, Any], send: Any) -> None:
        """Keep the token in a cookie, and lead to the address without it."""
        if scope["type"] == "websocket":
            await self._refuse(scope, send, _NO_TOKEN)
            return
        cookie = f"{self._cookie}={self._token}; Path=/; HttpOnly; SameSite=Strict"
        path = "/" + scope["path"].lstrip("/")  # two slashes would lead to another host
        headers = {"location": path, "set-cookie": cookie, "cache-control": "no-store"}
        await _answer(send, 303, "", headers)

    async def _refuse(self, scope: dict[str, Any], send: Any, reason: str) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": ""})
        else:
            told = {"content-type": "text/plain; charset=utf-8"}
            await _answer(send, 403, reason.format(name=self._name), told)


_WRONG_HOST = "The {name} answers at 127.0.0.1 and localhost only. Use the address that was printed when it started."
_WRONG_ORIGIN = "This came from another page than the {name}'s own. Use the address that was printed when it started."
_WRONG_TOKEN = "The token in the address is not the {name}'s. Use the address that was printed when it last started."
_NO_TOKEN = "The {name} wants its token. Use the address that was printed when it started, with ?token=... at its end."


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
