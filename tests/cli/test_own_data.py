"""--delete-my-data: everything is listed, nothing goes without a yes, and what is the user's own stays."""

from __future__ import annotations

import builtins

import pytest

from realtime.cli import own_data, parse


@pytest.fixture
def own(tmp_path, monkeypatch):
    """The program's own folder with a profile and a report in it, and the user's configuration."""
    monkeypatch.setattr(parse.platformdirs, "user_data_path", lambda *_, **__: tmp_path / "data")
    monkeypatch.setattr(own_data, "default_config", lambda: tmp_path / "config.toml")
    for name in ("profiles/me.json", "practice/me.json", "reports/2026-11-30_21-00-00/session.json", "older.bin"):
        (tmp_path / "data" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "data" / name).write_text("x")
    (tmp_path / "config.toml").write_text("")
    return tmp_path / "data"


def _answer(monkeypatch, said: str | None) -> None:
    def answer(prompt):
        if said is None:
            raise EOFError
        return said

    monkeypatch.setattr(builtins, "input", answer)


def test_all_of_it_goes_after_a_yes(own, monkeypatch, capsys):
    _answer(monkeypatch, "Yes")
    assert own_data.delete_my_data() == 0
    told = capsys.readouterr().out
    for name in (
        "me.json",
        "how often expressions were shown",
        "2026-11-30_21-00-00",
        "older.bin",
        "All of it is removed",
    ):
        assert name in told, name
    assert "Not removed" in told
    assert not own.exists()
    assert (own.parent / "config.toml").exists()


@pytest.mark.parametrize("said", ["", "no", "y", None])
def test_nothing_goes_without_a_yes(own, monkeypatch, said):
    _answer(monkeypatch, said)
    assert own_data.delete_my_data() == 0
    assert (own / "profiles" / "me.json").exists()


def test_a_link_is_removed_and_not_what_it_leads_to(own, monkeypatch, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "kept.txt").write_text("x")
    (own / "reports" / "link").symlink_to(tmp_path / "elsewhere")
    _answer(monkeypatch, "yes")
    own_data.delete_my_data()
    assert (tmp_path / "elsewhere" / "kept.txt").exists()
    assert not own.exists()


def test_nothing_kept_is_said_and_nothing_asked(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(parse.platformdirs, "user_data_path", lambda *_, **__: tmp_path / "none")
    monkeypatch.setattr(builtins, "input", lambda prompt: pytest.fail("asked"))
    assert own_data.delete_my_data() == 0
    assert "Nothing is kept" in capsys.readouterr().out
