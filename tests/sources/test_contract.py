"""What every source keeps to; a class of the package that is not listed here fails."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import realtime.sources
from realtime.sources.animation import Animation
from realtime.sources.base import Source
from realtime.sources.camera import Camera
from realtime.sources.demo import Demo
from realtime.sources.files import Pictures
from realtime.sources.live import Live
from realtime.sources.looped import Looped
from realtime.sources.on_demand import OnDemand
from realtime.sources.video import Video
from tests.fakes import FakeCapture, ListSource, frame, picture


@dataclass(frozen=True)
class Files:
    """What sources are made of: a folder of three pictures, a video of twelve frames, an animation of four."""

    folder: Path
    video: Path
    animation: Path


@pytest.fixture
def files(folder, video_file, tmp_path_factory) -> Files:
    animation = tmp_path_factory.mktemp("animation") / "clip.gif"
    first, *others = (Image.new("RGB", (64, 48), (40 * n, 0, 0)) for n in range(4))
    first.save(animation, save_all=True, append_images=others, duration=40)
    return Files(folder, video_file, animation)


def _camera() -> Camera:
    return Camera(0, opener=lambda *_: FakeCapture(lambda n: picture()))


def _looped(path: Path) -> Looped:
    return Looped(Video(str(path)), lambda: Video(str(path)))


def _listed(count: int = 5) -> ListSource:
    return ListSource([frame(n) for n in range(count)], paced=True)


def _pictures_of(files: Files) -> set[Path]:
    return {files.folder / name for name in ("a.jpg", "b.png", "c.bmp")}


# name -> how to open it, how many frames it has (None for a device, which goes on until it is told to stop; 0 for as
# many as its thread lets through), and the files it reads.
SOURCES: dict[str, tuple[Callable[[Files], Source], int | None, Callable[[Files], set[Path]]]] = {
    "picture": (lambda files: Pictures(files.folder / "a.jpg"), 1, lambda files: {files.folder / "a.jpg"}),
    "folder": (lambda files: Pictures(files.folder), 3, _pictures_of),
    "video": (lambda files: Video(str(files.video)), 12, lambda files: {files.video}),
    "video by URL": (lambda files: Video(f"file://{files.video}", stream=True), 12, lambda files: {files.video}),
    "animation": (lambda files: Animation(files.animation), 4, lambda files: {files.animation}),
    "demo": (lambda files: Demo(frames=5), 5, lambda files: set()),
    "camera": (lambda files: _camera(), None, lambda files: set()),
    "live video": (lambda files: Live(Video(f"file://{files.video}", stream=True)), 0, lambda files: {files.video}),
    "live camera": (lambda files: Live(_camera()), None, lambda files: set()),
    "live list": (lambda files: Live(_listed()), 0, lambda files: set()),
    "looped video": (lambda files: _looped(files.video), None, lambda files: {files.video}),
    "on demand": (lambda files: OnDemand("0", 30, _listed, lambda: True), 5, lambda files: set()),
    "on demand, live": (lambda files: OnDemand("0", 30, lambda: Live(_camera()), lambda: True), None, lambda f: set()),
}


@pytest.fixture(params=SOURCES)
def kind(request):
    return SOURCES[request.param]


@pytest.fixture
def source(kind, files):
    source = kind[0](files)
    yield source
    source.close()


def _read_all(source: Source, stop_after_first: bool):
    frames = []
    deadline = time.monotonic() + 5
    while not source.ended and time.monotonic() < deadline:
        got = source.read()
        if got is not None:
            frames.append(got)
        if stop_after_first and frames:
            source.stop()
    return frames


def test_every_source_of_the_package_is_tested(files):
    classes = set()
    for module in pkgutil.iter_modules(realtime.sources.__path__, "realtime.sources."):
        found = inspect.getmembers(importlib.import_module(module.name), inspect.isclass)
        classes |= {one for _, one in found if hasattr(one, "read") and one.__module__ == module.name}
    opened = [opener(files) for opener, *_ in SOURCES.values()]
    for one in opened:
        one.close()
    assert {type(one) for one in opened} == classes - {Source}


def test_it_says_what_it_is(source, kind, files):
    assert source.fps > 0
    assert isinstance(source.name, str)
    assert source.name
    for flag in (source.stills, source.paced, source.ended, source.idle):
        assert isinstance(flag, bool)
    assert source.dropped == 0 or isinstance(source, Live)
    assert isinstance(source.reads, tuple)
    assert set(source.reads) == kind[2](files)


def test_frames_are_pictures_with_rising_index_and_time(source, kind):
    count = kind[1]
    frames = _read_all(source, count is None)
    for got in frames:
        assert got.image.dtype == np.uint8
        assert got.image.ndim == 3
        assert got.image.shape[2] == 3
        assert got.image.flags.c_contiguous
        assert got.source
    assert [f.index for f in frames] == sorted({f.index for f in frames})
    times = [f.time_s for f in frames]
    assert times == sorted(set(times))
    assert len(frames) == (count or len(frames)) >= 1
    assert not source.idle


def test_after_the_end_there_is_nothing(source, kind):
    _read_all(source, kind[1] is None)
    assert source.ended
    assert source.read() is None
    assert source.ended


def test_it_may_be_stopped_and_closed_twice(source):
    assert source.read() is not None
    source.stop()
    source.stop()
    source.close()
    source.close()
    assert source.ended or isinstance(source, Live)


def test_only_a_source_on_demand_is_ever_idle(files):
    for name, (opener, *_) in SOURCES.items():
        source = opener(files)
        assert source.idle is name.startswith("on demand"), name
        source.close()
