"""The players: who may talk to the page's server, what it gives, and the window where there is no browser."""

from __future__ import annotations

import http.client
import json
from urllib.parse import urlsplit

import cv2
import numpy as np
import pytest

from realtime.controls import Command, Controls, NamedMark
from realtime.people.neutral import NeutralProfile
from realtime.stimulus import window
from realtime.stimulus.files import read_stimuli
from realtime.stimulus.server import BrowserPlayer
from realtime.stimulus.stage import Programme, Stage
from realtime.stimulus.talk import take
from tests.media import write_clip


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clips")
    frames = [np.full((90, 160, 3), 5 * n, np.uint8) for n in range(50)]
    times = [n / 25 for n in range(50)]
    return [
        write_clip(folder / name, part, times[: len(part)])
        for name, part in (("a.mp4", frames), ("b.mp4", frames[:30]))
    ]


def _stage(clips, seed: int = 3, **how) -> Stage:
    return Stage(Programme(read_stimuli(clips), **how), Controls(), NeutralProfile(), "browser", seed)


class Page:
    """Talks to the server as the page does."""

    def __init__(self, player: BrowserPlayer) -> None:
        self.address = urlsplit(player.address)
        self.connection = http.client.HTTPConnection(self.address.netloc)
        self.origin = f"http://{self.address.netloc}"
        self.cookie = ""

    def ask(self, path: str, body: object = None, **headers: str):
        told = None if body is None else json.dumps(body)
        ours = {"Cookie": self.cookie} | ({"Origin": self.origin} if body is not None else {})
        self.connection.request("GET" if body is None else "POST", path, told, ours | headers)
        answer = self.connection.getresponse()
        return answer, answer.read()

    def enter(self) -> None:
        answer, _ = self.ask(f"/?{self.address.query}")
        assert (answer.status, answer.headers["location"]) == (303, "/")
        self.cookie = answer.headers["set-cookie"].split(";")[0]


def test_the_page_is_for_who_has_the_token_and_gives_clips_in_parts(clips):
    with BrowserPlayer(_stage(clips)) as player:
        page = Page(player)
        for path, body in (("/plan", None), ("/stimulus/1", None), ("/report", {}), ("/?token=wrong", None)):
            assert page.ask(path, body)[0].status == 403, path
        page.enter()
        assert page.ask("/report", {}, Origin="http://elsewhere.example")[0].status == 403
        assert page.ask("/")[0].headers["content-security-policy"].startswith("default-src 'none'")
        plan = json.loads(page.ask("/plan")[1])
        assert sorted(one["name"] for one in plan["stimuli"]) == ["a.mp4", "b.mp4"]
        whole = clips[0].read_bytes()
        assert page.ask("/stimulus/1")[1] == whole
        answer, part = page.ask("/stimulus/1", Range="bytes=10-19")
        assert (answer.status, part, answer.headers["content-range"]) == (
            206,
            whole[10:20],
            f"bytes 10-19/{len(whole)}",
        )
        assert page.ask("/stimulus/1", Range="bytes=-5")[1] == whole[-5:]
        assert page.ask("/stimulus/1", Range=f"bytes={len(whole)}-")[0].status == 416
        for path in ("/stimulus/3", "/stimulus/0", "/../a.mp4", "/stimulus/1/../../x"):
            assert page.ask(path)[0].status == 404


def test_what_the_page_tells_is_taken_in_and_what_is_none_of_it_refused(clips):
    stage = _stage(clips)
    with BrowserPlayer(stage, clock=lambda: 12.5) as player:
        page = Page(player)
        page.enter()
        told = json.loads(page.ask("/report", {"do": "begin"})[1])
        assert (told["now"], told["began"]) == (12.5, True)
        assert json.loads(page.ask("/report", {"do": "begin"})[1])["began"] is False
        items = [["shown", 2, 10.0 + n / 25, n / 25] for n in range(25)] + [["stopped", 11.0, "paused"]]
        page.ask("/report", {"items": items, "error_ms": 0.4, "do": "mark"})
        page.ask("/report", {"items": [["failed", 1, "<b>no</b>"]]})
        for bad in (
            {"items": [["shown", 1, "x", 0]]},
            {"items": [["shown", 1, 1e999, 0]]},
            {"items": [["shown"]]},
            {"items": [["what", 1]]},
            {"items": 3},
            [],
        ):
            assert page.ask("/report", bad)[0].status == 400, bad
        page.ask("/report", {"do": "end"})
    kept = stage.told(10.0)
    assert (kept.stimuli[0].failed, kept.clock_error_ms, kept.played[0].then) == ("<b>no</b>", 0.4, "paused")
    assert stage.at(10.5) == (2, pytest.approx(0.5))
    assert stage._controls.take() == [NamedMark(""), Command.QUIT]
    assert stage.over


def test_a_page_that_has_gone_without_a_word_ends_the_session(clips, monkeypatch, caplog):
    stage = _stage(clips)
    stage.watch()
    assert not stage.over  # nobody has opened it yet
    take(stage, {"do": "begin"})
    stage.watch()
    assert not stage.over
    monkeypatch.setattr("realtime.stimulus.stage._SILENT_S", -1.0)
    stage.watch()
    assert stage.over
    assert "does not answer any more" in caplog.text


def test_the_order_is_drawn_by_a_seed_that_is_kept(clips):
    assert {_stage(clips, seed).told(0).shown for seed in range(9)} == {(1, 2), (2, 1)}
    assert _stage(clips, 5).told(0).shown == _stage(clips, 5).told(0).shown
    given = _stage(clips, order="given").told(0)
    assert (given.shown, given.order, given.seed) == ((1, 2), "given", 3)


def test_without_a_browser_a_window_shows_them_and_tells_when_each_frame_was_seen(clips, monkeypatch, caplog):
    now, keys, screen = [100.0], [13], []

    def serve() -> None:
        now[0] += 0.013
        player.serve()

    monkeypatch.setattr(window, "display_works", lambda: True)
    for name in ("namedWindow", "resizeWindow", "destroyAllWindows"):
        monkeypatch.setattr(cv2, name, lambda *_: None)
    monkeypatch.setattr(cv2, "imshow", lambda _, image: screen.append((now[0], float(image.mean()))))
    monkeypatch.setattr(cv2, "pollKey", lambda: -1)
    monkeypatch.setattr(cv2, "waitKey", lambda _: keys.pop() if keys else -1)
    monkeypatch.setattr(cv2, "getWindowProperty", lambda *_: 1.0)
    stage = _stage(clips, order="given", pause_s=0.5, calibrate=False)
    player = window.WindowPlayer(stage, clock=lambda: now[0])
    assert "without their sound" in caplog.text
    serve()
    assert not stage.begun
    player.pressed(0.01)
    for n in range(400):
        serve()
        if n in (80, 120):  # space pauses, and goes on
            keys.append(32)
            player.pressed(0.01)
    player.close()
    told = [(piece.stimulus, piece.then) for piece in stage.told(0).played]
    assert told == [(1, "paused"), (1, "ended"), (2, "ended")]
    assert stage.over
    seen = [(stage.at(at_s), level) for at_s, level in screen if abs(level - 109) > 1]  # which are the grey cards
    errors = [time_s - level / 5 / 25 for (number, time_s), level in seen if number == 1]
    assert len(errors) > 40
    assert max(map(abs, errors)) < 1 / 25
