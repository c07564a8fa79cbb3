"""Hostile command lines: parts of pictures that are none, and options of all kinds together."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from random import Random

import numpy as np

from realtime.cli.batch_files import many
from realtime.cli.options import flag, specs
from realtime.cli.parse import ParsedOptions, parse
from realtime.cli.passes import two_passes_wanted
from realtime.cli.paths import RunPaths
from realtime.engine.rendering import cover_zone
from realtime.errors import UsageError
from realtime.limits import one_line

_ZONES = ("100,50,300,200", "0,0,1,1@2-7.5", "0.5,0.25,12.125,9@0-0", "10,10,50,50@1-2")
_LETTERS = "0123456789.,@-+eE_ x\0é٣\n"
_VALUES = (
    *("demo", "auto", "0", "1", "2", "-1", "1e9", "nan", "inf", "0.5", "1e-9", "640x480", "9999999x1", "all"),
    *("out.mp4", "out.png", "out/", "in.png", "in.mp4", "in/", "*.png", "in/*", ".", "", "\0", "x" * 300, "~nobody/a"),
    *("none", "virtual", "virtual:3", "window", "strict", "normal", "blur", "solid", "keep", "pitch", "classic"),
    *("1,1,9,9", "1,1,9,9@1-2", "first", "\udcff.mp4", "/dev/null", "--source", "off", "http://127.0.0.1:9/", "a\nb"),
    *("é", "a.jsonl", "happy,sad"),
)

# What the options that name files are given most of the time.
_FITTING = {
    "source": ("in.mp4", "in.mp4", "in.png", "in/", "*.mp4", "demo"),
    "output": ("out.mp4", "out/", "out.png", "in.mp4", "in/a.png", "in/", "none", "auto"),
    "analysis": ("a.jsonl", "in.mp4", "in/", "out.mp4"),
    "from_analysis": ("a.jsonl", "in.mp4", "in/"),
    "timeline": ("a.csv", "in.png", "out.mp4"),
    "record_trace": ("a.jsonl", "in.mp4", "out.mp4"),
    "zone": ("1,1,9,9", "1,1,9,9@1-2"),
    "zone_off": ("1,1,9,9", "1,1,9,9@1-2"),
    "keep": ("1", "2"),
    "exclude": ("1", "2"),
}


def zone(random: Random, place: Path) -> None:
    """Read parts of a picture, some of them changed, and cover them."""
    given = _parsed([f"--zone={_changed(random)}", f"--zone-off={_changed(random)}", "--source", "v.mp4"])
    image = np.full((random.randint(1, 90), random.randint(1, 120), 3), 200, np.uint8)
    for one in (*given.zone, *given.zone_off):
        cover_zone(image, one)
        one.applies(1.0)
        one.holds(3.0, 4.0)
    assert (image == 200).all()  # of one colour before and after


def _changed(random: Random) -> str:
    text = random.choice(_ZONES)
    for _ in range(random.choice((0, 0, 0, 1, 1, 2))):
        at = random.randrange(len(text) + 1)
        text = text[:at] + random.choice(_LETTERS) * random.choice((0, 1, 1, 12)) + text[at + random.randint(0, 2) :]
    return text


def command_line(random: Random, place: Path) -> None:
    """Take options of all kinds together, and find out what they read and write; nothing is opened."""
    (place / "in").mkdir()
    for name in ("in.png", "in.mp4", "in/a.png", "in/b.mp4"):
        (place / name).write_bytes(b"x")
    line: list[str] = []
    for name in random.sample(sorted(specs()), random.randint(1, 6)):
        fitting = specs()[name].choices or _FITTING.get(name, _VALUES)
        value = str(random.choice(fitting if random.random() < 0.8 else _VALUES))
        line += [flag(name)] if random.random() < 0.2 else [f"{flag(name)}={_placed(place, value)}"]
    options = _parsed(line)
    if many(options) is None:
        two_passes_wanted(options)
        RunPaths(options)
    assert [path.read_bytes() for path in sorted(place.rglob("*.*"))] == [b"x"] * 4


def _placed(place: Path, value: str) -> str:
    """Return a value with the names of files put into a place."""
    return str(place / value) if value.startswith(("in", "out", "*", "a.", "é", ".")) else value


def _parsed(line: list[str]) -> ParsedOptions:
    """Return the options of a command line. Raises UsageError, for what argparse refuses too, which is told by then."""
    told = io.StringIO()
    try:
        with contextlib.redirect_stderr(told):
            return parse(line)
    except SystemExit as error:
        raise UsageError(f"{one_line(told.getvalue(), 2000).rpartition('error: ')[2]}.", "See --help.") from error
