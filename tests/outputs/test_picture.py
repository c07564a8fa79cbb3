"""Pictures as outputs, alone and in a folder."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from realtime.errors import OutputError
from realtime.images import PICTURE_SUFFIXES, read_picture, replacing, write_picture
from realtime.outputs import kinds
from realtime.outputs.open import open_outputs
from realtime.outputs.picture import FolderOutput, PictureOutput
from realtime.records import Frame
from tests.fakes import frame, picture
from tests.outputs.conftest import context, frames


def test_pictures_are_written_in_every_format_that_is_read_and_has_colour():
    assert {*kinds.PICTURE_SUFFIXES, ".pgm", ".gif"} == set(PICTURE_SUFFIXES)


@pytest.mark.parametrize("suffix", kinds.PICTURE_SUFFIXES)
def test_the_last_frame_is_the_picture(tmp_path, suffix):
    output = PictureOutput(tmp_path / f"a{suffix}")
    for f in frames():
        output.write(f)
    assert output.close() == f"picture {tmp_path / f'a{suffix}'}"
    assert abs(int(read_picture(tmp_path / f"a{suffix}").mean()) - 180) <= 2


@pytest.mark.parametrize("name", ["picture", "folder"])
def test_an_output_that_got_nothing_leaves_nothing(name, tmp_path):
    out = tmp_path / "out"
    output = {
        "picture": lambda: PictureOutput(out / "a.png"),
        "folder": lambda: FolderOutput(out, False),
    }[name]()
    assert output.close() == ""
    assert not list(out.rglob("*.*"))


def test_an_unwritable_place_is_an_error(tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    for make in (lambda: PictureOutput(file / "a.png"), lambda: FolderOutput(file / "a", False)):
        with pytest.raises(OutputError, match="can't be made"):
            make()
    (tmp_path / "folder.png").mkdir()
    output = PictureOutput(tmp_path / "folder.png")
    output.write(frame())
    with pytest.raises(OutputError, match="can't be written"):
        output.close()
    assert not list(tmp_path.glob("*.part"))


def test_a_folder_keeps_names_or_numbers(tmp_path):
    for keep in (True, False):
        output = FolderOutput(tmp_path / str(keep), keep)
        for f in frames(2):
            output.write(f)
        assert output.close() == f"2 pictures in {tmp_path / str(keep)}"
    assert sorted(p.name for p in (tmp_path / "True").iterdir()) == ["0.jpg", "1.jpg"]
    assert sorted(p.name for p in (tmp_path / "False").iterdir()) == ["frame_000000.png", "frame_000001.png"]


def test_pictures_of_one_name_do_not_overwrite_each_other(tmp_path):
    output = FolderOutput(tmp_path / "out", keep_names=True)
    for n, name in enumerate(("in/a.jpg", "in/a.png")):
        output.write(Frame(picture(level=50 * n), n, n, name))
    output.close()
    assert len(list((tmp_path / "out").iterdir())) == 2


def test_the_source_is_never_overwritten(tmp_path):
    original = tmp_path / "a.png"
    original.write_bytes(b"original")
    output = FolderOutput(tmp_path, keep_names=True)
    output.write(Frame(picture(), 0, 0, str(original)))
    output.close()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.png", "a_emoji.png"]
    assert original.read_bytes() == b"original"


@pytest.mark.parametrize(
    ("name", "written"), [("a.JPG", "a.jpg"), ("a.webp", "a.webp"), ("a.heic", "a.jpg"), ("a", "a.png")]
)
def test_a_picture_in_a_folder_stays_of_its_kind(tmp_path, name, written):
    output = FolderOutput(tmp_path / "out", keep_names=True)
    output.write(Frame(picture(), 0, 0.0, str(tmp_path / name)))
    output.close()
    assert [path.name for path in (tmp_path / "out").iterdir()] == [written]
    assert read_picture(tmp_path / "out" / written).shape == picture().shape


def test_pictures_that_are_still_to_be_read_are_not_overwritten(tmp_path):
    for name in ("a.jpg", "a.png"):
        (tmp_path / name).write_bytes(b"original")
    reads = (tmp_path / "a.jpg", tmp_path / "a.png")
    outputs = open_outputs([str(tmp_path)], context(source_name=str(tmp_path), stills=True, reads=reads))
    for n, path in enumerate(reads):
        outputs.write(Frame(picture(), n, n, str(path)))
    outputs.close()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.jpg", "a.png", "a_emoji.jpg", "a_emoji.png"]
    assert {(tmp_path / name).read_bytes() for name in ("a.jpg", "a.png")} == {b"original"}


def test_a_full_disk_leaves_no_rest(small_disk):
    noise = np.random.default_rng(0).integers(0, 256, (300, 300, 3), np.uint8)
    output = PictureOutput(small_disk / "a.png")
    output.write(frame(image=noise))
    with pytest.raises(OutputError, match="No space left"):
        output.close()
    assert list(Path(small_disk).iterdir()) == []


@pytest.mark.parametrize("ending", [".part", ".trial"])
def test_a_file_that_is_called_like_the_picture_and_more_is_left_alone(tmp_path, ending):
    beside = tmp_path / f"a.png{ending}"
    beside.write_bytes(b"original")
    write_picture(tmp_path / "a.png", picture())
    with pytest.raises(ZeroDivisionError), replacing(tmp_path / "a.png"):
        _ = 1 / 0
    assert beside.read_bytes() == b"original"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", beside.name]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_a_written_file_has_the_permissions_of_every_new_file(tmp_path):
    write_picture(tmp_path / "a.png", picture())
    (tmp_path / "plain").touch()
    assert (tmp_path / "a.png").stat().st_mode == (tmp_path / "plain").stat().st_mode
