"""Who may come in."""

from __future__ import annotations

import asyncio

import pytest

from realtime.web.guard import Guard


def _asked(headers=(), query="", method="GET", kind="http", token="secret") -> dict:
    """Send a request to a guarded application that answers 200 with a foreign header; return what came back."""
    sent = []

    async def application(scope, receive, send):
        await send(
            {"type": f"{kind}.response.start", "status": 200, "headers": [(b"Access-Control-Allow-Origin", b"*")]}
        )
        await send({"type": f"{kind}.response.body", "body": b"inside"})

    async def send(message):
        sent.append(message)

    pairs = [(name.encode(), value.encode()) for name, value in headers]
    scope = {"type": kind, "method": method, "path": "/", "query_string": query.encode(), "headers": pairs}
    asyncio.run(Guard(application, token, 4321, "studio")(scope, None, send))
    first = sent[0]
    told = {name.decode().lower(): value.decode() for name, value in first.get("headers", [])}
    return {
        "type": first["type"],
        "status": first.get("status"),
        "headers": told,
        "body": sent[-1].get("body", b"").decode(),
    }


HOST = "127.0.0.1:4321"


COOKIE = ("cookie", "studio_4321=secret")


ORIGIN = ("origin", f"http://{HOST}")


def test_the_token_opens_and_is_kept_out_of_the_address():
    let_in = _asked([("host", HOST)], "token=secret")
    assert let_in["status"] == 303
    assert let_in["headers"]["location"] == "/"
    assert "HttpOnly" in let_in["headers"]["set-cookie"]
    assert "SameSite=Strict" in let_in["headers"]["set-cookie"]
    inside = _asked([("host", HOST), COOKIE])
    assert inside["body"] == "inside"
    assert "access-control-allow-origin" not in inside["headers"]
    assert "default-src 'self'" in inside["headers"]["content-security-policy"]


@pytest.mark.parametrize(
    ("headers", "query", "method", "word"),
    [
        ([("host", HOST)], "", "GET", "token"),
        ([("host", HOST)], "token=secreT", "GET", "token"),
        ([("host", HOST)], "token=", "GET", "token"),
        ([("host", HOST), ("cookie", "studio_4321=secre")], "", "GET", "token"),
        ([("host", HOST), ("cookie", "studio_9=secret")], "", "GET", "token"),
        ([("host", HOST), ("cookie", 'studio_4321="')], "", "GET", "token"),
        ([("host", "evil.example"), COOKIE], "", "GET", "127.0.0.1"),
        ([("host", "evil.example")], "token=secret", "GET", "127.0.0.1"),
        ([("host", "127.0.0.1:99"), COOKIE], "", "GET", "127.0.0.1"),
        ([COOKIE], "", "GET", "127.0.0.1"),
        ([("host", HOST), ("host", HOST), COOKIE], "", "GET", "127.0.0.1"),
        ([("host", HOST), COOKIE, ("origin", "http://evil.example")], "", "GET", "page"),
        ([("host", HOST), COOKIE, ("origin", "null")], "", "POST", "page"),
        ([("host", HOST), COOKIE], "", "POST", "page"),
        ([("host", HOST), COOKIE, ("sec-fetch-site", "same-site"), ("sec-fetch-mode", "no-cors")], "", "GET", "page"),
        ([("host", HOST), COOKIE, ORIGIN, ("sec-fetch-site", "cross-site")], "", "POST", "page"),
    ],
)
def test_others_are_refused_with_a_sentence(headers, query, method, word):
    refused = _asked(headers, query, method)
    assert refused["status"] == 403
    assert word in refused["body"]


def test_the_websocket_is_for_the_studios_own_page():
    assert _asked([("host", HOST), COOKIE, ORIGIN], kind="websocket")["type"] == "websocket.response.start"
    for headers in (
        [("host", HOST), COOKIE],
        [("host", HOST), COOKIE, ("origin", "https://evil.example")],
        [("host", HOST), ORIGIN],
        [("host", "evil.example"), COOKIE, ORIGIN],
    ):
        assert _asked(headers, kind="websocket")["type"] == "websocket.close"
    assert _asked([("host", HOST), ORIGIN], "token=secret", kind="websocket")["type"] == "websocket.close"
