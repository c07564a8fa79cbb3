"""What is told of a covered video: who is in it, what was bridged, and where somebody should look."""

from __future__ import annotations

import json

import numpy as np

from realtime.engine.analysis import About, AnalysedFrame, Analysis, Edits, Found, Track
from realtime.engine.analyst import rounded
from realtime.engine.contact_sheet import ContactSheet
from realtime.engine.file_report import report_of
from realtime.engine.plan import Plan
from tests.fakes import face, picture, prediction


def _person(number: int, frames: list[int], x: float = 160, size: float = 60) -> Track:
    found = [Found(at, rounded(face(x, 180, size)), prediction=prediction()) for at in frames]
    return Track(number, True, tuple(found))


def _doubtful(number: int, frames: list[int], score: float, likely: bool = True) -> Track:
    found = [Found(at, rounded(face(500, 180, 60, score=score)), likely=likely) for at in frames]
    return Track(number, False, tuple(found))


def _plan(*tracks: Track, edits: Edits | None = None, frames: int = 300) -> Plan:
    about = About("talk.mp4", "0" * 64, 30.0, "1")
    rows = tuple(AnalysedFrame(at, at / 30, at == 150, (640, 360)) for at in range(frames))
    return Plan(Analysis(about, rows, list(tracks), edits or Edits()))


def test_a_video_in_which_everybody_was_found_is_clean():
    report = report_of(_plan(_person(1, list(range(30, 120)))))
    assert report["needs_look"] is False
    (person,) = report["people"]
    assert (person["id"], person["frames_seen"], person["frames_covered"]) == (1, 90, 123)
    assert (person["first_s"], person["last_s"], person["covered_from_s"]) == (1.0, round(119 / 30, 3), 0.4)
    assert (person["gaps"], person["drawing"], person["covered"]) == ([], "female", True)
    assert (report["frames"], report["seconds"], report["cuts_s"]) == (300, 10.0, [5.0])
    json.dumps(report)


def test_gaps_are_told_with_their_times_and_how_they_were_bridged():
    report = report_of(_plan(_person(1, [*range(30, 60), *range(75, 120)])))
    assert report["people"][0]["gaps"] == [
        {"id": 1, "from_s": 2.0, "to_s": round(74 / 30, 3), "frames": 15, "bridged": "from both sides"}
    ]
    assert report["needs_look"] is False


def test_what_is_doubtful_needs_a_look_the_worst_first():
    report = report_of(_plan(_doubtful(1, [3, 4, 5, 90], 0.5), _doubtful(2, [200, 201], 0.9)))
    assert [(row["id"], row["frames"], row["score"]) for row in report["doubtful"]] == [
        (2, 2, 0.9),
        (1, 3, 0.5),
        (1, 1, 0.5),
    ]
    assert report["blurred_share"] == round(6 / 300, 4)
    assert report["needs_look"] is True


def test_what_is_no_face_says_nothing_once_it_is_excluded():
    report = report_of(_plan(_doubtful(2, [200, 201], 0.9), edits=Edits(exclude=(2,))))
    assert (report["doubtful"], report["needs_look"]) == ([], False)


def test_who_is_lost_and_found_nearby_as_another_may_have_been_bare():
    report = report_of(_plan(_person(1, list(range(30))), _person(2, list(range(130, 140)), x=200)))
    assert [(row["id"], row["then"], row["from_s"]) for row in report["unbridged"]] == [(1, 2, round(29 / 30, 3))]
    assert report["needs_look"] is True


def test_neither_a_cut_nor_the_border_nor_somebody_far_away_is_a_gap():
    beyond_a_cut = _plan(_person(1, list(range(120, 149))), _person(2, list(range(155, 180))))
    at_the_border = _plan(_person(1, list(range(30)), x=10), _person(2, list(range(100, 130)), x=20))
    elsewhere = _plan(_person(1, list(range(30))), _person(2, list(range(100, 130)), x=500))
    assert [report_of(plan)["unbridged"] for plan in (beyond_a_cut, at_the_border, elsewhere)] == [[], [], []]


def test_who_is_kept_visible_is_told_of_as_such():
    report = report_of(
        _plan(_person(1, list(range(30)))),
    )
    kept = report_of(_plan(_person(1, list(range(30))), edits=Edits(keep=(1,))))
    assert report["people"][0]["covered"] is True
    assert (kept["people"][0]["covered"], kept["people"][0]["frames_covered"]) == (False, 0)
    assert (kept["smallest_face_px"], report["smallest_face_px"] > 40) == (None, True)


# ---- the contact sheet


def _sheet(plan: Plan) -> ContactSheet:
    sheet = ContactSheet(plan)
    for at in range(len(plan.analysis.frames)):
        sheet.watch(picture(640, 360, level=at % 256), at)
    return sheet


def test_a_sheet_shows_who_comes_and_goes():
    image = _sheet(_plan(_person(1, list(range(30, 60))))).picture()
    assert image.dtype == np.uint8
    shown = {int(level) for level in np.unique(image[8 : 8 + 180, 8 : 8 + 3 * 328 - 8, 0])} & {30, 45, 59}
    assert shown == {30, 45, 59}


def test_a_sheet_of_a_video_with_nobody_in_it_shows_it_too():
    assert _sheet(_plan()).picture() is not None


def test_a_sheet_has_a_limit_and_one_of_nothing_is_none():
    many = [_person(number, list(range(number, 290, 40)), x=20 * number) for number in range(1, 30)]
    image = _sheet(_plan(*many)).picture()
    assert image.shape[0] < 6 * 220
    assert ContactSheet(_plan(_person(1, [1]))).picture() is None
