"""A running studio, and others that try to talk to it."""

from __future__ import annotations

import contextlib
import re
import socket
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="training/requirements.txt is not installed")
pytest.importorskip("nicegui", reason="training/requirements.txt is not installed")
pytest.importorskip("psutil", reason="training/requirements.txt is not installed")

import httpx

from tests.training.studio.files import files_under, png_of_size
from tests.training.studio.running import running_studio
from tests.web.browser import Browser, why_no_browser
from training.studio.web import uploads


def test_the_studio_talks_to_its_own_page_only(places, portrait, tmp_path):
    before = files_under(tmp_path)
    with running_studio(places) as address, httpx.Client() as client:
        base = address.split("/?")[0]
        own = {"origin": base}
        assert client.get(base).status_code == 403
        assert client.get(f"{base}/?token=wrong").status_code == 403
        assert client.get(f"{base}/_nicegui_ws/socket.io/?EIO=4&transport=polling").status_code == 403
        assert client.get(address).status_code == 303
        page = client.get(base)
        assert page.status_code == 200
        assert not re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?(?:https?:)?//""", page.text)
        assert client.get(base, headers={"host": "evil.example"}).status_code == 403
        polling = f"{base}/_nicegui_ws/socket.io/?EIO=4&transport=polling"
        assert client.get(polling, headers={"origin": "http://evil.example"}).status_code == 403
        answer = client.get(polling, headers=own)
        assert "*" not in answer.headers.get("access-control-allow-origin", "")
        assert " 101 " in _upgraded(base, client.cookies, base)
        for cookies, origin in ((client.cookies, ""), (client.cookies, "http://evil.example"), ({}, base)):
            assert " 101 " not in _upgraded(base, cookies, origin)
        for name in ("../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%2fetc%2fpasswd", "none.png"):
            assert client.get(f"{base}/file/{name}").status_code == 404
        _upload_tricks(client, base, own, portrait)
    assert {name for name in files_under(tmp_path) - before if not name.startswith("runs/.studio/")} == set()


def _upgraded(base: str, cookies, origin: str) -> str:
    """Ask for the websocket; return the first line of the answer, empty if there is none."""
    host = base.removeprefix("http://")
    lines = ["GET /_nicegui_ws/socket.io/?EIO=4&transport=websocket HTTP/1.1", f"Host: {host}"]
    lines += [f"Cookie: {'; '.join(f'{key}={value}' for key, value in cookies.items())}"] if cookies else []
    lines += [f"Origin: {origin}"] if origin else []
    lines += ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"]
    lines += ["Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==", "", ""]
    with socket.create_connection(("127.0.0.1", int(host.rpartition(":")[2])), 10) as connection:
        connection.sendall("\r\n".join(lines).encode())
        try:
            return connection.recv(200).decode("latin-1").partition("\r\n")[0]
        except ConnectionResetError:
            return ""


def _upload_tricks(client: httpx.Client, base: str, own: dict[str, str], portrait: np.ndarray) -> None:
    picture = cv2.imencode(".jpg", portrait)[1].tobytes()
    assert client.post(f"{base}/upload/picture", content=picture).status_code == 403  # no origin
    assert client.post(f"{base}/upload/picture", content=picture, headers={"origin": "null"}).status_code == 403
    key = client.post(f"{base}/upload/picture", content=picture, headers=own).json()["picture"]
    assert client.get(f"{base}/picture/{key}.png").headers["content-type"] == "image/png"
    assert client.get(f"{base}/picture/nothing.png").status_code == 404
    for content, word in ((b"no picture", "no picture"), (b"", "empty"), (png_of_size(60000, 60000), "million")):
        refused = client.post(f"{base}/upload/picture", content=content, headers=own)
        assert refused.status_code == 400
        assert word in refused.json()["error"]

    def endless():
        for _ in range(30):
            yield bytes(1_000_000)

    # Without an announced length, and with a true one.
    for content in (endless(), bytes(21_000_000)):
        with contextlib.suppress(httpx.TransportError):  # it may hang up in the middle
            refused = client.post(f"{base}/upload/picture", content=content, headers=own)
            assert "larger than 20 MB" in refused.json()["error"]
    kept = client.post(f"{base}/upload/set?name=../../x.csv", content=b"a,b\n", headers=own).json()["path"]
    assert Path(kept).parent.name == "uploads"
    assert "neither" in client.post(f"{base}/upload/set?name=x.sh", content=b"x", headers=own).json()["error"]


_TRICKS = """async (studio) => {
  const told = (done) => done.then(() => "done", () => "refused");
  const loaded = (tag, address) => new Promise((yes, no) => {
    document.body.append(Object.assign(document.createElement(tag), {src: address, onload: yes, onerror: no}));
  });
  const opened = new Promise((yes, no) => {
    const socket = new WebSocket(studio.replace("http", "ws") + "/_nicegui_ws/socket.io/?EIO=4&transport=websocket");
    Object.assign(socket, {onopen: yes, onerror: no});
  });
  const upload = studio + "/upload/set?name=a.csv";
  await told(fetch(upload, {method: "POST", mode: "no-cors", credentials: "include", body: "a,b"}));
  return {
    read: await told(fetch(studio + "/", {credentials: "include"})),
    send: await told(fetch(upload, {method: "POST", credentials: "include", body: "a,b"})),
    image: await told(loaded("img", studio + "/file/one/a.png")),
    script: await told(loaded("script", studio + "/assets/page.js")),
    socket: await told(opened),
  };
}"""


@pytest.mark.skipif(bool(why_no_browser()), reason=why_no_browser() or "there is one")
def test_another_page_in_the_same_browser_gets_nothing(places):
    (places.runs / "one").mkdir()
    cv2.imwrite(str(places.runs / "one" / "a.png"), np.zeros((9, 9), np.uint8))
    with running_studio(places) as address, Browser(address) as browser:
        base = address.split("/?")[0]
        other = browser.page.context.new_page()  # with the studio's cookie
        for foreign in ("http://127.0.0.1:9999/", "http://evil.example/"):
            other.route(foreign, lambda route: route.fulfill(body="<body></body>", content_type="text/html"))
            other.goto(foreign)
            assert set(other.evaluate(_TRICKS, base).values()) == {"refused"}
        assert browser.page.evaluate("fetch('/file/one/a.png').then((answer) => answer.status)") == 200
    assert uploads.kept_sets(places) == []
