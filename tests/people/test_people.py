"""Stories over time for tracking and smoothing, at 30 frames a second unless said otherwise."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from realtime.faces.quality import hint
from realtime.people.assignment import assignment
from realtime.people.one_euro import OneEuro
from realtime.people.smoothing import Smoother
from realtime.people.steadiness import Steadiness
from realtime.people.tracker import Tracker, appearance
from realtime.records import EMOTIONS, Prediction
from tests.fakes import face, prediction, sighting


def _track(story, fps=30.0, trust=False):
    """Run a tracker over lists of faces; return the ids of each frame. trust: whether they are all people."""
    tracker, told = Tracker(), []
    for n, faces in enumerate(story):
        told.append(tracker.update(faces, n / fps))
        for track in told[-1] if trust else ():
            tracker.trust(track)
    return told


class _Story:
    """One person before a scripted model; keeps the readings."""

    def __init__(self, fps: float = 30.0, steadiness: Steadiness | None = None):
        self.smoother = Smoother(steadiness or Steadiness())
        self.fps = fps
        self.frame = 0
        self.readings = []

    def show_hint(self, seconds: float, guess, hint: str):
        """Show what can't be read well."""
        for _ in range(max(round(seconds * self.fps), 1)):
            self.readings.append(self.smoother.seen(sighting(face(), guess, hint=hint), self.frame / self.fps))
            self.frame += 1
        return self.readings[-1]

    def show(self, seconds: float, guess=None, **where):
        """Show a face and a prediction for so long; where: values, or functions of the frame number."""
        for _ in range(max(round(seconds * self.fps), 1)):
            placed = {k: v(self.frame) if callable(v) else v for k, v in where.items()}
            said = guess(self.frame) if callable(guess) else guess or prediction()
            self.readings.append(self.smoother.seen(sighting(face(**placed), said), self.frame / self.fps))
            self.frame += 1
        return self.readings[-1]


# ---- who is who


def test_ids_are_stable_while_faces_move():
    story = [[face(100 + 8 * n, 120), face(500 - 8 * n, 320)] for n in range(40)]
    assert _track(story) == [[1, 2]] * 40


def test_ids_do_not_depend_on_the_order_of_the_detections():
    story = [[face(100, 100), face(300, 100)][:: 1 if n % 2 else -1] for n in range(10)]
    assert [sorted(ids) for ids in _track(story)] == [[1, 2]] * 10
    assert _track(story)[0] == [1, 2]
    assert _track(story)[1] == [2, 1]


def test_two_faces_that_cross_keep_their_ids():
    """They pass each other at a small distance, each moving on as it did."""
    story = [[face(100 + 10 * n, 100, 80), face(700 - 10 * n, 150, 80)] for n in range(60)]
    assert _track(story)[-1] == [1, 2]


@pytest.mark.parametrize("fps", [10.0, 30.0, 60.0])
def test_a_short_occlusion_keeps_the_id_and_a_long_one_does_not(fps):
    for seconds, ids in ((0.8, [1]), (1.3, [2])):
        story = [[face()]] * 5 + [[]] * round(seconds * fps) + [[face()]]
        assert _track(story, fps, trust=True)[-1] == ids


def test_what_may_be_no_face_is_followed_for_a_shorter_time():
    for seconds, ids in ((0.4, [1]), (0.8, [2])):
        assert _track([[face()]] * 5 + [[]] * round(seconds * 30) + [[face()]])[-1] == ids


def test_a_new_person_far_away_or_of_another_size_is_somebody_else():
    assert _track([[face(100, 100)], [face(400, 100)]])[-1] == [2]
    assert _track([[face(100, 100, 50)], [face(100, 100, 150)]])[-1] == [2]


def test_a_missing_face_is_expected_where_its_movement_takes_it():
    tracker = Tracker()
    for n in range(10):
        tracker.update([face(100 + 6 * n, 120)], n / 30)
        tracker.trust(1)
    tracker.update([], 10 / 30)
    expected = tracker.missing(10 / 30)[1]
    assert abs(expected[0] - (face(160, 120).region.center[0])) < 4
    tracker.update([], 1.5)
    assert tracker.missing(1.5) == {}


def test_forgotten_faces_are_new():
    tracker = Tracker()
    assert tracker.update([face()], 0.0) == [1]
    tracker.forget()
    assert tracker.missing(0.0) == {}
    assert tracker.update([face()], 1.0) == [2]


def test_the_assignment_is_the_cheapest_there_is():
    rng = np.random.default_rng(3)
    for _ in range(200):
        costs = rng.random(rng.integers(1, 5, 2))
        short, long = sorted(costs.shape)
        wide = costs if costs.shape[0] == short else costs.T
        cheapest = min(sum(wide[i, j] for i, j in enumerate(way)) for way in itertools.permutations(range(long), short))
        pairs = assignment(costs)
        assert len(pairs) == short
        assert sum(costs[pair] for pair in pairs) == pytest.approx(cheapest)


def test_no_face_takes_a_track_that_another_needs():
    """Both are nearest to the same track; the better pairing gives everybody one."""
    tracker = Tracker()
    assert tracker.update([face(100, 100), face(160, 100)], 0.0) == [1, 2]
    assert tracker.update([face(125, 100), face(85, 100)], 1 / 30) == [2, 1]


def test_people_who_change_places_unseen_are_known_by_their_appearance():
    rng = np.random.default_rng(0)
    one, other = (appearance(rng.integers(0, 256, (48, 48), dtype=np.uint8)) for _ in range(2))
    tracker = Tracker()
    for n in range(10):
        tracker.update([face(100, 100), face(160, 100)], n / 30, [one, other])
    assert tracker.update([face(100, 100), face(160, 100)], 0.6, [other, one]) == [2, 1]


def test_two_who_are_taken_for_each_other_while_half_hidden_are_told_apart_again():
    rng = np.random.default_rng(0)
    one, other = (appearance(rng.integers(0, 256, (48, 48), dtype=np.uint8)) for _ in range(2))
    half = appearance(rng.integers(0, 256, (48, 48), dtype=np.uint8))
    tracker = Tracker()
    left, right = face(200, 200), face(400, 200)
    assert tracker.update([left, right], 0, [one, other]) == [1, 2]
    assert tracker.update([left, right], 0.1, [half, half]) == [1, 2]
    for n in range(3):  # they have changed places meanwhile
        assert tracker.update([left, right], 0.2 + n / 30, [other, one]) == [2, 1]


def test_whose_looks_tell_nothing_stay_who_they_are():
    rng = np.random.default_rng(0)
    one, other, third = (appearance(rng.integers(0, 256, (48, 48), dtype=np.uint8)) for _ in range(3))
    tracker = Tracker()
    left, right = face(200, 200), face(400, 200)
    tracker.update([left, right], 0, [one, other])
    assert tracker.update([left, right], 0.1, [third, one]) == [1, 2]


def test_somebody_who_leaves_at_the_border_and_comes_back_is_the_same():
    own = appearance(np.random.default_rng(0).integers(0, 256, (48, 48), dtype=np.uint8))
    tracker = Tracker()
    for n in range(12):
        tracker.update([face(200 - 15 * n)], n / 30, [own])
        tracker.trust(1)
    for n in range(12, 34):
        tracker.update([], n / 30)
    assert tracker.update([face(20)], 34 / 30, [own]) == [1]


def test_appearances_do_not_depend_on_the_light():
    patch = np.random.default_rng(0).integers(0, 200, (48, 48), dtype=np.uint8)
    assert appearance(patch) @ appearance(patch // 2 + 20) > 0.99
    assert appearance(patch).shape == (144,)
    assert np.isfinite(appearance(np.zeros((48, 48), np.uint8))).all()


def test_what_is_not_sure_keeps_somebody_in_view():
    unsure = replace(face(165), sure=False)
    assert _track([[face()], [unsure], [unsure], [face()]]) == [[1]] * 4
    far = replace(face(230), sure=False)
    assert _track([[face()], [far]]) == [[1], [2]]


# ---- which emotion


def test_the_first_frame_says_what_the_model_says():
    reading = _Story().show(0, prediction("fear", 0.6))
    assert reading.emotion == "fear"
    assert np.array_equal(reading.prediction.emotions, prediction("fear", 0.6).emotions)


def test_one_odd_frame_changes_nothing():
    story = _Story()
    story.show(1, prediction("happy"))
    story.show(0, prediction("angry", 0.99))
    story.show(1, prediction("happy"))
    assert {r.emotion for r in story.readings} == {"happy"}
    assert story.readings[30].raw.emotions.argmax() == EMOTIONS.index("angry")


@pytest.mark.parametrize("fps", [8.0, 15.0, 30.0, 60.0])
def test_a_lasting_change_shows_soon_at_every_frame_rate(fps):
    story = _Story(fps)
    story.show(1, prediction("neutral", 0.8))
    changed = len(story.readings)
    story.show(1, prediction("surprise", 0.8))
    when = next(n for n, r in enumerate(story.readings) if r.emotion == "surprise")
    assert (when - changed) / fps <= 0.3 + 1 / fps


def test_a_face_between_two_emotions_does_not_flicker():
    rng = np.random.default_rng(3)

    def torn(_):
        emotions = prediction("sad", 0.4).emotions
        emotions[EMOTIONS.index("neutral")] = 0.4 + rng.normal(0, 0.1)
        return Prediction(emotions / emotions.sum(), prediction().genders)

    story = _Story()
    story.show(60, torn)
    assert sum(a.emotion != b.emotion for a, b in itertools.pairwise(story.readings)) <= 1


def test_probabilities_stay_probabilities():
    rng = np.random.default_rng(0)
    story = _Story()
    story.show(3, lambda n: prediction(EMOTIONS[rng.integers(7)], rng.uniform(0.2, 1)))
    for r in story.readings:
        assert r.prediction.emotions.dtype == np.float32
        assert abs(r.prediction.emotions.sum() - 1) < 1e-4
        assert abs(r.prediction.genders.sum() - 1) < 1e-4


# ---- which drawing


def test_gender_settles_over_the_life_of_a_track():
    story = _Story()
    story.show(3, prediction(gender="female", gender_p=0.9))
    story.show(0.5, prediction(gender="male", gender_p=0.99))
    story.show(1, prediction(gender="female", gender_p=0.9))
    assert {r.presentation for r in story.readings} == {"female"}


def test_an_unsure_model_means_the_neutral_drawing():
    story = _Story()
    story.show(2, lambda n: prediction(gender=["female", "male"][n % 2], gender_p=0.6))
    assert {r.presentation for r in story.readings} == {"neutral"}


def test_gender_can_be_found_out_later():
    story = _Story()
    story.show(0.5, prediction(gender="male", gender_p=0.55))
    assert story.readings[-1].presentation == "neutral"
    assert story.show(2, prediction(gender="male", gender_p=0.98)).presentation == "male"


# ---- where


def test_a_still_face_does_not_jitter():
    rng = np.random.default_rng(0)
    story = _Story()
    story.show(4, x=lambda n: 300 + rng.normal(0, 1), y=lambda n: 200 + rng.normal(0, 1), size=100)
    centers = np.array([r.face.region.center for r in story.readings[30:]])
    assert centers.std(0).max() < 0.5  # of 1 px put in


def test_a_moving_face_is_followed_closely():
    story = _Story()
    last = story.show(1, x=lambda n: 100 + 40 * n, size=160)
    behind = face(100 + 40 * 29, size=160).region.center[0] - last.face.region.center[0]
    assert behind < 0.1 * face(size=160).region.size_px


def test_the_box_goes_along_with_the_region():
    reading = _Story().show(0, x=200, y=100, size=80)
    assert np.allclose(reading.face.box, (160, 60, 240, 140))


def test_a_roll_over_the_half_turn_takes_the_short_way():
    story = _Story()
    story.show(0.5, roll=np.radians(175))
    story.show(0.5, roll=np.radians(-175))
    rolls = np.degrees([r.face.region.roll_rad for r in story.readings])
    assert rolls.min() > 174
    assert rolls.max() < 186


# ---- doubt and strength


def test_a_clear_lead_makes_it_strong_and_it_stays_until_it_is_weak():
    story = _Story()
    assert not story.show(1, prediction("happy", 0.5)).strong
    assert story.show(1, prediction("happy", 0.95)).strong
    assert story.show(1, prediction("happy", 0.82)).strong
    weak = story.show(1, prediction("happy", 0.3))
    assert not weak.strong
    assert weak.intensity == pytest.approx(0.3 - 0.7 / 6, abs=0.02)


def test_what_can_not_be_read_is_unsure_after_a_moment_and_comes_back_at_once():
    story = _Story()
    story.show(1, prediction("happy"))
    story.show_hint(0.3, prediction("angry"), "too dark")
    assert story.readings[-1].emotion == "happy"
    reading = story.show_hint(0.5, prediction("angry"), "too dark")
    assert (reading.emotion, reading.hint) == ("unsure", "too dark")
    assert reading.prediction.emotions[EMOTIONS.index("happy")] > 0.8
    assert story.show(0, prediction("happy")).emotion == "happy"


def test_a_face_first_seen_in_the_dark_is_unsure_at_once():
    assert _Story().show_hint(0, prediction("happy"), "too dark").emotion == "unsure"


def test_when_no_emotion_is_likely_none_is_told():
    story = _Story()
    story.show(1, prediction("happy"))
    assert story.show(2, prediction("happy", 0.16)).emotion == "unsure"
    assert story.show(1, prediction("happy", 0.5)).emotion == "happy"


def test_a_face_between_two_emotions_comes_to_rest():
    """It swings from one to the other every second, by just a little more than the margin."""
    story = _Story()
    story.show(60, lambda n: prediction(["happy", "sad"][n // 30 % 2], 0.34))
    changes = [one.emotion != other.emotion for one, other in itertools.pairwise(story.readings)]
    assert sum(changes[:300]) > sum(changes[-300:])
    assert sum(changes) <= 12


@pytest.mark.parametrize(("smooth", "changes"), [(0.0, 30), (0.5, 0), (1.0, 0)])
def test_the_one_knob(smooth, changes):
    story = _Story(steadiness=Steadiness().scaled(smooth))
    story.show(1, lambda n: prediction(["happy", "sad"][n % 2]), x=lambda n: 100 + n % 2)
    labels = [reading.emotion for reading in story.readings]
    assert sum(one != other for one, other in itertools.pairwise(labels)) >= changes - 1
    moved = np.ptp([reading.face.region.center[0] for reading in story.readings[10:]])
    assert bool(moved > 0.9) is (smooth == 0)


@pytest.mark.parametrize(
    ("patch", "where", "expected"),
    [
        (np.full((48, 48), 10), {}, "too dark"),
        (np.full((48, 48), 250), {}, "too bright"),
        (np.full((48, 48), 128), {}, "too little contrast"),
        (np.tile([60, 180], (48, 24)), {"size": 20}, "come closer"),
        (np.tile([60, 180], (48, 24)), {}, ""),
    ],
)
def test_hints(patch, where, expected):
    assert hint(face(**where), patch.astype(np.uint8)) == expected


def test_a_head_turned_away_is_asked_to_turn():
    away = face()
    away.keypoints.points[2] += (25, 0)
    assert hint(away, np.tile([60, 180], (48, 24)).astype(np.uint8)) == "turn to the camera"


def test_a_fast_head_stays_covered():
    """The cover holds the detected face although the drawn place is a little behind."""
    story = _Story()
    for n in range(30):
        reading = story.show(0, x=100 + 40 * n)
        detected = face(100 + 40 * n).region
        behind = abs(reading.face.region.center[0] - detected.center[0])
        assert reading.face.region.size_px >= detected.size_px * 0.995
        assert behind - 0.04 * detected.size_px <= (reading.face.region.size_px - detected.size_px) / 2 + 0.5


def test_somebody_who_is_missing_keeps_what_was_known():
    story = _Story()
    story.show(1, prediction("sad"), x=100)
    expected = story.smoother.expected(np.array([130.0, 120.0]), time_s=29 / 30 + 0.5)
    assert (expected.emotion, expected.presentation, expected.raw) == ("sad", "female", None)
    assert expected.face.region.center == (130.0, 120.0)
    last = story.readings[-1].face.region
    way = (130 - last.center[0]) / last.size_px
    assert expected.face.region.size_px == pytest.approx((1 + 0.25 + 1.4 * way) * last.size_px, rel=0.02)


def test_one_euro_follows_its_definition():
    """Against the formulas of the paper, computed here step by step for one dimension."""
    euro = OneEuro(min_cutoff_hz=1.0, beta=0.5, derivative_cutoff_hz=1.0)
    values = np.cumsum(np.random.default_rng(1).normal(0, 1, 50))
    dt = 1 / 30

    def alpha(cutoff):
        tau = 1 / (2 * np.pi * cutoff)
        return 1 / (1 + tau / dt)

    x_hat, dx_hat = values[0], 0.0
    assert euro(np.array([values[0]]), 0.0)[0] == x_hat
    for value in values[1:]:
        dx_hat += alpha(1.0) * ((value - x_hat) / dt - dx_hat)
        x_hat += alpha(1.0 + 0.5 * abs(dx_hat)) * (value - x_hat)
        assert euro(np.array([value]), dt)[0] == pytest.approx(x_hat)
