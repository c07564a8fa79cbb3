"""Hostile journals of folders of results."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from random import Random

from realtime.cli.batch import tell, worst
from realtime.cli.batch_files import FileToCover, ManyFiles
from realtime.cli.batch_journal import NAME, Journal
from realtime.cli.fingerprint import fingerprint
from realtime.cli.jobs import FileResult
from realtime.cli.options import Options
from tests.fuzz.mutations import changed_bytes, changed_json


def journal(random: Random, place: Path) -> None:
    """Go on with a changed journal, and tell what is said to have come of the files."""
    options, files = Options(source=str(place)), [_file(place, name) for name in ("a.mp4", "b.png")]
    rows = [json.loads(line) for line in _kept(options, files).splitlines()]
    at = random.randrange(len(rows))
    lines = [json.dumps(row) for row in rows]
    lines[at] = changed_json(random, rows[at])
    data = "\n".join(lines).encode("utf-8", "surrogatepass")
    (place / NAME).write_bytes(changed_bytes(random, data) if random.random() < 0.2 else data)
    with Journal(place, options) as kept:
        found = [kept.earlier(file) or FileResult(file.name, 6, why="It failed.") for file in files]
    assert worst([result.exit_code for result in found]) in range(256)
    with contextlib.redirect_stdout(io.StringIO()) as told:
        tell(ManyFiles(place, tuple(files)), found)
    assert all(line.isprintable() for line in told.getvalue().splitlines())
    assert len(told.getvalue()) < 5000


def _file(place: Path, name: str) -> FileToCover:
    (place / name).write_bytes(b"video")
    (place / f"covered-{name}").write_bytes(b"abc")
    return FileToCover(name, place / name, place / f"covered-{name}", still=name.endswith(".png"))


_KEPT: list[str] = []


def _kept(options: Options, files: list[FileToCover]) -> str:
    """Return the journal of finished files, which is written once, as waiting for the disk takes longest."""
    if not _KEPT:
        folder = files[0].source.parent
        with Journal(folder, options) as kept:
            for file in files:
                kept.add(file, FileResult(file.name, 0, people=1, source=fingerprint(file.source), written=3))
        _KEPT.append((folder / NAME).read_text())
    return _KEPT[0]
