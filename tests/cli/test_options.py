from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import pytest

from realtime.cli import parse as options
from realtime.cli.options import Options, readme_tables, specs
from realtime.cli.readme import README, with_tables
from realtime.errors import UsageError
from realtime.people.steadiness import Steadiness

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def no_config_of_this_user(monkeypatch, tmp_path):
    monkeypatch.setattr(options, "default_config", lambda: tmp_path / "user.toml")
    return tmp_path / "user.toml"


def test_defaults():
    parsed = options.parse([])
    assert (parsed.source, parsed.output, parsed.size, parsed.fps) == ("auto", ("auto",), (1280, 720), 30)
    assert (parsed.gender, parsed.pack, parsed.mirror, parsed.json) == ("auto", "classic", True, False)
    assert options.parse(["--json"]).output == ("none",)


def test_the_command_line_beats_the_file_and_the_file_the_defaults(no_config_of_this_user):
    no_config_of_this_user.write_text(
        'source = "demo"\noutput = ["window", "virtual"]\nsize = "640x480"\nfps = 25\nmirror = false\nmin-face = 40\n'
    )
    parsed = options.parse(["--fps", "15", "--output", "none"])
    assert (parsed.source, parsed.size, parsed.fps, parsed.mirror, parsed.min_face) == (
        "demo",
        (640, 480),
        15,
        False,
        40,
    )
    assert parsed.output == ("none",)
    assert options.parse([]).output == ("window", "virtual")
    assert options.parse(["--mirror"]).mirror is True


def test_a_named_file_replaces_the_users_own(no_config_of_this_user, tmp_path):
    no_config_of_this_user.write_text('source = "demo"')
    (tmp_path / "other.toml").write_text('gender = "male"')
    parsed = options.parse(["--config", str(tmp_path / "other.toml")])
    assert (parsed.source, parsed.gender) == ("auto", "male")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sorce = 'demo'", "unknown key 'sorce'. Did you mean 'source'"),
        ("config = 'x'", "unknown key 'config'"),
        ("zzz = 1", "Known are: source"),
        ("fps = 0", "fps = 0"),
        ("fps = 'fast'", "no number"),
        ("size = [1, 2]", "no size"),
        ("mirror = 'yes'", "it is true or false"),
        ("gender = 'other'", "it is one of auto"),
        ("source = ", "no valid TOML"),
    ],
)
def test_a_wrong_file_says_what_is_wrong(no_config_of_this_user, text, message):
    no_config_of_this_user.write_text(text)
    with pytest.raises(UsageError) as caught:
        options.parse([])
    assert message in str(caught.value)
    assert "user.toml" in str(caught.value)


def test_a_named_file_must_exist(tmp_path):
    with pytest.raises(UsageError, match="No such file"):
        options.parse(["--config", str(tmp_path / "none.toml")])


@pytest.mark.parametrize(
    "argv",
    [
        ["--nonsense"],
        ["--fps", "-3"],
        ["--fps", "nan"],
        ["--size", "big"],
        ["--gender", "x"],
        ["--max-seconds", "0"],
        ["extra"],
    ],
)
def test_a_wrong_command_line_ends_with_code_2(argv, capsys):
    with pytest.raises(SystemExit) as caught:
        options.parse(argv)
    assert caught.value.code == 2
    assert "usage:" in capsys.readouterr().err


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_and_version_load_nothing_heavy(argument):
    code = (
        "import sys, app\n"
        f"try: app.main([{argument!r}])\n"
        "except SystemExit: pass\n"
        "heavy = {'cv2', 'onnxruntime', 'mediapipe', 'PIL', 'matplotlib', 'numpy'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "emoji" in done.stdout


def test_the_readme_has_the_table_of_the_options():
    text = README.read_text(encoding="utf-8")
    assert readme_tables() in text
    assert with_tables(text) == text  # make readme


def test_every_option_has_all_that_is_derived_from_it(no_config_of_this_user):
    names = {field.name for field in dataclasses.fields(Options)} - {"smoothing"}
    assert set(specs()) == names
    for name, spec in specs().items():
        assert spec.help, name
        assert not spec.help.endswith("."), name
    for name in ("source", "gender", "mirror", "min_face", "timeline"):
        no_config_of_this_user.write_text(f"{name.replace('_', '-')} = {_toml(getattr(Options(), name))}")
        assert options.parse([]) == options.parse(["--config", str(no_config_of_this_user)])


def _toml(value) -> str:
    return json.dumps(list(value) if isinstance(value, tuple) else value)


def test_options_can_not_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Options().gender = "male"


def test_a_trace_gets_back_what_it_kept():
    kept = Options(
        gender="male", smooth=0.2, practise=("happy", "sad"), cover="blur", smoothing=Steadiness(margin=0.5), fps=12.0
    )
    told = json.loads(json.dumps(kept.traced()))
    assert options.with_traced(Options(), told) == kept
    assert options.with_traced(Options(json=True, smooth=1.0), {"smooth": 0.3}) == Options(json=True, smooth=0.3)
    with pytest.raises(UsageError, match="smoothing"):
        options.with_traced(Options(), {"smoothing": {"margin": "wide"}})
