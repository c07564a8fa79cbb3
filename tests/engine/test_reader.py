"""From frames to readings: first frames, cuts, and what becomes of faces that are not confirmed."""

from __future__ import annotations

import logging

import numpy as np
import pytest

from realtime.engine.painter import Painter
from realtime.engine.reader import FaceReader
from realtime.records import Frame, Landmarks
from tests.fakes import Packs, ScriptedClassifier, ScriptedDetector, face, frame, picture

YES = Landmarks(center=(160, 120), radii=(40, 50))


class _Finder:
    """Finds what it is told, and keeps what it was told to be known."""

    def __init__(self, faces):
        self.faces = faces
        self.known = []

    def detect(self, frame, known=None):
        self.known.append(known)
        return self.faces(frame.index)


class _Verifier:
    def __init__(self, says=lambda region: YES):
        self.says = says
        self.asked = 0

    def look(self, image, region):
        self.asked += 1
        return self.says(region)


class _Cuts:
    def __init__(self, *at):
        self.at = at
        self.index = -1

    def is_cut(self, image):
        self.index += 1
        return self.index in self.at


def _reader(faces, says=lambda region: YES, cuts=(), **given):
    finder, verifier = _Finder(faces), _Verifier(says)
    reader = FaceReader(finder, ScriptedClassifier(), verifier=verifier, cuts=_Cuts(*cuts), **given)
    return reader, finder, verifier


def test_of_the_first_frame_nothing_is_known_then_who_was_seen():
    reader, finder, _ = _reader(lambda n: [face()])
    for n in range(3):
        assert len(reader.read(frame(n))) == 1
    assert finder.known[0] is None
    assert [region.center for region in finder.known[1]] == [face().region.center]


def test_after_a_cut_nothing_is_known_and_everybody_is_new():
    reader, finder, verifier = _reader(lambda n: [face()], cuts=[2])
    tracks = [reader.read(frame(n))[0].track for n in range(4)]
    assert tracks == [1, 1, 2, 2]
    assert finder.known[2] is None
    assert verifier.asked == 2


def test_somebody_of_before_a_cut_is_not_looked_for_after_it():
    reader, _, _ = _reader(lambda n: [face()] if n < 2 else [], cuts=[2])
    assert [len(reader.read(frame(n))) for n in range(4)] == [1, 1, 0, 0]


def test_after_a_gap_nothing_is_known():
    reader, finder, _ = _reader(lambda n: [face()])
    for n, time_s in enumerate((0.0, 0.1, 5.0, 4.0)):
        reader.read(frame(n, time_s))
    assert [known is None for known in finder.known] == [True, False, True, True]


def test_many_faces_are_all_hidden_in_the_first_frame_and_confirmed_soon():
    crowd = [face(100 + 60 * n, 100 + 90 * m, 40) for n in range(10) for m in range(3)]
    reader, _, verifier = _reader(lambda n: crowd)
    readings = reader.read(frame(0))
    assert len(readings) + sum(suspect.likely for suspect in reader.suspects) == 30
    assert verifier.asked == len(readings) == 12
    for n in range(1, 12):
        readings = reader.read(frame(n))
    assert len(readings) == 30
    assert reader.suspects == ()


def test_what_is_no_face_is_neither_read_nor_classified():
    reader, _, _ = _reader(lambda n: [face(score=0.6)], says=lambda region: None)
    for n in range(10):
        assert reader.read(frame(n)) == []
    assert [suspect.likely for suspect in reader.suspects] == [False]
    assert reader._classifier.batches == [0] * 10


def test_in_a_still_everybody_is_asked_about():
    crowd = [face(100 + 60 * n, 100 + 90 * m, 40) for n in range(10) for m in range(3)]
    reader, _, _ = _reader(lambda n: crowd, stills=True)
    assert len(reader.read(frame(0))) == 30


def test_a_verifier_that_fails_is_told_of_once_and_faces_stay_covered(caplog):
    def fail(region):
        raise RuntimeError("out of memory")

    reader, _, verifier = _reader(lambda n: [face()], says=fail)
    with caplog.at_level(logging.WARNING):
        assert [len(reader.read(frame(n))) for n in range(3)] == [1, 1, 1]
    assert verifier.asked == 1
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    caplog.clear()


def test_a_picture_that_never_changes_is_read_all_the_same():
    reader, _, _ = _reader(lambda n: [face()])
    image = np.full((240, 320, 3), 128, np.uint8)
    assert [len(reader.read(frame(n, image=image))) for n in range(60)] == [1] * 60


@pytest.mark.parametrize(
    ("image", "told"),
    [
        (None, "NoneType"),
        ([[[1, 2, 3]]], "list"),
        (np.zeros((0, 0, 3), np.uint8), r"uint8 \(0, 0, 3\)"),
        (np.zeros((24, 0, 3), np.uint8), r"uint8 \(24, 0, 3\)"),
        (np.zeros((24, 32), np.uint8), r"uint8 \(24, 32\)"),
        (np.zeros((24, 32, 1), np.uint8), r"uint8 \(24, 32, 1\)"),
        (np.zeros((24, 32, 4), np.uint8), r"uint8 \(24, 32, 4\)"),
        (np.zeros((1, 24, 32, 3), np.uint8), r"uint8 \(1, 24, 32, 3\)"),
        (np.zeros((24, 32, 3), np.uint16), r"uint16 \(24, 32, 3\)"),
        (np.full((24, 32, 3), np.nan, np.float32), r"float32 \(24, 32, 3\)"),
        (np.zeros((1, 40_000, 3), np.uint8), r"uint8 \(1, 40000, 3\)"),
    ],
)
def test_what_is_no_picture_is_refused_at_the_door_by_its_shape_and_type(image, told):
    """And nothing is remembered of it: the next frame is read as if it had not been."""
    reader = FaceReader(ScriptedDetector(lambda n: [face()]), ScriptedClassifier())
    painter = Painter(Packs([]))
    given = Frame(image, 0, 0.0, "test")
    for take in (lambda: reader.read(given), lambda: painter.paint(given, [])):
        with pytest.raises(ValueError, match=rf"uint8 \(H, W, 3\) in BGR.* not .*{told}"):
            take()
    assert len(reader.read(frame())) == 1


def test_pictures_of_any_memory_layout_are_read():
    reader = FaceReader(ScriptedDetector(lambda n: [face()]), ScriptedClassifier())
    locked = picture()
    locked.setflags(write=False)
    for image in (picture()[:, ::-1], picture()[::2, ::2], picture()[..., ::-1], np.asfortranarray(picture()), locked):
        assert len(reader.read(frame(image=image))) == 1


@pytest.mark.parametrize("time_s", [float("nan"), float("inf")])
def test_a_frame_without_a_time_is_refused(time_s):
    reader = FaceReader(ScriptedDetector(lambda n: [face()]), ScriptedClassifier())
    with pytest.raises(ValueError, match="finite number of seconds"):
        reader.read(frame(time_s=time_s))
