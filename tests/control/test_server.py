"""Who may steer, and what the control socket answers."""

from __future__ import annotations

import http.client
import json
import threading
import time

import numpy as np
import pytest

from realtime.control.feed import Feed, Preview
from realtime.control.server import ControlSocket
from realtime.errors import UsageError
from realtime.loopback import kept_token
from realtime.records import Frame

TOKEN = "a-token-of-forty-letters-that-nobody-knows"


class Steered:
    """Stands for a run: keeps what it is asked for."""

    def __init__(self):
        self.readings: Feed[str] = Feed(3)
        self.preview = Preview()
        self.asked: list[object] = []

    def commands(self):
        return {"next-pack": "next emoji pack", "mark": "mark this moment"}

    def command(self, name, word=""):
        if name not in self.commands():
            raise UsageError(f"There is no command '{name}'.", "Known are: next-pack, mark.")
        self.asked.append(f"{name} {word}".strip())

    def change(self, table):
        self.asked.append(table)
        return {"opens_anew": False}

    def teach(self, doing, name):
        if name == "joy":
            raise UsageError("The pack in use has no drawing for 'joy'.", "It has some for: happy.")
        self.asked.append((doing, name))

    def state(self):
        return {"paused": False}


@pytest.fixture
def control():
    with ControlSocket(Steered(), 0, TOKEN) as control:
        yield control


def ask(control, path, body=None, method=None, token=TOKEN, host=None, **headers):
    """Return the status and what was said, JSON or text."""
    connection = http.client.HTTPConnection("127.0.0.1", control.rules.port, timeout=10)
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    if token:
        headers["authorization"] = f"Bearer {token}"
    headers["host"] = host or f"127.0.0.1:{control.rules.port}"
    connection.request(method or ("GET" if body is None else "POST"), path, body, headers)
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    return answer.status, json.loads(data) if "json" in answer.headers["content-type"] else data


def test_programs_with_the_token_steer_and_read(control):
    assert ask(control, "/") == (200, {"commands": control.steered.commands()})
    assert ask(control, "/state") == (200, {"paused": False})
    assert ask(control, f"/state?token={TOKEN}", token="") == (200, {"paused": False})
    assert ask(control, "/command/next-pack", b"") == (200, {"done": "next-pack"})
    assert ask(control, "/set", b'{"gender": "male"}') == (200, {"opens_anew": False})
    assert ask(control, "/teach", b'{"record": "wink"}') == (200, {"done": {"record": "wink"}})
    assert ask(control, "/command/mark", b"") == (200, {"done": "mark"})
    assert ask(control, "/command/mark", b'{"word": "the joke"}') == (200, {"done": "mark"})
    assert control.steered.asked == ["next-pack", {"gender": "male"}, ("record", "wink"), "mark", "mark the joke"]
    status, page = ask(control, "/overlay")
    assert status == 200
    assert b"EventSource" in page


@pytest.mark.parametrize(
    ("told", "word"),
    [
        ({"token": ""}, "wants its token"),
        ({"token": "wrong"}, "is not the control socket's"),
        ({"host": "evil.example"}, "127.0.0.1"),
        ({"origin": "http://evil.example"}, "another page"),
        ({"origin": "null"}, "another page"),
        ({"sec_fetch_site": "cross-site"}, "another page"),
    ],
)
@pytest.mark.parametrize(
    "path", ["/state", "/command/next-pack", "/set", "/teach", "/overlay", "/preview.mjpeg", "/readings"]
)
def test_nobody_else_is_let_in(control, told, word, path):
    body = b"{}" if path in ("/set", "/teach", "/command/next-pack") else None
    status, said = ask(control, path, body, **told)
    assert status == 403
    assert word in said["error"]
    assert control.steered.asked == []


@pytest.mark.parametrize(
    ("path", "body", "status", "word"),
    [
        ("/set", b"[1]", 400, "no JSON object"),
        ("/set", b"{", 400, "no JSON"),
        ("/set", b"[" * 15_000, 400, "no JSON"),
        ("/set", b" " * 30_000, 400, "too long"),
        ("/teach", b'{"record": "joy"}', 400, "no drawing for 'joy'"),
        ("/teach", b'{"record": 1}', 400, "One thing is taught at a time"),
        ("/teach", b'{"record": "sad", "forget": "sad"}', 400, "One thing is taught at a time"),
        ("/command/mark", b"the joke", 400, "no JSON"),
        ("/command/fly", b"", 400, "There is no command 'fly'"),
        ("/nowhere", None, 404, "Nothing is at this address"),
        ("/state", b"", 404, "Nothing is at this address"),
    ],
)
def test_what_can_not_be_done_is_refused_in_words(control, path, body, status, word):
    assert ask(control, path, body)[0] == status
    assert word in ask(control, path, body)[1]["error"]


def test_readings_come_as_they_are_read_and_a_slow_listener_gets_the_newest(control):
    feed = control.steered.readings
    heard = []

    def listen():
        connection = http.client.HTTPConnection("127.0.0.1", control.rules.port, timeout=10)
        connection.request("GET", f"/readings?token={TOKEN}")
        answer = connection.getresponse()
        assert answer.headers["content-type"] == "text/event-stream"
        heard.append(answer.readline())
        connection.close()

    thread = threading.Thread(target=listen)
    thread.start()
    while not feed.wanted:
        time.sleep(0.01)
    feed.put('{"emotion": "happy"}')
    thread.join(10)
    assert heard == [b'data: {"emotion": "happy"}\n']
    with feed.listening() as listener:
        for n in range(5):
            feed.put(str(n))
        assert listener.take(0) == ["2", "3", "4"]
    while feed.wanted:  # the server notices within a beat
        feed.put("more")
        time.sleep(0.01)


def test_the_preview_is_small_mirrored_and_made_for_those_who_watch_alone():
    preview = Preview()
    image = np.zeros((720, 1280, 3), np.uint8)
    image[:, :640] = 255
    preview.write(Frame(image, 0, 0.0, "list"))
    with preview.pictures.listening() as listener:
        assert listener.take(0) == []
        preview.write(Frame(image, 1, 0.0, "list"))
        preview.write(Frame(image, 2, 0.0, "list"))  # too soon
        (picture,) = listener.take(0)
    assert picture.shape == (360, 640, 3)
    assert (picture[0, 0, 0], picture[0, -1, 0]) == (0, 255)


def test_a_preview_can_be_fetched(control):
    preview = control.steered.preview
    done = threading.Event()

    def show():
        while not done.is_set():
            preview.write(Frame(np.full((90, 160, 3), 90, np.uint8), 0, 0.0, "list"))
            time.sleep(0.01)

    thread = threading.Thread(target=show)
    thread.start()
    try:
        status, picture = ask(control, "/preview.jpg")
        connection = http.client.HTTPConnection("127.0.0.1", control.rules.port, timeout=10)
        connection.request("GET", f"/preview.mjpeg?token={TOKEN}")
        stream = connection.getresponse().read(200)
        connection.close()
    finally:
        done.set()
        thread.join()
    assert (status, picture[:2]) == (200, b"\xff\xd8")
    assert stream.startswith(b"--picture\r\ncontent-type: image/jpeg")


def test_a_port_that_is_taken_is_refused_in_words(control):
    with pytest.raises(UsageError, match="another program has it"):
        ControlSocket(Steered(), control.rules.port, TOKEN)


def test_the_token_is_kept_for_its_user_alone(tmp_path):
    path = tmp_path / "folder" / "control-token"
    token = kept_token(path)
    assert kept_token(path) == token
    assert path.stat().st_mode & 0o077 == 0
    path.write_text("short")
    assert kept_token(path) not in ("short", token)
