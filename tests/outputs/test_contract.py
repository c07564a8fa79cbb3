"""What every kind of output keeps to; the kinds come from the registry, so a new one is tested the day it is added."""

from __future__ import annotations

import gc
import subprocess
import sys
import time
import weakref
from pathlib import Path

import numpy as np
import pytest

from realtime.errors import OutputError, UsageError
from realtime.outputs import kinds as registry
from realtime.outputs.base import Output
from realtime.outputs.kinds import KINDS, OutputKind, kind_of
from realtime.outputs.open import Outputs, open_outputs
from realtime.records import Frame
from tests.fakes import frame, picture
from tests.outputs.conftest import context
from tests.outputs.devices import STAND_INS

ROOT = Path(__file__).parents[2]
FILES = [(kind, suffix) for kind in KINDS for suffix in kind.suffixes]
WAYS = [(kind, name) for kind in KINDS for name in kind.names] + FILES
SIZES_WH = [(160, 120), (64, 48), (33, 47), (320, 200)]


def _id(value) -> str:
    return value.name if isinstance(value, OutputKind) else value or "folder"


every_way = pytest.mark.parametrize(("kind", "word"), WAYS, ids=_id)
every_file = pytest.mark.parametrize(("kind", "suffix"), FILES, ids=_id)


@pytest.fixture
def opened(tmp_path, monkeypatch):
    """Return a function that opens a kind by one of its names, or as a file or folder with one of its endings."""
    made: list[Output] = []

    def opened(kind: OutputKind, word: str, folder: Path = tmp_path, **fields) -> Output:
        if kind.names:
            assert kind.name in STAND_INS, f"tests/outputs/devices.py has no stand-in for the device of {kind.name}"
            STAND_INS[kind.name](monkeypatch)
        address = word if kind.names else str(folder / f"out{word}")
        made.append(kind.load().open(address, context(**fields)))
        return made[-1]

    yield opened
    for output in made:
        output.close()


def _moving() -> list[Frame]:
    """Return frames of changing sizes."""
    return [frame(n, n / 30, picture(*size, level=60 + 40 * n)) for n, size in enumerate(SIZES_WH)]


@pytest.mark.parametrize("kind", KINDS, ids=_id)
def test_a_kind_is_told_apart_and_described(kind):
    assert kind.usage
    assert kind.what
    assert bool(kind.names) != bool(kind.suffixes), "a kind is asked for by name or writes files"
    assert [other.name for other in KINDS].count(kind.name) == 1
    for name in kind.names:
        assert [other for other in KINDS if other.matches(name)] == [kind]
    for suffix in kind.suffixes:
        assert [other for other in KINDS if suffix in other.suffixes] == [kind]
        assert kind_of(f"out{suffix.upper()}") is kind


def test_the_registry_loads_neither_opencv_nor_an_output():
    code = (
        "import sys; from realtime.outputs.kinds import KINDS, kind_of; kind_of('out.mp4'); "
        "print(*sorted(name for name in sys.modules if name == 'cv2' or name.startswith('realtime.outputs.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["realtime.outputs.kinds"]


@every_way
def test_it_tells_what_it_is(kind, word, opened):
    output = opened(kind, word)
    assert output.paced in (True, False)
    assert output.wants_keys in (True, False)
    assert output.device is None or isinstance(output.device, str)
    assert not (output.wants_keys and output.keyboard is not None)
    assert output.keyboard is None or output.keyboard.pressed(0.0) == []


@every_way
def test_it_takes_frames_and_leaves_their_pictures_alone(kind, word, opened):
    output = opened(kind, word)
    moving = _moving()
    while moving:
        f = moving.pop(0)
        before = f.image.copy()
        output.write(f)
        assert np.array_equal(f.image, before)
        image = weakref.ref(f.image)
        del f
        gc.collect()
        assert image() is None, "the picture is kept without a copy"
    assert isinstance(output.close(), str)


@every_way
def test_it_takes_cards_before_and_between_frames(kind, word, opened):
    output = opened(kind, word)
    for f in _moving():
        before = f.image.copy()
        output.show_card(f)
        assert np.array_equal(f.image, before)
        output.serve()
        output.write(f)
    output.close()


@every_way
def test_serving_takes_no_time(kind, word, opened):
    output = opened(kind, word)
    output.serve()
    output.write(_moving()[0])
    start_s = time.thread_time()
    for _ in range(100):
        output.serve()
    assert time.thread_time() - start_s < 0.1


@every_way
def test_closing_tells_where_it_is_and_can_be_repeated(kind, word, opened, tmp_path):
    output = opened(kind, word)
    for f in _moving():
        output.write(f)
    told = output.close()
    assert isinstance(told, str)
    assert "\n" not in told
    if kind.suffixes:
        assert str(tmp_path / f"out{word}") in told
        assert (tmp_path / f"out{word}").exists()
    assert not list(tmp_path.rglob("*.part*"))
    assert isinstance(output.close(), str)


@every_way
def test_without_a_frame_nothing_is_left(kind, word, opened, tmp_path):
    output = opened(kind, word, tmp_path / "new")
    told = output.close()
    assert not list(tmp_path.rglob("*.*"))
    if kind.suffixes:
        assert told == ""


@every_file
def test_a_place_that_cannot_be_written_is_an_error(kind, suffix, opened, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="can't be made") as caught:
        opened(kind, suffix, tmp_path / "file")
    assert str(tmp_path / "file") in caught.value.what
    assert caught.value.remedy


@every_file
def test_a_full_disk_is_an_error_and_leaves_no_rest(kind, suffix, opened, small_disk):
    noise = np.random.default_rng(0).integers(0, 256, (600, 600, 3), np.uint8)
    output = opened(kind, suffix, small_disk)
    with pytest.raises(OutputError, match=r"No space left|full") as caught:
        _write_and_close(output, [frame(n, n / 30, noise) for n in range(3)])
    assert caught.value.remedy
    output.close()
    assert not [path for path in small_disk.rglob("*") if path.is_file()]


def _write_and_close(output: Output, frames: list[Frame]) -> None:
    for f in frames:
        output.write(f)
    output.close()


@every_file
@pytest.mark.parametrize("by", ["source", "other"])
def test_what_the_run_reads_is_refused(kind, suffix, by, tmp_path):
    if not suffix:
        pytest.skip("a folder can't be the file that is read")
    original = tmp_path / f"a{suffix}"
    original.write_bytes(b"original")
    (tmp_path / "sub").mkdir()
    also = str(tmp_path / "sub" / ".." / f"a{suffix}")  # the same file by another path
    given = context(source_name=str(original)) if by == "source" else context(reads=(tmp_path / "b", original))
    with pytest.raises(UsageError, match="source itself" if by == "source" else "this run reads"):
        open_outputs([also], given)
    assert original.read_bytes() == b"original"
    assert not list(tmp_path.rglob("*.part*"))


@every_way
def test_several_are_used_as_one(kind, word, opened):
    output = opened(kind, word)
    both = Outputs([output, registry.kind_of("none").load().open("none", context())])
    assert both.paced == output.paced
    assert both.devices == ([] if output.device is None else [output.device])
    assert both.device == output.device
    for f in _moving():
        both.write(f)
        both.show_card(f)
        both.serve()
        assert both.keys(0.0) == []
    assert isinstance(both.close(), str)
