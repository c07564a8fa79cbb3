"""Neutral and apex, and what is read of the difference between them."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.errors import InputError
from realtime.people.neutral import TYPICAL
from realtime.records import EMOTIONS, Region
from training.comparison.crowds import crowd, false_faces, per_hour
from training.comparison.differences import (
    METHODS,
    Pair,
    by_app,
    compare_differences,
    difference,
    gain_interval,
    pairs_of,
    sequence,
)
from training.comparison.extremes import extremes, main, neutral_and_apex
from training.comparison.pictures import Pictures
from training.comparison.results import Results


def _answer(**shares):
    rest = (1 - sum(shares.values())) / (len(EMOTIONS) - len(shares))
    return np.array([shares.get(emotion, rest) for emotion in EMOTIONS], np.float32)


def test_neutral_and_apex_are_found_and_one_bad_frame_is_neither():
    rest, smile, bad = _answer(neutral=0.8), _answer(happy=0.9), _answer(fear=0.99)
    way = [(1 - t) * rest + t * smile for t in np.linspace(0, 1, 9)]
    answers = np.stack([rest, rest, bad, rest, rest, rest, rest, *way, smile, smile, smile, smile, smile, *way[::-1]])
    neutral, apex = neutral_and_apex(answers)
    assert neutral in (4, 5, 6)
    assert 16 <= apex <= 20
    assert neutral_and_apex(rest[None]) == (0, 0)


def test_a_resting_face_measured_against_itself_is_typical():
    resting = _answer(sad=0.6, neutral=0.2)
    assert difference(resting, resting, 1.0) == pytest.approx(TYPICAL / TYPICAL.sum(), abs=1e-4)
    assert difference(resting, resting, 0.0) == pytest.approx(resting, abs=1e-4)


def test_the_app_takes_away_what_a_resting_face_shows_too_much_of_and_adds_nothing():
    sullen = _answer(sad=0.6, neutral=0.2)
    assert EMOTIONS[int(by_app(sullen, sullen).argmax())] == "neutral"
    calm, slightly_sad = _answer(neutral=0.95), _answer(neutral=0.55, sad=0.3)
    assert by_app(slightly_sad, calm) == pytest.approx(slightly_sad, abs=1e-3)
    # Shifting to a typical neutral face, as whole differences do, would make them sad.
    assert EMOTIONS[int(difference(slightly_sad, calm, 1.0).argmax())] == "sad"


@pytest.fixture
def faces(portrait, astronaut):
    """Two people: a neutral picture of both, a smile of one."""
    images = [portrait, astronaut[:512, :512], np.roll(portrait, 3, 1)]
    regions = [Region((262.0, 190.0), 200.0), Region((225.0, 120.0), 130.0), Region((265.0, 190.0), 200.0)]
    labels = np.array([EMOTIONS.index(name) for name in ("neutral", "neutral", "happy")])
    return Pictures(images, regions, labels, ["a", "b", "a"])


def test_pairs_are_of_one_person_and_a_sequence_goes_there_and_back(faces):
    assert pairs_of(faces) == [Pair("a", 0, 2)]
    patches = list(sequence(faces, Pair("a", 0, 2), np.random.default_rng(0)))
    assert len(patches) == 23
    assert patches[0].shape == (48, 48)
    assert patches[0].dtype == np.uint8


def test_gains_of_few_people_are_unsure():
    gains = np.array([1.0, 1, 1, 1, -1, -1])
    low, high = gain_interval(gains, np.array(list("aaaabb")))
    assert low < 0 < high
    assert gain_interval(np.zeros(4), np.array(list("abcd"))) == (0, 0)


def test_the_tables_of_natural_faces_and_recordings(faces, tmp_path, tiny_budget, monkeypatch, video):
    from training.comparison.material import Material

    monkeypatch.setattr(Material, "natural_faces", faces)
    material = Material(tiny_budget, tmp_path, tmp_path, natural=tmp_path, recordings=(video,))
    results = Results(tmp_path / "tables", "tiny")
    compare_differences(material, results)
    assert [row["row"] for row in results.rows("differences")] == list(METHODS)
    assert results.rows("differences")[0]["gain"] == "0"
    assert {row["sequences"] for row in results.rows("sequences")} == {"1"}
    (person, _) = results.rows("recordings")
    assert person["frames"] == "12"


@pytest.fixture
def video(tmp_path, portrait):
    """Twelve frames of a portrait."""
    import cv2

    path = tmp_path / "portrait.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 10, (512, 600))
    for _ in range(12):
        writer.write(portrait)
    writer.release()
    return path


def test_recordings_are_looked_through_from_the_command_line(video, capsys):
    (found,) = extremes(video)
    assert found.frames == 12
    assert main([str(video)]) == 0
    assert "12 frames: neutral at" in capsys.readouterr().out
    assert main([str(video.with_name("none.avi"))]) == InputError.exit_code
    assert "none.avi" in capsys.readouterr().err


def test_faces_where_there_are_none_are_counted_with_their_interval(video):
    assert false_faces(video, 0.5) == {"seconds": pytest.approx(0.4), "faces": 1, "frames": 5, "frames with one": 5}
    rate, low, high = per_hour(0, 3600)
    assert (rate, low) == (0, 0)
    assert high == pytest.approx(3.69, abs=0.01)
    assert per_hour(10, 1800)[0] == 20


def test_a_crowd_is_read(tmp_path, tiny_budget):
    from training.comparison.crowds import compare_crowds
    from training.comparison.material import Material

    assert next(iter(crowd(30))).image.shape == (720, 1280, 3)
    results = Results(tmp_path / "tables", "tiny")
    compare_crowds(Material(tiny_budget, tmp_path, tmp_path), results)
    assert [float(row["read"]) for row in results.rows("crowds")] == [1, 2]
