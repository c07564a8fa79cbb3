"""Frames of a file that are passed over while nobody moves much."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.engine.analysis import About, Analysis
from realtime.engine.analyst import Collector, FirstPass
from realtime.engine.reader import FaceReader
from tests.fakes import ListSource, ScriptedClassifier, ScriptedDetector, face, frame, prediction, readable

FPS = 30


class _NoCuts:
    def is_cut(self, image: np.ndarray) -> bool:
        return False


def _analysed(place, count: int, fps: float = FPS) -> tuple[Analysis, list[int]]:
    """Look at somebody who is at a place in each frame, None where they are not; return also where was looked."""
    looked: list[int] = []

    def faces(index: int):
        looked.append(index)
        return [] if place(index) is None else [face(*place(index))]

    collector = Collector()
    reader = FaceReader(
        ScriptedDetector(faces),
        ScriptedClassifier(lambda call: prediction()),
        cuts=_NoCuts(),
        load=collector.looks,
        recorder=collector,
    )
    source = ListSource([frame(n, n / fps, readable(640, 360)) for n in range(count)])
    return FirstPass(source, reader, collector)(About("list", "0" * 64, fps, "1")), looked


def test_every_third_frame_of_a_calm_face_is_looked_at_and_none_is_missing():
    analysis, looked = _analysed(lambda n: (300 + n, 180, 100), 31)
    assert len(looked) < 14
    (track,) = analysis.tracks
    assert [one.at for one in track.seen] == list(range(31))
    centers = [one.face.region.center[0] for one in track.seen]
    assert np.diff(centers)[: looked[-1]] == pytest.approx(1, abs=0.02)
    assert all(one.prediction is not None for one in track.seen)


@pytest.mark.parametrize(
    ("place", "fps"),
    [
        (lambda n: (150 + 6 * n, 180, 100), FPS),  # who moves
        (lambda n: (300, 180, 100), 12),  # few frames a second
    ],
)
def test_every_frame_is_looked_at_where_one_would_be_missed(place, fps):
    _, looked = _analysed(place, 31, fps)
    assert looked == list(range(31))


def test_who_starts_in_a_frame_that_was_passed_over_is_hidden_wherever_they_were():
    analysis, looked = _analysed(lambda n: (300 + 20 * max(n - 20, 0), 180, 100), 30)
    (track,) = analysis.tracks
    assert sum(one.at not in looked for one in track.seen if one.at > 19) <= 2
    for one in track.seen:
        true = face(300 + 20 * max(one.at - 20, 0), 180, 100).region
        away = abs(one.face.region.center[0] - true.center[0])
        assert one.face.region.size_px >= true.size_px + 2 * away - 0.1


def test_who_is_lost_is_looked_for_in_every_frame():
    _, looked = _analysed(lambda n: None if 12 <= n < 20 else (300, 180, 100), 30)
    assert set(range(13, 21)) <= set(looked)
