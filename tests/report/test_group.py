"""Many viewers: figures that can be worked out by hand, and nothing told of a few."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from realtime.errors import InputError
from realtime.records import EMOTIONS
from realtime.report import group
from realtime.report.__main__ import main
from realtime.report.group import Viewers
from realtime.report.merge import merge, read_parts, table_of
from tests.report.simulated import record

HAPPY, SAD, NEUTRAL = (EMOTIONS.index(name) for name in ("happy", "sad", "neutral"))


def _viewers(*rows: list[int]) -> Viewers:
    shown = np.array(rows)
    values = np.where(shown >= 0, np.where(shown == HAPPY, 0.8, 0.0), np.nan)
    return Viewers(shown, values, values)


def test_shares_have_wilsons_interval():
    told = group.shares(_viewers(*[[HAPPY]] * 8, *[[SAD]] * 2, [-1]))
    assert told.share[0, HAPPY] == pytest.approx(0.8)
    assert (told.low[0, HAPPY], told.high[0, HAPPY]) == pytest.approx((0.490, 0.943), abs=0.001)
    assert told.low[0, NEUTRAL] == 0
    assert np.isnan(group.shares(_viewers([-1])).share).all()


def test_kappa_is_that_of_fleiss_own_kind_of_table():
    """The worked example of the literature: 14 raters, 10 subjects, 5 categories, kappa 0.210."""
    counts = [
        *([0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1], [7, 7, 0, 0, 0]),
        *([3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7]),
    ]
    shown = np.array([np.repeat(np.arange(5), row) for row in counts]).T
    assert group.kappa(_viewers(*shown.tolist())) == pytest.approx(0.210, abs=0.001)


def test_agreement_is_one_where_all_show_the_same():
    assert group.agreement(_viewers([HAPPY, SAD], [HAPPY, NEUTRAL], [HAPPY, NEUTRAL])) == pytest.approx([1, 1 / 3])
    assert group.kappa(_viewers([HAPPY], [HAPPY])) == 1.0
    assert np.isnan(group.kappa(_viewers([-1], [-1])))


def test_means_have_a_spread_and_an_interval():
    told = group.mean_of(np.array([[0.0], [0.5], [1.0], [np.nan]]))
    assert (told.mean[0], told.spread[0]) == pytest.approx((0.5, 0.5))
    assert told.high[0] - told.mean[0] == pytest.approx(1.96 * 0.5 / np.sqrt(3))


def test_viewers_who_react_together_are_in_synchrony():
    time = np.linspace(0, 20, 60)
    chance = np.random.default_rng(0)
    shown = np.zeros((8, 60), int)
    together = np.sin(time) + chance.normal(0, 0.3, (8, 60))
    apart = np.array([np.sin(time + phase) for phase in chance.uniform(0, 6.28, 8)])
    assert group.synchrony(Viewers(shown, together, together)) > 0.8
    assert group.synchrony(Viewers(shown, apart, apart)) < 0.6


def test_nothing_is_told_of_a_few_and_nothing_from_which_they_follow():
    many = _viewers(*[[HAPPY, HAPPY, HAPPY]] * 6)
    some = _viewers(*[[SAD, SAD, -1]] * 4, *[[SAD, -1, -1]] * 1)
    kept = group.protected({"many": many, "some": some, "few": _viewers(*[[SAD] * 3] * 4)}, 5)
    assert list(kept) == ["many", "some"]
    assert kept["some"].count.tolist() == [5, 0, 0]
    everybody = group.together(list(kept.values()))
    assert everybody.count.tolist() == [11, 6, 6]  # the four of the second second are counted nowhere
    assert np.isfinite(everybody.valence).sum(0).tolist() == [11, 6, 6]


@pytest.fixture(scope="module")
def sessions(tmp_path_factory):
    """Two segments of six and five viewers, who marked the begin of a film after two seconds; and one of two."""
    folder = tmp_path_factory.mktemp("sessions")

    def mark(recorder, time_s):
        if time_s == 2.0:
            recorder.mark("film")

    for seed in range(13):
        name = "old" if seed < 6 else "new" if seed < 11 else "few"
        record(folder / name, 24, seed, fps=4, also=mark, away=()).finish()
    return folder


def _rows(merged) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(table_of([merged]))))


def test_sessions_are_put_over_each_other_second_by_second(sessions):
    (merged,) = merge({"old": [sessions / "old"], "new": [sessions / "new"], "few": [sessions / "few"]})
    assert (merged.sessions, merged.seconds, merged.left_out) == (13, 24, ["few"])
    rows = _rows(merged)
    assert {row["segment"] for row in rows} == {"everybody", "old", "new"}
    joke = next(row for row in rows if row["segment"] == "everybody" and row["time_s"] == "12")
    assert joke["people"] == "11"
    assert float(joke["share_happy"]) > 0.5
    assert float(joke["low_happy"]) < float(joke["share_happy"]) < float(joke["high_happy"])
    assert float(joke["valence_mean"]) > 0.3
    before = next(row for row in rows if row["segment"] == "everybody" and row["time_s"] == "4")
    assert float(before["share_neutral"]) > 0.9


def test_sessions_can_begin_at_a_mark(sessions):
    (aligned,) = merge({"old": [sessions / "old"]}, from_mark="film")
    assert aligned.seconds == 22
    early = next(row for row in _rows(aligned) if row["time_s"] == "10")
    assert float(early["share_happy"]) > 0.5  # what was at 12 s


def test_what_can_not_be_read_is_left_out_and_named(sessions, caplog):
    (merged,) = merge({"old": [sessions / "old"], "new": [sessions / "new"]}, min_group=5)
    assert len(merged.everybody.shown) == 11
    with pytest.raises(InputError, match=r"too few people.*2 in few.*--min-group is 5"):
        merge({"few": [sessions / "few"]})
    with pytest.raises(InputError, match="too few people"):
        merge({"old": [sessions / "old"]}, from_mark="no such word")
    assert "has no mark 'no such word'" in caplog.text


def test_the_command_writes_a_page_and_a_table(sessions, tmp_path, capsys):
    parts = tmp_path / "parts.csv"
    parts.write_text("name,from_s,to_s\nbefore,0,8\n<b>joke</b>,8,14\nafter the end,90,95\n")
    page = tmp_path / "out" / "all.html"
    given = [f"old={sessions / 'old'}", str(sessions / "new"), "--parts", str(parts), "--output", str(page)]
    assert main(["merge", *given]) == 0
    assert capsys.readouterr().out.splitlines() == [f"Written: {page}.", f"Written: {page.with_suffix('.csv')}."]
    told = page.read_text(encoding="utf-8")
    assert "&lt;b&gt;joke" in told
    assert "too few" in told  # of the part that nobody has seen
    assert main(["page", str(sessions / "few")]) == 0
    assert len(list((sessions / "few").glob("*/report.html"))) == 2


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        (["merge", "/nowhere/at/all"], 6, "no session in"),
        (["page", "/nowhere/at/all"], 6, "no session in"),
        (["merge", ".", "--parts", "/nowhere/parts.csv"], 6, "can't be read"),
    ],
)
def test_what_is_wrong_is_said(given, code, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(given) == code
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    "content", ["", "name,from_s\na,1\n", "name,from_s,to_s\na,x,2\n", "name,from_s,to_s\na,5,5\n"]
)
def test_parts_that_are_none(tmp_path, content):
    (tmp_path / "parts.csv").write_text(content)
    with pytest.raises(InputError, match="The parts"):
        read_parts(tmp_path / "parts.csv")


@pytest.mark.parametrize("number", ["1", "0", "many"])
def test_a_group_is_at_least_two(number):
    with pytest.raises(SystemExit) as caught:
        main(["merge", ".", "--min-group", number])
    assert caught.value.code == 2
