"""Which files a folder or a pattern means, and what each becomes."""

from __future__ import annotations

from pathlib import Path

import pytest

from realtime.cli.batch_files import ManyFiles, many, of_file
from realtime.cli.options import Options
from realtime.errors import InputError, UsageError


def _make(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())


def _many(folder: Path, source: str = "in", output: str = "out/", **more) -> ManyFiles | None:
    return many(Options(source=str(folder / source), output=(f"{folder}/{output}",), **more))


def _results(found: ManyFiles | None) -> dict[str, str]:
    assert found is not None
    return {file.name: file.result.relative_to(found.folder).as_posix() for file in found.files}


def test_a_folder_of_videos_and_pictures_keeps_its_structure(tmp_path):
    _make(tmp_path / "in", "talk.mp4", "sub/photo.jpg", "sub/deep/clip.webm", "notes.txt", ".hidden.mp4")
    found = _many(tmp_path)
    assert _results(found) == {
        "talk.mp4": "talk.mp4",
        "sub/photo.jpg": "sub/photo.jpg",
        "sub/deep/clip.webm": found.files[-1].result.relative_to(found.folder).as_posix(),
    }
    assert found.left_out == 1


def test_a_folder_of_pictures_alone_stays_one_source(tmp_path):
    _make(tmp_path / "in", "a.jpg", "b.png")
    assert _many(tmp_path) is None
    assert _results(_many(tmp_path, jobs=2)) == {"a.jpg": "a.jpg", "b.png": "b.png"}


def test_a_folder_that_is_only_shown_stays_one_source(tmp_path):
    _make(tmp_path / "in", "a.jpg", "b.mp4")
    assert many(Options(source=str(tmp_path / "in"), output=("window",))) is None


def test_two_files_never_become_one(tmp_path):
    _make(tmp_path / "in", "a.jpg", "a.png", "a.mp4", "a.ts", "A.wmv")
    results = [name.casefold() for name in _results(_many(tmp_path)).values()]
    assert len(set(results)) == 5


def test_results_within_the_folder_are_no_sources(tmp_path):
    _make(tmp_path / "in", "a.mp4", "out/a.mp4", "out/b.mp4")
    assert _results(_many(tmp_path, output="in/out/")) == {"a.mp4": "a.mp4"}


def test_a_pattern_takes_what_it_fits(tmp_path):
    _make(tmp_path / "in", "a.mp4", "b.mkv", "sub/c.mp4")
    assert list(_results(_many(tmp_path, "in/*.mp4"))) == ["a.mp4"]
    assert list(_results(_many(tmp_path, "in/**/*.mp4"))) == ["a.mp4", "sub/c.mp4"]
    assert list(_results(_many(tmp_path, "i*"))) == ["in/a.mp4", "in/b.mkv", "in/sub/c.mp4"]


def test_a_file_whose_name_looks_like_a_pattern_is_a_file(tmp_path):
    _make(tmp_path, "talk[1].mp4")
    assert _many(tmp_path, "talk[1].mp4") is None


def test_a_pattern_that_fits_nothing_says_how_it_is_written(tmp_path):
    with pytest.raises(InputError, match="stands in quotes"):
        _many(tmp_path, "*.mp4")


def test_many_files_need_a_folder(tmp_path):
    _make(tmp_path / "in", "a.mp4")
    for output in (("window",), ("out.mp4",), ("auto",), (f"{tmp_path}/out/", "window")):
        with pytest.raises(UsageError, match="--output covered/"):
            many(Options(source=str(tmp_path / "in" / "*.mp4"), output=output))


@pytest.mark.parametrize("more", [{"json": True}, {"timeline": ("t.csv",)}, {"record_trace": Path("t")}])
def test_what_belongs_to_one_source_is_refused(tmp_path, more):
    _make(tmp_path / "in", "a.mp4")
    with pytest.raises(UsageError, match="is for one source"):
        _many(tmp_path, **more)


@pytest.mark.parametrize("more", [{"ray": "local"}, {"again": True}])
def test_what_is_for_many_files_is_refused_for_one(tmp_path, more):
    _make(tmp_path, "a.mp4")
    with pytest.raises(UsageError, match="is for many files"):
        _many(tmp_path, "a.mp4", **more)


def test_no_source_is_written_over(tmp_path):
    _make(tmp_path / "in", "a.mp4", "b.mp4")
    with pytest.raises(UsageError, match="would be lost"):
        _many(tmp_path, output="in/")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "b.mp4").hardlink_to(tmp_path / "in" / "a.mp4")
    with pytest.raises(UsageError, match=r"The result of b\.mp4 would be written over a\.mp4"):
        _many(tmp_path)


def test_the_run_of_a_picture_is_not_asked_for_sound(tmp_path):
    _make(tmp_path / "in", "a.mp4", "b.png")
    options = Options(source=str(tmp_path / "in"), output=(f"{tmp_path}/out/",), keep_audio=True, jobs=3)
    video, picture = many(options).files
    assert of_file(options, video, tmp_path).keep_audio
    one = of_file(options, picture, tmp_path)
    assert not one.keep_audio
    assert (one.jobs, one.output) == (1, (str(tmp_path / "b.png"),))
