"""What somebody who reviews a video may want, step by step, and the cards that show it."""

from __future__ import annotations

import pytest

from realtime.engine.analysis import Edits, Zone, edited, roots
from realtime.engine.analysis_file import read_analysis, write_analysis
from realtime.engine.editing import (
    History,
    covered,
    left_visible,
    made_of,
    made_one,
    no_face,
    separated,
    with_zone,
    without_zone,
)
from realtime.engine.plan import Plan
from realtime.engine.review_cards import cards_of, clock, looks_of, told
from tests.reviewed import write_reviewed


@pytest.fixture(scope="module")
def analysis(tmp_path_factory):
    return read_analysis(write_reviewed(tmp_path_factory.mktemp("reviewed"))[1])


def _track(analysis, number):
    return next(track for track in analysis.tracks if track.id == number)


def _states(analysis, edits=None):
    cards = cards_of(Plan(edited(analysis, edits or analysis.edits)))
    return {card.id: card.state for card in cards}


def test_cards_tell_when_everybody_is_covered_not_found_or_doubtful(analysis):
    cards = {card.id: card for card in cards_of(Plan(analysis))}
    assert list(cards) == [4, 1, 2, 3, 5]  # what is blurred and doubtful first, what is hardly a face last
    assert [(span.kind, span.first, span.last) for span in cards[1].spans] == [
        ("covered", 0, 19),
        ("bridged", 20, 25),
        ("covered", 26, 59),
    ]
    assert [span.kind for span in cards[2].spans] == ["around", "covered", "around"]
    assert [span.kind for span in cards[4].spans] == ["blurred"]
    assert cards[5].is_faint
    assert "not found, covered all the same 0:00.7 to 0:00.8" in told(analysis, cards[1])


def test_each_wish_replaces_the_one_before(analysis):
    one, doubtful = _track(analysis, 1), _track(analysis, 4)
    assert _states(analysis, left_visible(Edits(), one))[1] == "visible"
    assert _states(analysis, no_face(left_visible(Edits(), one), one))[1] == "excluded"
    assert covered(no_face(left_visible(Edits(), one), one), one) == Edits()
    edits = covered(Edits(), doubtful)
    assert edits == Edits(confirm=(4,))
    assert _states(analysis, edits)[4] == "covered"
    assert no_face(edits, doubtful) == Edits(exclude=(4,))


def test_a_doubtful_thing_that_is_a_person_is_covered_like_everybody(analysis):
    plan = Plan(edited(analysis, Edits(confirm=(4,))))
    assert 4 in [reading.track for reading in plan.readings(25)]  # half a second before, too
    assert 4 not in [one.id for one in plan.doubtful]
    assert not any(look.what.startswith("4 ") for look in looks_of(plan))


def test_people_made_one_can_be_separated_again(analysis):
    two, three = _track(analysis, 2), _track(analysis, 3)
    edits = made_one(left_visible(Edits(), three), two, three)
    assert edits == Edits(merge=((2, 3),))
    assert made_of(edits, 2) == [3]
    (card,) = [card for card in cards_of(Plan(edited(analysis, edits))) if card.id == 2]
    assert card.also == (3,)
    assert separated(edits, 2) == Edits()


def test_who_is_made_one_twice_is_left_visible_by_any_of_the_numbers(analysis):
    edits = Edits(merge=((4, 5), (2, 4)))
    assert roots(edits) == {2: 2, 4: 2, 5: 2}
    for number in (2, 4, 5):
        plan = Plan(edited(analysis, Edits(keep=(number,), merge=edits.merge)))
        assert [track.id for track in plan.kept] == [2]
    assert separated(edits, 2) == Edits()


def test_zones_are_added_and_removed():
    zone = Zone(1, 2, 30, 40, (0.0, 1.0))
    assert without_zone(with_zone(Edits(), zone, off=True), zone, off=True) == Edits()
    assert with_zone(Edits(), zone, off=False).zones == (zone,)


def test_changes_are_taken_back_and_done_again(analysis):
    history = History(analysis)
    history.undo()  # nothing to take back is no error
    history.do(edited(analysis, Edits(keep=(1,))))
    history.undo()
    assert history.now is analysis
    assert history.can_redo
    history.redo()
    assert history.now.edits == Edits(keep=(1,))
    assert not history.can_redo
    history.undo()
    history.do(edited(analysis, Edits(keep=(2,))))
    assert not history.can_redo


def test_who_was_confirmed_is_kept_in_the_file_and_older_files_are_read(analysis, tmp_path):
    path = tmp_path / "a.jsonl"
    write_analysis(path, edited(analysis, Edits(confirm=(4,))))
    assert read_analysis(path).edits.confirm == (4,)
    path.write_text(path.read_text().replace(', "confirm": [4]', "", 1))
    assert read_analysis(path).edits == Edits()


def test_places_to_look_at_are_the_worst_first(analysis):
    looks = looks_of(Plan(analysis))
    assert looks[0].what == "4 may be a face, and is blurred"
    assert looks[0].at == 30
    assert [look.what for look in looks[1:]] == [
        "2 is lost here, and 3 is found near that place afterwards",
        "1 is not found here, and covered",
    ]


@pytest.mark.parametrize(("time_s", "shown"), [(0, "0:00.0"), (59.96, "1:00.0"), (3723.44, "1:02:03.4")])
def test_times_are_shown_as_people_read_them(time_s, shown):
    assert clock(time_s) == shown
