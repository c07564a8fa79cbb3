from __future__ import annotations

import threading
import time
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from realtime.controls import GENDER_CHOICES, KEYS, Command, Controls, State, command_of
from realtime.engine import loop
from realtime.engine.stats import STAGES, Stats
from realtime.errors import AssetError
from realtime.packs.pack import find_packs, load_pack
from realtime.records import Frame
from tests.fakes import (
    ListSource,
    RecordingOutputs,
    RunParts,
    ScriptedClassifier,
    ScriptedDetector,
    face,
    frame,
    picture,
    prediction,
    readable,
    reading,
)


@pytest.fixture(scope="module")
def packs():
    return [load_pack(folder) for folder in find_packs()]


@pytest.fixture
def parts(packs):
    def make(faces=lambda n: [face()], answers=lambda call: prediction(), classifier=None, **given):
        return RunParts(packs, ScriptedDetector(faces), classifier or ScriptedClassifier(answers), **given)

    return make


def _run(parts, count=10, keys=None, paced_output=False, report=None, max_seconds=None, image=None, **source):
    outputs = RecordingOutputs(keys, paced_output)
    frames = [frame(n, image=image) for n in range(count)]
    return parts.run(ListSource(frames, **source), outputs, report, max_seconds)


def test_every_frame_goes_through_in_order_and_is_covered(parts):
    outputs = _run(parts())
    assert [f.index for f in outputs.frames] == list(range(10))
    for f in outputs.frames:
        assert (f.image[100:140, 140:180] != 128).any(2).mean() > 0.9
        assert (f.image[:20] == 128).all()


def test_the_source_frame_is_never_written_to(parts):
    frames = [frame(n) for n in range(3)]
    for f in frames:
        f.image.setflags(write=False)
    outputs = parts().run(ListSource(frames), RecordingOutputs())
    assert len(outputs.frames) == 3
    assert all((f.image == 128).all() for f in frames)


def test_all_faces_of_a_frame_are_one_batch(parts):
    p = parts(lambda n: [face(80), face(160), face(240)][: n % 4])
    _run(p, 5)
    assert p.classifier.batches == [0, 1, 2, 3, 0]


def test_every_face_is_covered_and_larger_ones_are_in_front(parts):
    near, far = face(150, 120, 100), face(215, 120, 40)
    reports = []
    both = _run(parts(lambda n: [near, far]), 1, report=lambda f, r: reports.append(r)).frames[0].image
    alone = _run(parts(lambda n: [near]), 1).frames[0].image
    assert len(reports[0]) == 2
    hidden = (alone != 128).any(2)
    edge = (np.abs(both.astype(int) - alone) > 40).any(2) & hidden
    assert edge.sum() < 0.01 * hidden.sum()
    assert (both[120, 238:242] != 128).any()


def test_a_face_that_is_lost_for_a_moment_stays_covered(parts):
    outputs = _run(parts(lambda n: [face()] if n < 5 else []), 60)
    covered = [(f.image != 128).any() for f in outputs.frames]
    assert all(covered[:34])
    assert not any(covered[36:])


def test_gender_is_overridden_by_choice_and_key(parts):
    p = parts(state=State(gender="male"))
    chosen = _run(p, 1).frames[0].image
    auto = _run(parts(), 1).frames[0].image
    assert not np.array_equal(chosen, auto)
    p = parts()
    _run(p, 10, keys={1: "g"})
    assert p.controls.state.gender == GENDER_CHOICES[1]


def test_unrelated_pictures_share_nothing(parts):
    reports = []
    p = parts(answers=lambda call: prediction(["happy", "sad"][call % 2]), stills=True)
    _run(p, 4, report=lambda f, r: reports.append(r), image=readable(), stills=True)
    assert [r[0].emotion for r in reports] == ["happy", "sad"] * 2
    assert [r[0].track for r in reports] == [1, 2, 3, 4]
    assert [len(r) for r in reports] == [1] * 4


def test_quit_ends_at_once_and_max_seconds_in_time(parts):
    assert len(_run(parts(), 100, keys={3: "q"}).frames) == 3
    assert len(_run(parts(), 100, keys={4: "esc"}).frames) == 4
    assert len(_run(parts(), 100, max_seconds=0.5).frames) == 15


class _Silent(ListSource):
    """Gives three frames, then nothing for a while, then three more; a camera that is lost and comes back."""

    def __init__(self, silent_s: float, idle=False):
        super().__init__([frame(n) for n in range(6)], paced=True)
        self._silent_s, self._until_s, self._idle = silent_s, None, idle

    def read(self):
        if self._next == 3:
            self._until_s = self._until_s or time.monotonic() + self._silent_s
            if time.monotonic() < self._until_s:
                self.idle = self._idle
                time.sleep(0.01)
                return None
        self.idle = False
        return super().read()


@pytest.mark.parametrize("strict", [False, True])
def test_a_lost_camera_is_told_with_a_card(parts, strict, monkeypatch):
    monkeypatch.setattr("realtime.engine.loop._LOST_S", 0.4)
    outputs = parts(strict=strict).run(_Silent(0.8), RecordingOutputs())
    assert [card.source for card in outputs.cards] == ["lost"]
    # Before the card, strict privacy shows its picture; after it, nothing else comes.
    assert (len(outputs.frames) > 6) is strict
    assert [f.index for f in outputs.frames][-3:] == [3, 4, 5]
    assert parts().run(_Silent(0.1), RecordingOutputs()).cards == []


def test_a_camera_is_not_told_as_lost_because_the_machine_slept(parts, monkeypatch):
    class Sleeps(ListSource):
        """Gives three frames; then the program stands for a while, and the next frame is not there at once."""

        silent = 0

        def read(self):
            if self._next == 3 and self.silent < 5:
                self.silent += 1
                time.sleep(1.0 if self.silent == 1 else 0.01)
                return None
            return super().read()

    monkeypatch.setattr("realtime.engine.loop._LOST_S", 0.4)
    outputs = parts().run(Sleeps([frame(n) for n in range(6)], paced=True), RecordingOutputs())
    assert outputs.cards == []
    assert [f.index for f in outputs.frames] == list(range(6))


def test_a_camera_whose_picture_stands_still_is_told_in_the_stats(parts):
    for paced, told in ((True, ["the camera's picture stands still"]), (False, [])):  # a video may well stand
        p = parts(lambda n: [])
        _run(p, 80, paced=paced)
        assert p.stats.notes == told


def test_a_card_is_shown_while_nobody_watches(parts):
    outputs = parts().run(_Silent(0.2, idle=True), RecordingOutputs())
    assert [card.source for card in outputs.cards] == ["paused"]


def test_cards_have_the_size_of_the_picture_and_need_no_drawing(parts, packs):
    p = parts()
    held = p.run(_Silent(0.1, idle=True), RecordingOutputs()).cards
    p.library.packs = [replace(packs[0], cards={})]
    held += p.run(_Silent(0.1, idle=True), RecordingOutputs()).cards
    assert [card.image.shape for card in held] == [(240, 320, 3)] * 2
    assert all(card.image.std() > 5 for card in held)


def test_pause_stays_on_the_last_covered_picture(parts):
    class Keys(RecordingOutputs):
        """Presses space after three frames, and again ten polls later."""

        polls = 0

        def keys(self, wait_s):
            if len(self.frames) == 3:
                self.polls += 1
                return ["space"] if self.polls in (1, 10) else []
            return []

    for paced, strict in ((False, False), (True, False), (False, True), (True, True)):
        outputs = parts(strict=strict).run(ListSource([frame(n) for n in range(30)], paced=paced), Keys())
        shown = [f.index for f in outputs.frames]
        assert shown[:3] == [0, 1, 2]
        assert [card.source for card in outputs.cards] == ["paused"]
        if paced:  # a device goes on meanwhile
            assert shown[3] > 5
        else:
            assert shown == list(range(30))


class ClockOutputs(RecordingOutputs):
    """A clock that only waiting moves, so that a busy machine changes nothing; tells when each frame came."""

    def __init__(self, paced):
        super().__init__(paced=paced)
        self.came_s = []

    def write(self, frame):
        super().write(frame)
        self.came_s.append(self.waited_s)

    def keys(self, wait_s):
        self.waited_s += wait_s
        return []


def test_recorded_frames_are_shown_at_their_pace(parts, monkeypatch):
    def shown(paced_output, paced_source=False):
        outputs = ClockOutputs(paced_output)
        clock = SimpleNamespace(monotonic=lambda: outputs.waited_s, perf_counter=time.perf_counter)
        monkeypatch.setattr(loop, "time", clock)
        return parts().run(ListSource([frame(n) for n in range(10)], paced=paced_source), outputs)

    assert shown(paced_output=True).came_s == pytest.approx([n / 30 for n in range(10)])
    assert shown(paced_output=False).waited_s == 0
    assert shown(paced_output=True, paced_source=True).waited_s == 0


def test_pictures_in_a_window_stay_until_the_user_quits(parts):
    class Impatient(RecordingOutputs):
        polls = 0

        def keys(self, wait_s):
            self.polls += 1
            return ["q"] if self.polls > 40 else []

    outputs = parts(stills=True).run(ListSource([frame(0)], stills=True), Impatient(paced=True))
    assert (len(outputs.frames), outputs.polls) == (1, 41)


def test_an_error_of_a_stage_is_not_swallowed(parts):
    class Broken(ScriptedClassifier):
        def predict(self, patches):
            raise AssetError("model", "Try again.")

    with pytest.raises(AssetError, match="model"):
        _run(parts(classifier=Broken()), 3)


def test_odd_frames_go_through(parts):
    for shape in ((1, 1, 3), (7, 300, 3), (301, 5, 3)):
        outputs = parts().run(ListSource([Frame(np.zeros(shape, np.uint8), 0, 0.0, "odd")]), RecordingOutputs())
        assert outputs.frames[0].image.shape == shape


def test_stats(parts):
    p = parts(lambda n: [face(80), face(240)] if n < 6 else [])
    _run(p, 10)
    stats = p.stats
    assert (stats.processed, stats.dropped, stats.faces) == (10, 0, 12)
    percentiles = stats.percentiles()
    stages = [stage for stage in STAGES if stage != "move"]  # nobody wanted to know how faces move
    assert set(percentiles) == {*stages, "total"}
    assert all(0 < p50 <= p95 for p50, p95 in percentiles.values())
    parts = sum(percentiles[stage][0] for stage in stages)
    assert parts < 1.5 * percentiles["total"][0]
    assert "10 read, 10 processed, 0 dropped. Faces: 12." in stats.summary()
    assert len(stats.caption()) == 2
    assert stats.fps > 0
    assert Stats().summary().startswith("Frames: 0 read")
    assert Stats().fps == 0


def test_keys(parts):
    """Every key means a command, and every command is obeyed; those that change the state change nothing else."""
    p = parts()
    _run(p, 10, dict(enumerate("mfhg", start=1)))
    state = p.controls.state
    assert (state.mirror, state.stats, state.help, state.gender) == (False, True, True, "female")
    _run(p, 10, dict(enumerate("mfhg", start=1)))
    assert (p.controls.state.mirror, p.controls.state.gender) == (True, "male")
    assert {command for command, _ in KEYS.values()} == set(Command)
    assert command_of("esc") is Command.QUIT
    assert command_of("z") is None
    for command in Command:
        q = parts()
        for _ in range(2 if command is Command.PAUSE else 1):  # else it would wait for the second
            q.controls.send(command)
        assert len(_run(q, 3).frames) == (0 if command is Command.QUIT else 3), command


def test_a_held_expression_is_shown_until_it_is_let_go_and_told_in_the_figures(parts):
    p = parts()
    _run(p, 6, {2: "5"})
    assert p.controls.state.held == "sad"
    assert "held: sad   (0 lets go)" in p.stats.caption()
    _run(p, 6, {2: "0"})
    assert p.controls.state.held == ""
    assert not any("held" in line for line in p.stats.caption())


def test_only_the_main_face_is_held():
    small, large = reading(track=1, size=40), reading(track=2, size=90)
    assert [one.emotion for one in loop.held([small, large], "sad")] == ["happy", "sad"]
    assert loop.held([small, large], "") == [small, large]
    assert loop.held([], "sad") == []


def test_keys_let_emoji_move_or_not(parts):
    p = parts()
    _run(p, 6, {2: "a"})
    assert not p.controls.state.alive


class _Marks:
    """Stands for a report: keeps marks by their time."""

    notice = "Marked."

    def __init__(self):
        self.kept: dict[float, str] = {}

    def mark(self, word="", time_s=None):
        at = float(len(self.kept)) if time_s is None else time_s
        self.kept[at] = word
        return at


def test_moments_are_marked_and_get_the_word_that_follows(parts):
    p, marks = parts(), _Marks()
    p.marks = marks
    outputs = RecordingOutputs({2: "e", 4: "e"})
    write = outputs.write

    def watching(shown):
        if len(outputs.frames) == 5:
            assert p.controls.state.marking
            p.controls.name_mark("joke")
        if len(outputs.frames) == 7:
            p.controls.mark("from elsewhere")
        write(shown)

    outputs.write = watching
    p.run(ListSource([frame(n) for n in range(8)]), outputs)
    assert marks.kept == {0.0: "", 1.0: "joke", 2.0: "from elsewhere"}
    assert not p.controls.state.marking
    assert p.controls.state.notice == "Marked."


def test_commands_come_from_any_thread_and_none_is_lost(parts):
    controls = Controls()
    threads = [threading.Thread(target=lambda: [controls.send(Command.MIRROR) for _ in range(500)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert controls.take() == [Command.MIRROR] * 2000
    assert controls.take() == []
    assert not controls.quitting
    controls.send(Command.QUIT)
    assert controls.quitting


def test_nothing_piles_up_while_no_trace_is_written(parts):
    p = parts()
    for _ in range(1000):
        p.controls.send(Command.MIRROR)
    _run(p, 3)
    assert p.controls.take() == []


def test_another_pack_is_shown_from_the_next_frame_on(parts):
    p = parts()
    outputs = _run(p, 20, {10: "n"})
    assert p.library.asked == ["next pack"]
    assert np.array_equal(outputs.frames[0].image, outputs.frames[9].image)
    assert not np.array_equal(outputs.frames[9].image, outputs.frames[-1].image)


def test_keys_ask_for_what_the_next_frame_does(parts):
    p = parts()
    _run(p, 6, {1: "s", 2: "l", 3: "c", 5: "x"})
    assert p.library.asked == ["next skin", "reload"]
    assert p.reader.people.profile.notice == ""


def test_no_faces_no_change(parts):
    outputs = _run(parts(lambda n: []), 3)
    assert all((f.image == picture()).all() for f in outputs.frames)
