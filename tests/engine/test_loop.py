from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from realtime.controls import GENDER_CHOICES, KEYS, Controls
from realtime.engine.loop import Pipeline, run
from realtime.engine.privacy import Veil
from realtime.engine.stats import STAGES, Figures
from realtime.errors import AssetError
from realtime.packs.pack import find_packs, load_pack
from realtime.records import Frame
from tests.fakes import (
    ListSource,
    Packs,
    RecordingSink,
    ScriptedClassifier,
    ScriptedDetector,
    face,
    frame,
    picture,
    prediction,
    readable,
)


@pytest.fixture(scope="module")
def packs():
    return [load_pack(folder) for folder in find_packs()]


@pytest.fixture
def pipeline(packs):
    def make(faces=lambda n: [face()], answers=lambda call: prediction(), **options):
        return Pipeline(ScriptedDetector(faces), ScriptedClassifier(answers), Packs(packs), **options)

    return make


def _run(pipeline, count=10, keys=None, paced_sink=False, report=None, max_seconds=None, image=None, **source):
    sink = RecordingSink(keys, paced_sink)
    run(ListSource([frame(n, image=image) for n in range(count)], **source), pipeline, sink, report, max_seconds)
    return sink


def test_every_frame_goes_through_in_order_and_is_covered(pipeline):
    sink = _run(pipeline())
    assert [f.index for f in sink.frames] == list(range(10))
    for f in sink.frames:
        assert (f.image[100:140, 140:180] != 128).any(2).mean() > 0.9
        assert (f.image[:20] == 128).all()


def test_the_source_frame_is_never_written_to(pipeline):
    frames = [frame(n) for n in range(3)]
    for f in frames:
        f.image.setflags(write=False)
    sink = RecordingSink()
    run(ListSource(frames), pipeline(), sink)
    assert len(sink.frames) == 3
    assert all((f.image == 128).all() for f in frames)


def test_all_faces_of_a_frame_are_one_batch(pipeline):
    p = pipeline(lambda n: [face(80), face(160), face(240)][: n % 4])
    _run(p, 5)
    assert p.classifier.batches == [0, 1, 2, 3, 0]


def test_every_face_is_covered_and_larger_ones_are_in_front(pipeline):
    near, far = face(150, 120, 100), face(215, 120, 40)
    reports = []
    both = _run(pipeline(lambda n: [near, far]), 1, report=lambda f, r: reports.append(r)).frames[0].image
    alone = _run(pipeline(lambda n: [near]), 1).frames[0].image
    assert len(reports[0]) == 2
    hidden = (alone != 128).any(2)
    edge = (np.abs(both.astype(int) - alone) > 40).any(2) & hidden
    assert edge.sum() < 0.01 * hidden.sum()
    assert (both[120, 238:242] != 128).any()


def test_a_face_that_is_lost_for_a_moment_stays_covered(pipeline):
    sink = _run(pipeline(lambda n: [face()] if n < 5 else []), 60)
    covered = [(f.image != 128).any() for f in sink.frames]
    assert all(covered[:34])
    assert not any(covered[36:])


def test_gender_is_overridden_by_choice_and_key(pipeline):
    p = pipeline(controls=Controls(gender="male"))
    chosen = _run(p, 1).frames[0].image
    auto = _run(pipeline(), 1).frames[0].image
    assert not np.array_equal(chosen, auto)
    p = pipeline()
    _run(p, 10, keys={1: "g"})
    assert p.controls.gender == GENDER_CHOICES[1]


def test_unrelated_pictures_share_nothing(pipeline):
    reports = []
    p = pipeline(answers=lambda call: prediction(["happy", "sad"][call % 2]), stills=True)
    _run(p, 4, report=lambda f, r: reports.append(r), image=readable(), stills=True)
    assert [r[0].emotion for r in reports] == ["happy", "sad"] * 2
    assert [r[0].track for r in reports] == [1, 2, 3, 4]
    assert [len(r) for r in reports] == [1] * 4


def test_quit_ends_at_once_and_max_seconds_in_time(pipeline):
    assert len(_run(pipeline(), 100, keys={3: "q"}).frames) == 3
    assert len(_run(pipeline(), 100, keys={4: "esc"}).frames) == 4
    assert len(_run(pipeline(), 100, max_seconds=0.5).frames) == 15


class _Silent(ListSource):
    """Gives three frames, then nothing for a while, then three more; a camera that is lost and comes back."""

    def __init__(self, silent_s: float):
        super().__init__([frame(n) for n in range(6)], paced=True)
        self._silent_s, self._until_s = silent_s, None

    def read(self):
        if self._next == 3:
            self._until_s = self._until_s or time.monotonic() + self._silent_s
            if time.monotonic() < self._until_s:
                time.sleep(0.01)
                return None
        return super().read()


@pytest.mark.parametrize("strict", [False, True])
def test_a_lost_camera_is_told_with_a_card(pipeline, strict, monkeypatch):
    monkeypatch.setattr("realtime.engine.loop._LOST_S", 0.4)
    sink = RecordingSink()
    run(_Silent(0.8), pipeline(veil=Veil() if strict else None), sink)
    assert sink.cards == ["lost"]
    # Before the card, strict privacy shows its picture; after it, nothing else comes.
    assert (len(sink.frames) > 6) is strict
    assert [f.index for f in sink.frames][-3:] == [3, 4, 5]
    sink = RecordingSink()
    run(_Silent(0.1), pipeline(), sink)
    assert sink.cards == []


def test_a_card_is_shown_while_nobody_watches(pipeline):
    controls = Controls(idle=True)
    sink = RecordingSink()
    run(_Silent(0.2), pipeline(controls=controls), sink)
    assert sink.cards == ["paused"]


def test_cards_have_the_size_of_the_picture_and_need_no_drawing(pipeline, packs):
    held = []
    sink = RecordingSink()
    sink.hold = held.append
    p = pipeline(controls=Controls(idle=True))
    run(_Silent(0.1), p, sink)
    p.wardrobe.packs = [replace(packs[0], cards={})]
    run(_Silent(0.1), p, sink)
    assert [card.image.shape for card in held] == [(240, 320, 3)] * 2
    assert all(card.image.std() > 5 for card in held)


def test_pause_stays_on_the_last_covered_picture(pipeline):
    class Keys(RecordingSink):
        """Presses space after three frames, and again ten polls later."""

        polls = 0

        def keys(self, wait_s):
            if len(self.frames) == 3:
                self.polls += 1
                return ["space"] if self.polls in (1, 10) else []
            return []

    for paced in (False, True):
        sink = Keys()
        run(ListSource([frame(n) for n in range(30)], paced=paced), pipeline(), sink)
        shown = [f.index for f in sink.frames]
        assert shown[:3] == [0, 1, 2]
        assert sink.cards == ["paused"]
        if paced:  # a device goes on meanwhile
            assert shown[3] > 5
        else:
            assert shown == list(range(30))


def test_recorded_frames_are_shown_at_their_pace(pipeline):
    p = pipeline()
    sink = _run(p, 10, paced_sink=True)
    assert 0.2 < sink.waited_s < 0.5
    assert _run(pipeline(), 10, paced_sink=False).waited_s == 0
    assert _run(pipeline(), 10, paced_sink=True, paced=True).waited_s == 0


def test_pictures_in_a_window_stay_until_the_user_quits(pipeline):
    class Impatient(RecordingSink):
        polls = 0

        def keys(self, wait_s):
            self.polls += 1
            return ["q"] if self.polls > 40 else []

    sink = Impatient(paced=True)
    run(ListSource([frame(0)], stills=True), pipeline(stills=True), sink)
    assert (len(sink.frames), sink.polls) == (1, 41)


def test_an_error_of_a_stage_is_not_swallowed(pipeline):
    class Broken(ScriptedClassifier):
        def predict(self, patches):
            raise AssetError("model")

    p = pipeline()
    p.classifier = Broken()
    with pytest.raises(AssetError, match="model"):
        _run(p, 3)


def test_odd_frames_go_through(pipeline):
    for shape in ((1, 1, 3), (7, 300, 3), (301, 5, 3)):
        sink = RecordingSink()
        run(ListSource([Frame(np.zeros(shape, np.uint8), 0, 0.0, "odd")]), pipeline(), sink)
        assert sink.frames[0].image.shape == shape


def test_figures(pipeline):
    p = pipeline(lambda n: [face(80), face(240)] if n < 6 else [])
    _run(p, 10)
    figures = p.figures
    assert (figures.processed, figures.dropped, figures.faces) == (10, 0, 12)
    percentiles = figures.percentiles()
    assert set(percentiles) == {*STAGES, "total"}
    assert all(0 < p50 <= p95 for p50, p95 in percentiles.values())
    parts = sum(percentiles[stage][0] for stage in STAGES)
    assert parts < 1.5 * percentiles["total"][0]
    assert "10 read, 10 processed, 0 dropped. Faces: 12." in figures.summary()
    assert len(figures.caption()) == 2
    assert figures.fps > 0
    assert Figures().summary().startswith("Frames: 0 read")
    assert Figures().fps == 0


def test_keys():
    controls = Controls()
    for key in "mfhxgn":
        controls.press(key)
    assert (controls.mirror, controls.figures, controls.help, controls.gender) == (
        False,
        True,
        True,
        "female",
    )
    assert controls.take_requests() == ("forget", "next pack")
    assert not controls.quit
    for key in KEYS:
        Controls().press(key)


def test_another_pack_is_worn_from_the_next_frame_on(pipeline):
    p = pipeline()
    sink = _run(p, 20, {10: "n"})
    assert p.wardrobe.asked == ["next pack"]
    assert np.array_equal(sink.frames[0].image, sink.frames[9].image)
    assert not np.array_equal(sink.frames[9].image, sink.frames[-1].image)


def test_keys_ask_for_what_the_next_frame_does(pipeline):
    p = pipeline()
    _run(p, 6, {1: "s", 2: "l", 3: "c", 5: "x"})
    assert p.wardrobe.asked == ["next skin", "reload"]
    assert p.neutral.notice == ""


def test_no_faces_no_change(pipeline):
    sink = _run(pipeline(lambda n: []), 3)
    assert all((f.image == picture()).all() for f in sink.frames)
