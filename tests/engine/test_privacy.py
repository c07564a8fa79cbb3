"""Strict privacy: nothing leaves that might show a face."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from realtime.engine import loop, privacy
from realtime.engine.privacy import Guard, StrictMask, blurred, privacy_picture
from realtime.errors import AssetError
from realtime.packs.pack import PACKS, load_pack
from realtime.people.people import People
from realtime.people.tracker import Tracker
from realtime.records import Frame, Reading, Suspect
from tests.fakes import (
    ListSource,
    RunParts,
    ScriptedClassifier,
    ScriptedDetector,
    face,
    frame,
    prediction,
)


@pytest.fixture(scope="module")
def packs():
    return [load_pack(PACKS / "classic")]


def _noise(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (240, 320, 3), dtype=np.uint8)


def _reading(seen: bool = True) -> Reading:
    return Reading(
        track=1,
        face=face(),
        raw=prediction() if seen else None,
        prediction=prediction(),
        emotion="happy",
        presentation="female",
    )


def _run_strictly(packs, source, detector, answers=lambda call: prediction()):
    """Run a source with strict privacy; return what it showed."""
    people = People(Tracker(3.0))
    return RunParts(packs, detector, ScriptedClassifier(answers), people=people, strict=True).run(source)


def _alike(one: np.ndarray, other: np.ndarray) -> float:
    """Return the share of pixels that are the same."""
    return float((one == other).all(2).mean())


# ---- the mask


def test_without_a_face_the_whole_picture_is_blurred():
    image = _noise()
    shown = StrictMask().over(frame(image=image), [])
    assert _alike(shown, image) < 0.001
    assert shown.std() < 0.2 * image.std()


def test_around_a_detected_head_a_still_picture_is_shown_and_nowhere_else():
    image = _noise()
    mask = StrictMask()
    for n in range(3):
        shown = mask.over(frame(n, image=image), [_reading()])
    assert _alike(shown[100:, 120:200], image[100:, 120:200]) > 0.95
    assert _alike(shown[:, :20], image[:, :20]) < 0.01
    assert _alike(shown[:, -20:], image[:, -20:]) < 0.01


def test_somebody_who_sits_still_and_is_never_found_can_not_be_recognised():
    """Beside a covered person, at the same height, as in a meeting room with one camera; in every frame."""
    image = _noise()
    mask = StrictMask()
    main, beside = _reading(), face(160 + 2.6 * 94, 120, 80).region
    scene = np.hstack([image, _noise(1)])
    x, y, half = int(beside.center[0]), int(beside.center[1]), int(beside.size_px / 2)
    for n in range(60):
        shown = mask.over(frame(n, image=scene), [main])
        assert (
            _alike(shown[y - half : y + half, x - half : x + half], scene[y - half : y + half, x - half : x + half])
            < 0.02
        )


def test_a_still_face_that_looks_over_a_shoulder_and_is_never_found_can_not_be_recognised():
    """From behind, half as large: the nearest to a covered head that a face can be without being hidden by a body."""
    image = _noise()
    head = _reading().face.region
    x, y, half = (int(c) for c in (head.center[0] + 1.25 * head.size_px, head.center[1] + 0.75 * head.size_px, 23))
    mask = StrictMask()
    for n in range(60):
        shown = mask.over(frame(n, image=image), [_reading()])
        behind = np.s_[y - half : y + half, x - half : x + half]
        assert _alike(shown[behind], image[behind]) < 0.01


def test_what_is_shown_fades_into_what_is_blurred():
    image = np.zeros((240, 320, 3), np.uint8)
    image[::2] = 200  # which is an even grey where it is blurred
    shown = StrictMask().over(frame(image=image), [_reading()])
    contrast = np.abs(shown[220, :, 0].astype(int) - shown[221, :, 0])
    assert contrast[160] == 200
    assert contrast[:20].max() < 10
    assert np.abs(np.diff(contrast)).max() < 60


def test_two_people_side_by_side_are_both_shown():
    image = np.hstack([_noise(), _noise(1)])
    two = [_reading(), replace(_reading(), track=2, face=face(340, 120))]
    shown = StrictMask().over(frame(image=image), two)
    for x in (160, 340):
        assert _alike(shown[100:, x - 30 : x + 30], image[100:, x - 30 : x + 30]) == 1.0


@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 500, 3), (500, 3, 3), (50, 50, 3)])
def test_pictures_of_any_size_are_masked(shape):
    image = np.full(shape, 90, np.uint8)
    shown = StrictMask().over(frame(image=image), [_reading()], [Suspect(face(10, 10, 3).region, likely=True)])
    assert np.array_equal(shown, image)


def test_the_body_of_somebody_who_lies_down_is_not_shown():
    image = _noise()
    lying = replace(_reading(), face=face(160, 120, 60, roll=np.pi / 2))
    shown = StrictMask().over(frame(image=image), [lying])
    assert _alike(shown[210:], image[210:]) < 0.01
    assert _alike(shown[110:130, 150:170], image[110:130, 150:170]) == 1.0


def test_a_face_that_is_only_expected_is_not_trusted():
    image = _noise()
    assert _alike(StrictMask().over(frame(image=image), [_reading(), _reading(seen=False)]), image) < 0.001


def test_what_has_moved_is_blurred_for_a_second():
    still, moved = _noise(), _noise()
    moved[180:230, 130:190] = _noise(1)[:50, :60] // 2
    mask = StrictMask()
    mask.over(frame(0, image=still), [_reading()])
    shown = mask.over(frame(1, image=moved), [_reading()])
    assert _alike(shown[185:225, 135:185], moved[185:225, 135:185]) < 0.01
    assert _alike(shown[80:140, 120:200], still[80:140, 120:200]) == 1.0
    for n in range(2, 200):
        shown = mask.over(frame(n, image=moved), [_reading()])
    assert _alike(shown[185:225, 135:185], moved[185:225, 135:185]) == 1.0


def test_nothing_new_is_sharp_when_the_machine_wakes_from_sleep():
    """Twenty seconds later other people may sit there, and whoever is known may have been found where they were."""
    before, after = _noise(), _noise(1)
    mask = StrictMask()
    for n in range(30):
        mask.over(frame(n, image=before), [_reading()])
    for n in range(25):
        shown = mask.over(frame(30 + n, 21 + n / 30, after), [_reading()])
        assert _alike(shown, after) < 0.01


def test_the_first_picture_after_sleep_is_blurred_while_nobody_is_found(packs):
    images = [_noise()] * 3 + [_noise(1)] * 3
    frames = [frame(n, n / 30 + 20 * (n > 2), image) for n, image in enumerate(images)]
    outputs = _run_strictly(packs, ListSource(frames), ScriptedDetector(lambda n: [face()] if n < 3 else []))
    assert len(outputs.frames) == 6
    for shown, image in zip(outputs.frames[3:], images[3:], strict=True):
        assert _alike(shown.image, image) < 0.001


def test_a_change_of_the_light_is_no_movement():
    image = np.clip(_noise(), 0, 200)
    mask = StrictMask()
    mask.over(frame(0, image=image), [_reading()])
    brighter = image + np.uint8(20)
    shown = mask.over(frame(1, image=brighter), [_reading()])
    assert _alike(shown[80:230, 130:190], brighter[80:230, 130:190]) == 1.0


def test_what_may_be_a_face_is_blurred():
    image = _noise()
    shown = StrictMask().over(frame(image=image), [_reading()], [Suspect(face(160, 220, 20).region, likely=False)])
    assert _alike(shown[210:230, 150:170], image[210:230, 150:170]) < 0.01
    assert _alike(shown[80:150, 120:200], image[80:150, 120:200]) == 1.0


def test_blurring_leaves_nothing_small():
    image = np.zeros((240, 320, 3), np.uint8)
    image[::8] = 255
    assert np.ptp(blurred(image)[20:-20].astype(int)) < 40
    assert blurred(np.zeros((5, 3, 3), np.uint8)).shape == (5, 3, 3)


def test_the_privacy_picture_is_made_of_nothing_else():
    assert np.array_equal(privacy_picture((320, 240)), privacy_picture((320, 240)))
    assert privacy_picture((320, 240)).std() > 5  # something is drawn on it
    assert privacy_picture((2, 1)).shape == (1, 2, 3)


# ---- the guard


def test_a_failure_gives_the_privacy_picture_and_the_run_goes_on(packs):
    def answer(call):
        if call == 2:
            raise AssetError("made to fail", "Try again.")
        return prediction()

    images = [_noise() for _ in range(5)]
    source = ListSource([frame(n, image=i) for n, i in enumerate(images)])
    outputs = _run_strictly(packs, source, ScriptedDetector(lambda n: [face()]), answer)
    assert len(outputs.frames) == 5
    assert np.array_equal(outputs.frames[2].image, privacy_picture((320, 240)))
    body = np.s_[200:, 130:190]  # which is shown below a covered head
    assert all(_alike(outputs.frames[n].image[body], images[n][body]) > 0.9 for n in (0, 1, 3, 4))


def test_a_stall_gives_the_privacy_picture_until_it_is_over(packs, monkeypatch):
    given = []

    def counted(size_wh):
        given.append(size_wh)
        return privacy_picture(size_wh)

    class Slow(ScriptedDetector):
        def detect(self, frame: Frame, known=None):
            deadline = time.monotonic() + 60
            while frame.index == 1 and len(given) < 2 and time.monotonic() < deadline:
                time.sleep(0.01)
            return super().detect(frame, known)

    monkeypatch.setattr(privacy, "privacy_picture", counted)
    monkeypatch.setattr(loop, "STALL_S", 0.5)  # so that a busy machine stalls at no other frame

    image = _noise()
    source = ListSource([frame(n, image=image) for n in range(3)], paced=True)
    outputs = _run_strictly(packs, source, Slow(lambda n: [face()]))
    card = [np.array_equal(f.image, privacy_picture((320, 240))) for f in outputs.frames]
    assert card[0] is False
    assert 2 <= sum(card) <= 3
    assert card[-2:] == [False, False]


def test_quitting_ends_the_waiting_for_a_stage_that_hangs():
    begun_s = time.monotonic()
    guard = Guard(lambda frame: time.sleep(1) or (frame, []), stall_s=0.05)
    shown = []
    covered, readings = guard.process(frame(image=_noise()), lambda f: shown.append(f) or len(shown) < 3)
    guard.close()
    assert len(shown) == 3
    assert readings == []
    assert np.array_equal(covered.image, privacy_picture((320, 240)))
    assert time.monotonic() - begun_s < 2.5


def test_a_camera_that_gives_nothing_shows_the_privacy_picture(packs):
    class Stuck(ListSource):
        silent_until_s = 0.0

        def read(self):
            if self._next == 2 and time.monotonic() < self.silent_until_s:
                time.sleep(0.05)
                return None
            if self._next == 1:
                self.silent_until_s = time.monotonic() + 0.6
            return super().read()

    frames = [replace(frame(n, image=_noise()), time_s=time.monotonic() + n / 30) for n in range(4)]
    outputs = _run_strictly(packs, Stuck(frames, paced=True), ScriptedDetector(lambda n: [face()]))
    cards = sum(np.array_equal(f.image, privacy_picture((320, 240))) for f in outputs.frames)
    assert cards >= 1
    assert len(outputs.frames) - cards == 4


def test_no_picture_of_the_camera_leaves_while_no_face_is_found(packs):
    image = _noise()
    script = lambda n: [face()] if n >= 3 else []  # noqa: E731
    source = ListSource([frame(n, image=image) for n in range(5)])
    outputs = _run_strictly(packs, source, ScriptedDetector(script))
    assert [_alike(f.image, image) > 0.01 for f in outputs.frames] == [False, False, False, True, True]


def test_a_lost_face_keeps_the_picture_blurred(packs):
    image = _noise()
    script = lambda n: [face(80, 120), face(240, 120)] if n < 5 else [face(80, 120)]  # noqa: E731
    source = ListSource([frame(n, image=image) for n in range(120)])
    outputs = _run_strictly(packs, source, ScriptedDetector(script))
    shown = [_alike(f.image[200:], image[200:]) > 0.01 for f in outputs.frames]  # where bodies are
    assert all(shown[:5])
    assert not any(shown[5:94])
    assert all(shown[96:])
