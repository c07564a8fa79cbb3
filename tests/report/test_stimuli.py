"""Sessions before stimuli: by the stimulus' own time, whatever the player and the camera did, alone and of many."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace

import numpy as np
import pytest

from realtime.errors import InputError
from realtime.report.about import read_about
from realtime.report.merge import Part, merge, table_of
from realtime.report.page import session_page, write_page
from realtime.report.recorder import Wanted
from realtime.report.session import read_session
from realtime.report.tables import read_columns
from realtime.report.viewing import viewings
from tests.report.simulated import CLIPS, Shows, record

# The first clip after ten seconds, with a pause of five at 20 s; then half of the second.
BROKEN = ((1, 10.0, 0.0, 20.0, "paused"), (1, 35.0, 20.04, 60.0, "ended"), (2, 80.0, 0.0, 30.0, "left"))
HOSTILE = "<script>alert(1)</script>.mp4"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A session with the camera away for three seconds of the first clip, and nobody there at its end."""
    folder = tmp_path_factory.mktemp("kept")
    recorder = record(folder, 112, fps=10, shows=Shows(*BROKEN), away=((70.0, 75.0),))
    recorder.finish()
    return recorder.folder


def test_rows_have_the_time_of_what_was_on_the_screen(folder):
    table = read_columns(sorted(folder.glob("readings.*")), ["time_s", "stimulus", "stimulus_time_s"])
    at = {round(time_s, 2): row for row, time_s in enumerate(table["time_s"].tolist())}

    def shown(time_s):
        return table["stimulus"][at[time_s]], pytest.approx(table["stimulus_time_s"][at[time_s]], abs=1e-3, nan_ok=True)

    assert shown(5.0) == (0, np.nan)
    assert shown(15.5) == (1, 5.5)
    assert shown(33.0) == (0, np.nan)  # paused
    assert shown(36.0) == (1, 21.04)
    assert shown(81.0) == (2, 1.0)


def test_a_viewing_goes_by_the_clip_and_tells_what_was_missed(folder):
    first, second = viewings(read_session(folder))
    assert first.told() == "Shown from 0:10 of the session, to its end. Paused at 0:20 for 5.0 s."
    assert first.not_shown == []
    assert [(m.time_s, m.end_s) for m in second.not_shown] == [(pytest.approx(30.0, abs=0.1), 60.0)]
    (you,) = first.people
    read = you.read
    happy = you.columns["time_s"][read & (you.columns["emotion"] == "happy")]
    assert ((happy > 8) & (happy < 15) | (happy > 44) & (happy < 54)).mean() > 0.95  # as the jokes of the clip are
    assert first.gaps == []


def test_what_is_watched_again_counts_once_and_a_camera_that_was_away_is_told_of(tmp_path):
    shows = Shows((1, 1.0, 0.0, 20.0, "sought"), (1, 21.5, 10.0, 30.0, "sought"), (1, 42.0, 50.0, 60.0, "ended"))
    recorder = record(tmp_path, 55, fps=10, shows=shows, away=())
    recorder._rows = [row for row in recorder._rows if not 5.0 < row[1] < 9.0]
    recorder.finish()
    viewing = viewings(read_session(recorder.folder))[0]
    assert (np.diff(viewing.times) >= 0).all()
    assert len(viewing.times) == pytest.approx(10 * (20 - 4 + 10 + 10), abs=5)
    (gap,) = viewing.gaps
    assert gap == (pytest.approx(4.0, abs=0.2), pytest.approx(8.0, abs=0.2))
    assert [(round(m.time_s), round(m.end_s)) for m in viewing.not_shown] == [(30, 50)]
    assert "Jumped from 0:20 to 0:10. Jumped from 0:30 to 0:50." in viewing.told()


def test_a_session_that_is_killed_keeps_what_was_shown(tmp_path):
    def each_five_seconds(recorder, time_s):
        if round(time_s, 2) % 5 == 0:
            recorder._write_part()

    recorder = record(tmp_path, 30.05, fps=10, shows=Shows(*BROKEN), away=(), also=each_five_seconds)
    session = read_session(recorder.folder)  # which was not finished
    assert not session.about.complete
    assert session.times[-1] == pytest.approx(25 - 2.1, abs=0.11)  # what is newer waits for the player
    assert viewings(session)[0].times[-1] == pytest.approx(12.9, abs=0.2)
    assert "was cut off" in write_page(recorder.folder).read_text(encoding="utf-8")


def test_the_page_says_how_it_was_shown_and_a_hostile_name_is_text(folder):
    session = read_session(folder)
    screening = session.about.screening
    stimuli = (replace(CLIPS[0], name=HOSTILE), replace(CLIPS[1], failed="<b>no codec</b>"))
    page = session_page(replace(session, about=replace(session.about, screening=replace(screening, stimuli=stimuli))))
    assert len(re.findall(r"<script", page)) == 2  # the numbers and our own
    assert "&lt;script&gt;alert(1)&lt;/script&gt;.mp4" in page
    assert "It could not be played: &lt;b&gt;no codec&lt;/b&gt;." in page
    assert "Stimuli were shown in random order (seed 7), with 4 s of grey before each." in page
    assert "/films" not in page  # a page that is given away does not tell of folders


@pytest.mark.parametrize(
    ("key", "value"),
    [("shown", [1]), ("shown", [1, 3]), ("stimuli", 3), ("pause_s", "x"), ("played", [{}]), ("seed", None)],
)
def test_a_damaged_screening_is_told_of(folder, tmp_path, key, value):
    told = json.loads((folder / "session.json").read_text())
    told["screening"][key] = value
    (tmp_path / "session.json").write_text(json.dumps(told))
    with pytest.raises(InputError, match="of no session"):
        read_about(tmp_path)


def test_sessions_of_before_there_were_stimuli_can_still_be_read(tmp_path):
    recorder = record(tmp_path, 3, fps=10, wanted=Wanted(tmp_path, format="csv"))
    recorder.finish()
    told = json.loads((recorder.folder / "session.json").read_text())
    del told["screening"]
    (recorder.folder / "session.json").write_text(json.dumps(told))
    path = recorder.folder / "readings.csv"
    with path.open(newline="") as file:
        rows = [row[:-2] for row in csv.reader(file)]
    path.write_text("\n".join(map(",".join, rows)))
    session = read_session(recorder.folder)
    assert len(session.people[0].columns["time_s"]) == 30
    assert viewings(session) == []


@pytest.fixture(scope="module")
def viewers(tmp_path_factory):
    """Six who saw both clips, in either order and with pauses; one who left early."""
    folder = tmp_path_factory.mktemp("viewers")
    for seed in range(6):
        first, second = (1, 2) if seed % 2 else (2, 1)
        pause_s = 3.0 * seed
        shows = Shows(
            (first, 5.0, 0.0, 9.0, "paused"),
            (first, 14.04 + pause_s, 9.04, 60.0, "ended"),
            (second, 80.0 + pause_s, 0.0, 20.0 if seed == 5 else 60.0, "left"),
            order=(first, second),
        )
        record(folder, 145 + pause_s, seed, fps=4, shows=shows, away=()).finish()
    return folder


def test_viewers_are_laid_over_each_other_by_the_clips_own_time(viewers):
    one, other = merge({"viewers": [viewers]}, parts=[Part("joke", 8, 14, "ab.mp4"), Part("all", 0, 60)])
    assert (one.stimulus.name, other.stimulus.name, one.seconds, one.sessions) == ("ab.mp4", "cd.mp4", 60, 6)
    assert ([part.name for part in one.parts], [part.name for part in other.parts]) == (["joke", "all"], ["all"])
    rows = list(csv.DictReader(io.StringIO(table_of([one, other]))))
    at = {(row["stimulus"], int(row["time_s"])): row for row in rows}
    for name in ("ab.mp4", "cd.mp4"):
        assert float(at[name, 12]["share_happy"]) > 0.6  # whatever the order and the pauses were
        assert float(at[name, 5]["share_happy"]) < 0.2
    assert {at["ab.mp4", 10]["people"], at["cd.mp4", 10]["people"]} == {"6"}
    assert sorted([at["ab.mp4", 30]["people"], at["cd.mp4", 30]["people"]]) == ["5", "6"]
