"""The studio: what it lets in, what it reads and writes, and a newcomer's whole path in a real browser."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import io
import json
import os
import re
import shutil
import signal
import socket
import stat
import struct
import subprocess
import sys
import threading
import time
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="training/requirements.txt is not installed")
pytest.importorskip("nicegui", reason="training/requirements.txt is not installed")

import httpx
import psutil
from tqdm import tqdm

from realtime.errors import AssetError, InputError, UsageError
from realtime.records import EMOTIONS
from tests.test_imports import imported
from tests.training.studio_browser import WAIT_MS, Browser, why_no_browser
from tests.training.studio_faces import write_set
from training import run_record
from training.studio.web import uploads
from training.studio.web.guard import Guard
from training.studio.work import faces, models, processes, runs, unpack, worker
from training.studio.work.camera_app import CameraApp
from training.studio.work.jobs import Job
from training.studio.work.places import Places, read_json, write_json
from training.studio.work.runs import PRESETS, Settings

tqdm.monitor_interval = 0  # its thread would outlive the tests

ROOT = Path(__file__).parents[2]
# With STUDIO_SCREENSHOTS=1 the browser's path leaves its pictures in docs/studio, and trains a little longer for them.
SHOW = bool(os.environ.get("STUDIO_SCREENSHOTS"))


@pytest.fixture(scope="module", autouse=True)
def cheap_collections():
    """Keep torch's hundred thousands of objects out of the collection after every test: a third of a second each."""
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def places(tmp_path, shipped_model) -> Places:
    """An empty folder for runs, and a copy of the app's model."""
    shutil.copytree(shipped_model.parent, tmp_path / "models")
    return Places.at(tmp_path / "runs", tmp_path / "models")


@pytest.fixture(scope="module")
def face_folder(tmp_path_factory) -> Path:
    if SHOW:  # a path that looks well
        shutil.rmtree("/tmp/my-faces", ignore_errors=True)
        return write_set(Path("/tmp/my-faces"))
    return write_set(tmp_path_factory.mktemp("drawn") / "faces")


def _files(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


# ---- who may come in


def _asked(headers=(), query="", method="GET", kind="http", token="secret") -> dict:
    """Send a request to a guarded application that answers 200 with a foreign header; return what came back."""
    sent = []

    async def application(scope, receive, send):
        await send(
            {"type": f"{kind}.response.start", "status": 200, "headers": [(b"Access-Control-Allow-Origin", b"*")]}
        )
        await send({"type": f"{kind}.response.body", "body": b"inside"})

    async def send(message):
        sent.append(message)

    pairs = [(name.encode(), value.encode()) for name, value in headers]
    scope = {"type": kind, "method": method, "path": "/", "query_string": query.encode(), "headers": pairs}
    asyncio.run(Guard(application, token, 4321)(scope, None, send))
    first = sent[0]
    told = {name.decode().lower(): value.decode() for name, value in first.get("headers", [])}
    return {
        "type": first["type"],
        "status": first.get("status"),
        "headers": told,
        "body": sent[-1].get("body", b"").decode(),
    }


HOST = "127.0.0.1:4321"
COOKIE = ("cookie", "studio_4321=secret")
ORIGIN = ("origin", f"http://{HOST}")


def test_the_token_opens_and_is_kept_out_of_the_address():
    let_in = _asked([("host", HOST)], "token=secret")
    assert let_in["status"] == 303
    assert let_in["headers"]["location"] == "/"
    assert "HttpOnly" in let_in["headers"]["set-cookie"]
    assert "SameSite=Strict" in let_in["headers"]["set-cookie"]
    inside = _asked([("host", HOST), COOKIE])
    assert inside["body"] == "inside"
    assert "access-control-allow-origin" not in inside["headers"]
    assert "default-src 'self'" in inside["headers"]["content-security-policy"]


@pytest.mark.parametrize(
    ("headers", "query", "method", "word"),
    [
        ([("host", HOST)], "", "GET", "token"),
        ([("host", HOST)], "token=secreT", "GET", "token"),
        ([("host", HOST)], "token=", "GET", "token"),
        ([("host", HOST), ("cookie", "studio_4321=secre")], "", "GET", "token"),
        ([("host", HOST), ("cookie", "studio_9=secret")], "", "GET", "token"),
        ([("host", HOST), ("cookie", 'studio_4321="')], "", "GET", "token"),
        ([("host", "evil.example"), COOKIE], "", "GET", "127.0.0.1"),
        ([("host", "evil.example")], "token=secret", "GET", "127.0.0.1"),
        ([("host", "127.0.0.1:99"), COOKIE], "", "GET", "127.0.0.1"),
        ([COOKIE], "", "GET", "127.0.0.1"),
        ([("host", HOST), ("host", HOST), COOKIE], "", "GET", "127.0.0.1"),
        ([("host", HOST), COOKIE, ("origin", "http://evil.example")], "", "GET", "page"),
        ([("host", HOST), COOKIE, ("origin", "null")], "", "POST", "page"),
        ([("host", HOST), COOKIE], "", "POST", "page"),
        ([("host", HOST), COOKIE, ("sec-fetch-site", "same-site"), ("sec-fetch-mode", "no-cors")], "", "GET", "page"),
        ([("host", HOST), COOKIE, ORIGIN, ("sec-fetch-site", "cross-site")], "", "POST", "page"),
    ],
)
def test_others_are_refused_with_a_sentence(headers, query, method, word):
    refused = _asked(headers, query, method)
    assert refused["status"] == 403
    assert word in refused["body"]


def test_the_websocket_is_for_the_studios_own_page():
    assert _asked([("host", HOST), COOKIE, ORIGIN], kind="websocket")["type"] == "websocket.response.start"
    for headers in (
        [("host", HOST), COOKIE],
        [("host", HOST), COOKIE, ("origin", "https://evil.example")],
        [("host", HOST), ORIGIN],
        [("host", "evil.example"), COOKIE, ORIGIN],
    ):
        assert _asked(headers, kind="websocket")["type"] == "websocket.close"
    assert _asked([("host", HOST), ORIGIN], "token=secret", kind="websocket")["type"] == "websocket.close"


def test_nothing_else_needs_the_page():
    files = [ROOT / "app.py", *(ROOT / "realtime").glob("*.py"), *(ROOT / "training").glob("*.py")]
    found = {name for path in files for name in imported(path)}
    assert not [name for name in found if name.startswith(("nicegui", "training.studio"))]


# ---- places


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/b", "a\\b", ".studio", "-x", "C:x", "a b", "x" * 61, "a\0b", "NUL"]
)
def test_a_run_has_a_plain_name(places, name):
    with pytest.raises(UsageError, match="no name for a run"):
        places.run(name)


def test_a_run_is_no_link_to_elsewhere(places, tmp_path):
    (places.runs / "linked").symlink_to(tmp_path)
    with pytest.raises(UsageError, match="link"):
        places.run("linked")
    assert places.existing("linked") is None


def test_only_what_may_be_shown_is_given_away(places, tmp_path):
    (tmp_path / "outside.png").write_bytes(b"x")
    folder = places.run("one")
    folder.mkdir()
    for name in ("a.png", "last.ckpt", "studio.json"):
        (folder / name).write_bytes(b"x")
    (folder / "link.png").symlink_to(tmp_path / "outside.png")
    assert places.file("one/a.png").read_bytes() == b"x"
    for name in (
        "../outside.png",
        "one/../../outside.png",
        "one/link.png",
        "one/last.ckpt",
        "one/studio.json",
        "one",
        "",
    ):
        with pytest.raises(InputError):
            places.file(name)


# ---- uploads


async def _pieces(*pieces: bytes):
    for piece in pieces:
        yield piece


def _keep(places: Places, name: str, *pieces: bytes, limit: int = 1000) -> Path:
    return asyncio.run(uploads.keep_set(_pieces(*pieces), name, places, limit))


def test_an_upload_is_kept_under_a_harmless_name(places):
    for name in ("../../etc/passwd.csv", "C:\\x\\fer 2013.csv", "\0\n.csv", "....csv", "x" * 5000 + ".csv"):
        kept = _keep(places, name, b"emotion,pixels,Usage\n")
        assert kept.parent == places.uploads
        assert re.fullmatch(r"[A-Za-z0-9-]+\.csv", kept.name)
    assert len(uploads.kept_sets(places)) == 5


def test_an_upload_that_is_too_large_leaves_nothing(places):
    with pytest.raises(InputError, match="larger than"):
        _keep(places, "a.zip", b"x" * 600, b"x" * 600)
    with pytest.raises(InputError, match="larger than"):
        uploads.announced("2000000000", uploads.MAX_SET_BYTES)
    assert not _files(places.runs)


def test_uploads_are_limited_in_kind_and_number(places):
    for name in ("a.exe", "a", "a.zip.sh", ".zip"):
        with pytest.raises(InputError, match=r"\.zip"):
            _keep(places, name, b"x")
    for _ in range(uploads.MAX_SETS):
        _keep(places, "a.csv", b"x")
    with pytest.raises(InputError, match="Remove one"):
        _keep(places, "a.csv", b"x")
    uploads.remove_set(uploads.kept_sets(places)[0].name, places)
    _keep(places, "a.csv", b"x")
    with pytest.raises(InputError, match="not there"):
        uploads.remove_set("../models", places)


def _png(width: int, height: int) -> bytes:
    """Return a PNG whose head announces a size, with hardly any data behind it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "empty"),
        (b"GIF89a", "no picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no picture"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 500, "no picture"),
        (b"%PDF-1.7", "no picture"),
        (_png(60000, 60000), "million pixels"),
        (_png(8, 8), "too small"),
        (_png(600, 600), "no picture"),
    ],
)
def test_what_is_no_picture_is_refused(data, word):
    with pytest.raises(InputError, match=word):
        uploads.picture(data)


def test_pictures_come_in(portrait):
    for suffix in (".jpg", ".png", ".webp", ".bmp"):
        assert uploads.picture(cv2.imencode(suffix, portrait)[1].tobytes()).shape == portrait.shape
    grey = cv2.imencode(".png", portrait[:, :, 0])[1].tobytes()
    assert uploads.picture(grey).shape == portrait.shape


# ---- zips


def _zip(path: Path, entries: dict[str, bytes] | None = None, infos: list[zipfile.ZipInfo] | None = None) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in (entries or {}).items():
            made.writestr(name, data)
        for info in infos or ():
            made.writestr(info, b"/etc/passwd")
    return path


def _unpack(path: Path, places: Places) -> Path:
    return unpack.unpacked(path, places.uploads, lambda entries, doing: entries)


def test_a_zip_is_unpacked_once_without_what_is_not_needed(places, tmp_path):
    content = {"FER/train/happy/a.png": b"1", "FER/x.exe": b"2", "__MACOSX/FER/a.png": b"3", "FER/.b.png": b"4"}
    path = _zip(tmp_path / "set.zip", content | {"FER/labels.csv": b"5"})
    folder = _unpack(path, places)
    assert folder.name == "FER"
    assert _files(folder) == {"train/happy/a.png", "labels.csv"}
    assert _unpack(path, places) == folder
    assert len(uploads.kept_sets(places)) == 1


@pytest.mark.parametrize(
    "name", ["../a.png", "x/../../a.png", "/tmp/a.png", "\\a.png", "C:\\a.png", "c:a.png", "~/a.png", "a\n.png"]
)
def test_names_that_lead_out_are_refused(places, tmp_path, name):
    path = _zip(tmp_path / "set.zip", {"good/happy.png": b"1", name: b"2"})
    with pytest.raises(InputError, match="which has a name"):
        _unpack(path, places)
    assert not _files(places.runs)


@pytest.mark.parametrize(("kind", "word"), [(stat.S_IFLNK, "link"), (stat.S_IFIFO, "device"), (stat.S_IFCHR, "device")])
def test_links_and_devices_are_refused(places, tmp_path, kind, word):
    info = zipfile.ZipInfo("train/happy/a.png")
    info.create_system, info.external_attr = 3, (kind | 0o777) << 16
    with pytest.raises(InputError, match=f"which has a {word} in place of a file"):
        _unpack(_zip(tmp_path / "set.zip", infos=[info]), places)
    assert not _files(places.runs)


def test_locked_and_oddly_compressed_entries_are_refused(places, tmp_path):
    odd = zipfile.ZipInfo("train/happy/a.png")
    odd.compress_type = zipfile.ZIP_BZIP2
    with pytest.raises(InputError, match="which has an unusual compression"):
        _unpack(_zip(tmp_path / "odd.zip", infos=[odd]), places)
    data = bytearray(_zip(tmp_path / "locked.zip", {"train/happy/a.png": b"1"}).read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "locked.zip").write_bytes(data)
    with pytest.raises(InputError, match="which has a password"):
        _unpack(tmp_path / "locked.zip", places)
    assert not _files(places.runs)


def test_bombs_are_refused(places, tmp_path, monkeypatch):
    bomb = _zip(tmp_path / "bomb.zip", {"train/happy/a.png": bytes(30_000_000)})
    with pytest.raises(InputError, match="trap"):
        _unpack(bomb, places)
    monkeypatch.setattr(unpack, "MAX_FILES", 5000)
    many = _zip(tmp_path / "many.zip", {f"train/happy/{n}.png": b"" for n in range(5001)})
    with pytest.raises(InputError, match="5001 files"):
        _unpack(many, places)
    assert not _files(places.runs)


def test_a_zip_that_lies_about_its_sizes_is_refused(places, tmp_path):
    path = _zip(tmp_path / "lie.zip", {"train/happy/a.png": bytes(3_000_000)})
    data = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = data.index(mark) + offset
        data[at : at + 4] = struct.pack("<I", 10)
    path.write_bytes(data)
    with pytest.raises(InputError):
        _unpack(path, places)
    assert not _files(places.runs)


def test_only_so_many_zips_are_unpacked(places, tmp_path, monkeypatch):
    monkeypatch.setattr(unpack, "MAX_SETS", 1)
    _unpack(_zip(tmp_path / "one.zip", {"train/happy/a.png": b"1"}), places)
    with pytest.raises(InputError, match="Remove one"):
        _unpack(_zip(tmp_path / "two.zip", {"train/happy/a.png": b"1"}), places)


def test_what_was_left_behind_is_tidied_up(places):
    old, new, part = places.shown / "old.png", places.shown / "new.png", places.uploads / "cut.part"
    for path in (old, new, part):
        path.write_bytes(b"x")
    for path in (old, part):
        os.utime(path, (1, 1))
    places.tidy()
    assert _files(places.runs) == {".studio/shown/new.png"}


def test_broken_and_empty_zips_are_refused(places, tmp_path):
    (tmp_path / "none.zip").write_bytes(b"PK\x03\x04 nothing")
    for path in (tmp_path / "none.zip", _zip(tmp_path / "other.zip", {"readme.md": b"x"})):
        with pytest.raises(InputError):
            _unpack(path, places)
    whole = _zip(tmp_path / "cut.zip", {f"train/happy/{n}.png": os.urandom(3000) for n in range(9)}).read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[: len(whole) // 2])
    twice = _zip(tmp_path / "twice.zip", {"train/a.png/b.png": b"1", "train/a.png": b"2"})
    for path in (tmp_path / "cut.zip", twice):
        with pytest.raises(InputError):
            _unpack(path, places)
    assert not _files(places.runs)


# ---- jobs


def _job(task: str, **request) -> Job:
    job = Job(task, **request)
    job.wait(90)
    return job


def _look(places: Places, path: object, ferplus: object = "") -> Job:
    sheet = places.shown / "sheet.png"
    return _job("look", path=str(path), ferplus=str(ferplus), uploads=str(places.uploads), sheet=str(sheet))


def test_looking_at_a_set_tells_what_training_data_tells(places, face_folder):
    from training import datasets as data
    from training.data import described

    job = _look(places, face_folder)
    face_set = data.load(face_folder)
    assert job.error == ""
    assert job.result["counts"] == data.counts(face_set)
    assert job.result["findings"] == data.findings(face_set)
    assert any("broken.jpg" in line for line in job.result["findings"])
    assert any("also in" in line for line in job.result["findings"])
    assert job.total == 157  # told on the way
    assert cv2.imread(str(places.shown / "sheet.png")) is not None
    assert described(face_set)[1].split() == ["train", *["16"] * 7, "112"]


def test_a_zip_can_be_looked_at(places, face_folder, tmp_path):
    packed = Path(shutil.make_archive(str(tmp_path / "packed"), "zip", face_folder))
    job = _look(places, packed)
    assert job.error == ""
    assert Path(job.result["path"]).is_relative_to(places.uploads)


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("missing", None, "does not exist"),
        ("fer2013.csv", b"emotion,pixels,Usage\n3,1 2 3", "breaks off in row 1"),
        ("fer2013.csv", b"emotion,pixels\n3,1 2 3 4", "lacks the columns Usage"),
        ("fer2013.csv", b"emotion,pixels,Usage\n3,1 2 3 4,Elsewhere", "unknown split"),
        ("fer2013.csv", b"\xff\xfe\x00\x01" * 50, "no table"),
        ("fer2013.csv", b"", "lacks the columns"),
        ("fer2013.csv", b'emotion,pixels,Usage\n"' + b"9" * 200_000, "no table"),
        ("broken.zip", b"PK\x03\x04", "no .zip"),
        ("", None, "No place was given"),
    ],
)
def test_a_set_that_is_none_is_told_in_a_sentence(places, tmp_path, monkeypatch, capsys, name, content, word):
    path = tmp_path / name if name else ""
    if content is not None:
        path.write_bytes(content)
    request = {"task": "look", "path": str(path), "ferplus": "", "uploads": str(places.uploads), "sheet": "none"}
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(request).encode())))
    assert worker.main() == 0  # here, not in a process of its own, which takes seconds to start
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert word in " ".join(told[-1]["error"])
    assert "Traceback" not in " ".join(told[-1]["error"])


def test_preparing_shows_faces_as_training_sees_them(places, face_folder):
    job = _job("prepare", path=str(face_folder), ferplus="", uploads=str(places.uploads))
    assert job.error == ""
    assert job.result["cut"] == {"train": 112, "valid": 43}
    assert len(job.result["remarks"]) == 2
    assert {face["class"] for face in job.result["faces"]} == set(EMOTIONS)
    names = [stage["name"] for stage in job.result["faces"][0]["stages"]]
    assert names == ["as it is", "cut", "varied", "varied", "varied", "normalised"]
    assert all(stage["size"] == "48x48" for stage in job.result["faces"][0]["stages"])


def test_models_are_scored_on_the_same_pictures(face_folder, shipped_model):
    both = {"one": str(shipped_model), "other": str(shipped_model)}
    job = _job("scores", path=str(face_folder), ferplus="", gender="", models=both)
    assert job.error == ""
    assert job.result["scores"]["one"] == job.result["scores"]["other"]
    assert job.result["scores"]["one"]["fer head, FER labels"][0] == "43"
    job = _job("scores", path=str(face_folder) + "gone", ferplus="", gender="", models=both)
    assert "does not exist" in job.error


def test_a_job_can_be_cancelled_and_may_die(places, face_folder):
    job = Job("prepare", path=str(face_folder), ferplus="", uploads=str(places.uploads))
    job.cancel()
    job.wait(30)
    assert (job.running, job.result, job.what) == (False, None, "Cancelled.")
    job = Job("prepare", path=str(face_folder), ferplus="", uploads=str(places.uploads))
    job._process.kill()  # as a machine without memory does
    job.wait(30)
    assert "ended before it was done" in job.error
    job = _job("look")
    assert "could not be read" in job.error


# ---- runs


LINE = "epoch 12/60:  47%|███▋      | 105/210 [00:28<00:30,  3.30it/s]"


# What may stand for a process in a file that was tampered with: its id, and when it was created.
STRANGE = [('"x"', "3"), ("-1", '"x"'), ("1", '"x"'), ("0", "1.0"), ("1", "[]"), ("true", "1.0"), ("1e99", "NaN")]


def _run_folder(places: Places, name: str = "one", **started) -> Path:
    folder = places.run(name)
    folder.mkdir()
    if started:
        write_json(folder / "studio.json", started)
    return folder


def test_the_presets_are_trainings_own():
    from training import model, train_config
    from training.labels import MODELS

    assert tuple(model.CONFIGS) == MODELS
    full = PRESETS["full"]
    args = train_config.parser("").parse_args([*replace(full, data="x").arguments(), "--output-dir=y"])
    default = train_config.parser("").parse_args(["--data=x"])
    chosen = ("model", "epochs", "batch_size", "seed", "labels", "teachers")
    assert {name: getattr(args, name) for name in chosen} == {name: getattr(default, name) for name in chosen}


def test_settings_become_arguments_that_are_no_options(tmp_path):
    from training import train_config

    settings = Settings(data="--help", gender_data="g", ferplus="f", model="small", epochs=2, teachers=("a", "b"))
    args = train_config.parser("").parse_args([*settings.arguments(), "--output-dir=y"])
    assert Path(args.data).name == "--help"
    assert [path.name for path in args.teachers] == ["a", "b"]
    assert Path(args.gender_data).is_absolute()
    assert args.epochs == 2


def test_half_a_run_can_be_read(places):
    folder = _run_folder(places)
    for content in (b"", b"\0\0", b"epoch,train_loss\n1,2.5\n2,", b"epoch,train_loss\n1,2.5\n2,nan\nx,y", b"\xff\xfe"):
        (folder / "metrics.csv").write_bytes(content)
        assert runs.read_metrics(folder / "metrics.csv") == (
            [{"epoch": 1, "train_loss": 2.5}] if b"2.5" in content else []
        )
        for state in ("", "{", "[]", *(f'{{"pid": {pid}, "identity": {who}}}' for pid, who in STRANGE)):
            (folder / "studio.json").write_text(state)
            (folder / "log.txt").write_bytes(b"\xff\xfe broken \r epoch 1/0: | 1/2 [00:01<??,")
            assert runs.read(folder).state in ("failed", "foreign")
    assert [run.name for run in runs.all_runs(places)] == ["one"]
    assert runs.read(places.runs / "not there").state == "foreign"
    shutil.rmtree(places.runs)
    assert runs.all_runs(places) == []


def test_progress_comes_from_the_runs_record(places):
    folder = _run_folder(places, pid=os.getpid(), identity=processes.identity(os.getpid()), started_s=1.0)
    assert runs.read(folder).progress is None
    writer = run_record.RunWriter(folder, {"epochs": 60})
    assert runs.read(folder).progress is None  # it reads the data
    writer.step(12, 60, 112, 224)
    progress = runs.read(folder).progress
    assert (progress.epoch, progress.epochs) == (12, 60)
    assert progress.done == pytest.approx(11.5 / 60)
    (folder / "run.json").write_text('{"version": 1, "sta')
    assert runs.read(folder).progress is None


def test_another_process_with_the_number_of_a_run_is_not_taken_for_it(places):
    folder = _run_folder(places, pid=os.getpid(), identity=1.0, started_s=1.0)
    (folder / "log.txt").write_text(f"{LINE}\nMemory is full.\n")
    run = runs.read(folder)
    assert (run.state, run.problem) == ("failed", "Memory is full.")
    runs.stop(run)  # must not stop the tests
    runs.pause(run)
    assert read_json(folder / "studio.json")["pid"] == os.getpid()


def test_a_run_of_before_is_finished_only_if_it_ended_after_it_began(places, shipped_model):
    folder = _run_folder(places)
    shutil.copy(shipped_model, folder / "face_expression.onnx")
    (folder / "README.md").write_text("card")
    assert runs.read(folder).state == "finished"
    write_json(folder / "studio.json", {"pid": 0, "started_s": time.time() + 60, "stopping": True})
    assert runs.read(folder).state == "stopped"


@pytest.mark.parametrize(
    ("name", "settings", "word"),
    [
        ("../up", Settings(data="x"), "no name"),
        ("one", Settings(data=" "), "no data set"),
        ("one", Settings(data="x", model="huge"), "unknown"),
        ("one", Settings(data="x", epochs=0), "1 or more"),
        ("taken", Settings(data="x"), "already"),
    ],
)
def test_settings_that_can_not_be_are_refused_before_anything_is_made(places, name, settings, word):
    _run_folder(places, "taken")
    with pytest.raises(UsageError, match=word):
        runs.start(places, name, settings)
    assert _files(places.runs) == set()


def test_a_process_apart_is_found_halted_and_stopped(tmp_path):
    code = (
        "import time\nprint('begun', flush=True)\ntry:\n time.sleep(60)\nexcept KeyboardInterrupt: print('interrupted')"
    )
    pid = processes.start_apart([sys.executable, "-c", code], tmp_path / "log.txt")
    who = processes.identity(pid)
    assert who is not None
    assert os.getsid(pid) == pid  # closing the studio or its terminal does not reach it
    _until(lambda: "begun" in (tmp_path / "log.txt").read_text())
    processes.halt(pid)
    _until(lambda: processes.is_halted(pid))
    processes.stop(pid)
    _until(lambda: processes.identity(pid) is None)
    assert "interrupted" in (tmp_path / "log.txt").read_text()
    assert processes.identity(os.getpid()) == processes.identity(os.getpid()) != who
    processes.stop(pid)


def test_a_process_that_has_ended_is_dead_before_anybody_asks_for_its_exit_code(tmp_path):
    pid = processes.start_apart([sys.executable, "-c", "input()"], tmp_path / "log.txt")
    _until(lambda: psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    assert processes.identity(pid) is None
    assert not processes.lives(pid, psutil.Process(pid).create_time())


def test_a_process_is_known_by_its_time_of_creation():
    pid, created_s = os.getpid(), processes.identity(os.getpid())
    assert processes.lives(pid, created_s)
    for another in (created_s - 60, created_s + 60, None, "x", True):
        assert not processes.lives(pid, another)
    for no_pid in (0, -1, "x", None, 10**30):
        assert not processes.lives(no_pid, created_s)


# A process with a helper in a session of its own, as some data loaders are.
PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
print(child.pid, flush=True)
try:
    time.sleep(60)
finally:
    print(child.wait(), flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="processes can't be asked to end there")
def test_helpers_wait_go_on_and_end_with_their_process(tmp_path):
    log = tmp_path / "log.txt"
    for at_once in (False, True):
        log.unlink(missing_ok=True)
        parent = processes.start_apart([sys.executable, "-c", PARENT], log)
        _until(lambda: log.read_text().endswith("\n"))
        family = (parent, int(log.read_text()))
        processes.halt(parent)
        _until(lambda pids=family: all(processes.is_halted(pid) for pid in pids))
        processes.go_on(parent)
        _until(lambda pids=family: not any(processes.is_halted(pid) for pid in pids))
        assert all(processes.identity(pid) for pid in family)
        processes.halt(parent)
        processes.stop(parent, at_once)
        _until(lambda pids=family: not any(processes.identity(pid) for pid in pids))
        assert (str(-signal.SIGINT) in log.read_text().split()) != at_once  # the parent has seen its helper end


def test_a_run_that_was_killed_goes_on(places, monkeypatch):
    folder = _run_folder(places)
    sleeping = [sys.executable, "-c", "import time; time.sleep(60)"]
    pid = processes.start_apart(sleeping, folder / "log.txt")
    write_json(folder / "studio.json", {"pid": pid, "identity": processes.identity(pid), "arguments": ["--data=x"]})
    assert (runs.read(folder).state, runs.read(folder).progress) == ("running", None)  # there is no run.json yet
    run_record.RunWriter(folder, {}).step(1, 3, 1, 2)
    processes.stop(pid, at_once=True)
    _until(lambda: runs.read(folder).state != "running")
    killed = runs.read(folder)
    assert run_record.read(folder).state == "running"  # nobody was left to write anything else
    assert killed.state == "failed"
    start = processes.start_apart
    monkeypatch.setattr(processes, "start_apart", lambda command, log: start(sleeping, log))
    again = runs.go_on(killed)
    assert again.state == "running"
    assert "--data=x" in again.started["command"]
    runs.stop(runs.stop(again))
    _until(lambda: not runs.read(folder).alive)


def _until(true, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


# ---- the app's model


def test_a_runs_model_becomes_the_apps_and_the_old_one_comes_back(places, shipped_model):
    folder = _run_folder(places)
    old = places.model.read_bytes(), (places.models / "README.md").read_text()
    (folder / "face_expression.onnx").write_bytes(_other_model(shipped_model))
    with pytest.raises(AssetError, match="card"):
        models.adopt(folder, places)
    (folder / "README.md").write_text("the card of another model")
    models.adopt(folder, places)
    new = places.model.read_bytes()
    assert new != old[0]
    assert models.previous(places).read_bytes() == old[0]
    assert models.scores(places.models)["fer head, FER labels"][0] == "99"  # the model carries its scores along
    models.adopt(folder, places)  # a second click does not lose the old one
    assert models.previous(places).read_bytes() == old[0]
    models.bring_back(places)
    assert (places.model.read_bytes(), (places.models / "README.md").read_text()) == old
    assert models.previous(places).read_bytes() == new
    assert not list(places.models.glob("*.part"))


def _other_model(shipped_model: Path) -> bytes:
    import onnx

    model = onnx.load(str(shipped_model))
    model.doc_string = "another"
    for entry in model.metadata_props:
        if entry.key == "scores":
            entry.value = entry.value.replace('"pictures": 3589', '"pictures": 99')
    return model.SerializeToString()


def test_what_is_no_model_does_not_become_the_apps(places):
    folder = _run_folder(places)
    (folder / "README.md").write_text("card")
    for content in (None, b"", b"no model"):
        if content is not None:
            (folder / "face_expression.onnx").write_bytes(content)
        before = places.model.read_bytes()
        with pytest.raises(AssetError):
            models.adopt(folder, places)
        assert places.model.read_bytes() == before
    with pytest.raises(AssetError):
        models.bring_back(places)


def test_scores_come_from_the_model_itself_or_the_runs_record(places, tmp_path):
    rows = {row.title: row for row in models.score_rows(places.models)}
    assert set(rows) == set(models.scores(places.models))
    assert set(rows["fer head, FER labels"].recalls) == set(EMOTIONS)
    (tmp_path / "face_expression.onnx").write_bytes(b"\xff\xfe")
    assert models.scores(tmp_path) == {}
    writer = run_record.RunWriter(tmp_path, {})
    writer.finished(rows.values())
    assert models.scores(tmp_path) == models.scores(places.models)


# ---- faces and the camera app


@pytest.fixture
def reader():
    reader = faces.Reader()
    yield reader
    reader.close()


@pytest.mark.model
def test_faces_are_read_covered_and_given_another_drawing(reader, portrait, shipped_model):
    both = np.concatenate([portrait, cv2.resize(portrait, None, fx=0.5, fy=0.5).repeat(2, 0)[: len(portrait)]], 1)
    both[:, portrait.shape[1] :] = 0
    both[:303, portrait.shape[1] : portrait.shape[1] + 256] = cv2.resize(portrait, (256, 303))
    seen = reader.submit(both, shipped_model).result(60)
    assert [reading.track for reading in seen.readings] == [1, 2]
    told = reader.told(seen, {})
    assert sum(told[0].emotions.values()) == pytest.approx(1, abs=1e-3)
    assert told[0].box[2] - told[0].box[0] > told[1].box[2] - told[1].box[0]
    plain = reader.covered(seen, {})
    assert plain.shape == both.shape
    for presentation in ("female", "male", "neutral"):
        other = reader.told(seen, {2: presentation})
        assert [face.presentation for face in other] == [told[0].presentation, presentation]
        assert other[0].drawing == told[0].drawing
    changed = (reader.covered(seen, {1: "male"}) != reader.covered(seen, {1: "female"})).any(2)
    left, top, right, bottom = told[0].box
    assert changed[top:bottom, left:right].any()
    assert not changed[:, portrait.shape[1] :].any()
    assert (faces.marked(seen) != both).any()


@pytest.mark.model
def test_no_face_and_no_model(reader, shipped_model, tmp_path):
    assert reader.submit(np.full((200, 300, 3), 90, np.uint8), shipped_model).result(60).readings == []
    with pytest.raises(AssetError, match="does not exist"):
        reader.submit(np.zeros((99, 99, 3), np.uint8), tmp_path / "none.onnx").result(60)


@pytest.mark.model
def test_the_camera_app_is_started_read_and_stopped(tmp_path, shipped_model):
    camera = CameraApp()
    camera.stop()
    camera.start("demo", "classic", "file", tmp_path, shipped_model)
    try:
        with pytest.raises(UsageError, match="already"):
            camera.start("demo", "classic", "file", tmp_path, shipped_model)
        _until(lambda: camera.figures().faces or not camera.running)
    finally:
        camera.stop()
    assert not camera.running
    assert camera.code in (0, 130), list(camera.words)
    assert camera.video.stat().st_size > 0
    assert any(line.startswith("Frames:") for line in camera.words)
    camera.start("no such camera", "classic", "file", tmp_path, shipped_model)
    _until(lambda: not camera.running)
    camera.stop()
    assert camera.code == 6
    assert "no such camera" in camera.words[-1]


# ---- the whole studio


@contextlib.contextmanager
def _studio(places: Places):
    """Run a studio; give its address, token and all."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTEST_CURRENT_TEST"}
    folders = ["--runs", str(places.runs), "--model-dir", str(places.models)]
    command = [sys.executable, "-m", "training.studio", "--no-browser", *folders]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    heard: list[str] = []
    thread = threading.Thread(target=lambda: heard.extend(process.stderr), daemon=True)
    thread.start()
    try:
        first = process.stdout.readline()
        assert "http://127.0.0.1:" in first, first + "".join(heard)
        yield re.search(r"http\S+", first)[0]
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        process.stdout.close()
        thread.join(5)
        process.stderr.close()
        assert "Traceback" not in "".join(heard), "".join(heard)


def test_the_studio_talks_to_its_own_page_only(places, portrait, tmp_path):
    before = _files(tmp_path)
    with _studio(places) as address, httpx.Client() as client:
        base = address.split("/?")[0]
        own = {"origin": base}
        assert client.get(base).status_code == 403
        assert client.get(f"{base}/?token=wrong").status_code == 403
        assert client.get(f"{base}/_nicegui_ws/socket.io/?EIO=4&transport=polling").status_code == 403
        assert client.get(address).status_code == 303
        page = client.get(base)
        assert page.status_code == 200
        assert not re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?(?:https?:)?//""", page.text)
        assert client.get(base, headers={"host": "evil.example"}).status_code == 403
        polling = f"{base}/_nicegui_ws/socket.io/?EIO=4&transport=polling"
        assert client.get(polling, headers={"origin": "http://evil.example"}).status_code == 403
        answer = client.get(polling, headers=own)
        assert "*" not in answer.headers.get("access-control-allow-origin", "")
        assert " 101 " in _upgraded(base, client.cookies, base)
        for cookies, origin in ((client.cookies, ""), (client.cookies, "http://evil.example"), ({}, base)):
            assert " 101 " not in _upgraded(base, cookies, origin)
        for name in ("../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%2fetc%2fpasswd", "none.png"):
            assert client.get(f"{base}/file/{name}").status_code == 404
        _upload_tricks(client, base, own, portrait)
    assert {name for name in _files(tmp_path) - before if not name.startswith("runs/.studio/")} == set()


def _upgraded(base: str, cookies, origin: str) -> str:
    """Ask for the websocket; return the first line of the answer, empty if there is none."""
    host = base.removeprefix("http://")
    lines = ["GET /_nicegui_ws/socket.io/?EIO=4&transport=websocket HTTP/1.1", f"Host: {host}"]
    lines += [f"Cookie: {'; '.join(f'{key}={value}' for key, value in cookies.items())}"] if cookies else []
    lines += [f"Origin: {origin}"] if origin else []
    lines += ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"]
    lines += ["Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==", "", ""]
    with socket.create_connection(("127.0.0.1", int(host.rpartition(":")[2])), 10) as connection:
        connection.sendall("\r\n".join(lines).encode())
        try:
            return connection.recv(200).decode("latin-1").partition("\r\n")[0]
        except ConnectionResetError:
            return ""


def _upload_tricks(client: httpx.Client, base: str, own: dict[str, str], portrait: np.ndarray) -> None:
    picture = cv2.imencode(".jpg", portrait)[1].tobytes()
    assert client.post(f"{base}/upload/picture", content=picture).status_code == 403  # no origin
    assert client.post(f"{base}/upload/picture", content=picture, headers={"origin": "null"}).status_code == 403
    key = client.post(f"{base}/upload/picture", content=picture, headers=own).json()["picture"]
    assert client.get(f"{base}/picture/{key}.png").headers["content-type"] == "image/png"
    assert client.get(f"{base}/picture/nothing.png").status_code == 404
    for content, word in ((b"no picture", "no picture"), (b"", "empty"), (_png(60000, 60000), "million")):
        refused = client.post(f"{base}/upload/picture", content=content, headers=own)
        assert refused.status_code == 400
        assert word in refused.json()["error"]

    def endless():
        for _ in range(30):
            yield bytes(1_000_000)

    # Without an announced length, and with a true one.
    for content in (endless(), bytes(21_000_000)):
        with contextlib.suppress(httpx.TransportError):  # it may hang up in the middle
            refused = client.post(f"{base}/upload/picture", content=content, headers=own)
            assert "larger than 20 MB" in refused.json()["error"]
    kept = client.post(f"{base}/upload/set?name=../../x.csv", content=b"a,b\n", headers=own).json()["path"]
    assert Path(kept).parent.name == "uploads"
    assert "neither" in client.post(f"{base}/upload/set?name=x.sh", content=b"x", headers=own).json()["error"]


def test_wrong_options_are_told_in_a_sentence(tmp_path, capsys):
    from training.studio.__main__ import main

    (tmp_path / "file").write_text("x")
    assert main(["--runs", str(tmp_path / "file"), "--no-browser"]) == 6
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert main(["--runs", str(tmp_path / "r"), "--port", str(taken.getsockname()[1]), "--no-browser"]) == 2
    told = capsys.readouterr().err
    assert "can't be made" in told
    assert "can't be used" in told


@pytest.mark.model
@pytest.mark.skipif(bool(why_no_browser()), reason=why_no_browser() or "there is one")
def test_a_newcomers_whole_path_in_a_browser(places, face_folder, portrait, tmp_path):
    cv2.imwrite(str(tmp_path / "portrait.jpg"), portrait)
    _earlier_run(places)
    old_model = places.model.read_bytes()
    with _studio(places) as address, Browser(address, ROOT / "docs" / "studio" if SHOW else None) as browser:
        page = browser.page
        page.get_by_label("Folder, CSV or zip").fill(str(face_folder))
        page.get_by_role("button", name="Look at it").click()
        browser.wait_for("This can be used")
        browser.wait_for("broken.jpg")
        assert page.get_by_role("cell", name="112").count() == 1
        browser.show("1-dataset")

        browser.step("Preprocess")
        page.get_by_role("button", name="Preprocess", exact=True).click()
        browser.wait_for("Ready. Go on with Train.")
        assert page.get_by_role("img", name="happy, normalised").count() == 2
        browser.show("2-preprocess")

        browser.step("Train")
        page.get_by_text("All settings").click()
        page.get_by_label("Epochs").fill("6" if SHOW else "1")
        page.get_by_label("Batch size").fill("14" if SHOW else "28")
        page.get_by_role("button", name="Start", exact=True).click()
        browser.wait_for("run-1 has begun")
        page.reload()  # the run goes on, and is found again
        browser.step("Train")
        browser.wait_for("of 6, " if SHOW else "of 1, ")
        browser.show("3-train-running")
        page.get_by_role("button", name="Make it the app's model").wait_for(timeout=4 * WAIT_MS)
        browser.show("3-train")
        page.get_by_role("button", name="Make it the app's model").click()
        browser.wait_for("The app now uses run-1.")
        assert models.previous(places).read_bytes() == old_model
        assert places.model.read_bytes() == (places.runs / "run-1" / "face_expression.onnx").read_bytes()
        browser.show("3-model")

        browser.step("Accuracy")
        page.get_by_role("combobox", name="Runs").click()
        page.get_by_role("option", name="earlier").click()
        page.keyboard.press("Escape")
        page.locator("ul.legend", has_text="earlier validation, expression").first.wait_for()
        with page.expect_download() as downloading:
            page.get_by_role("button", name="Download as CSV").click()
        assert "earlier" in Path(downloading.value.path()).read_text()
        with page.expect_download(timeout=WAIT_MS) as downloading:
            page.get_by_role("button", name="Download as PNG").click()
        assert cv2.imread(str(downloading.value.path())) is not None
        page.get_by_role("img", name=re.compile("Confusion matrix")).wait_for()
        browser.show("4-accuracy")

        browser.step("Predict")
        page.get_by_role("combobox", name="Model").click()
        page.get_by_role("option", name="run-1").click()
        page.get_by_label("Choose a picture").set_input_files(str(tmp_path / "portrait.jpg"))
        browser.wait_for("One face was found.")
        models.bring_back(places)
        page.get_by_role("combobox", name="Model").click()
        page.get_by_role("option", name="the app's model").click()
        browser.wait_for("One face was found.")
        page.get_by_role("combobox", name="Drawing of face 1").click()
        page.get_by_role("option", name="female", exact=True).click()
        page.get_by_role("img", name="every face covered by an emoji").wait_for()
        browser.show("5-predict")
        with page.expect_download() as downloading:
            page.get_by_role("link", name="Download the covered picture").click()
        assert cv2.imread(str(downloading.value.path())).shape == portrait.shape

        browser.step("Live")
        browser.choose("Camera", "the built-in demo")
        browser.choose("Show it in", "a video file")
        page.get_by_role("button", name="Start", exact=True).click()
        page.get_by_role("cell", name=re.compile("drawing")).wait_for(timeout=WAIT_MS)
        browser.show("6-live")
        page.get_by_role("button", name="Stop").click()
        page.get_by_role("link", name="Download the video").wait_for(timeout=WAIT_MS)
    assert browser.hosts == {"127.0.0.1"}
    assert browser.complaints == []
    assert not [name for name in _files(tmp_path) if not re.match(r"(runs|models)/|portrait.jpg", name)]


def _earlier_run(places: Places) -> None:
    """Write what a run of six epochs leaves."""
    folder = _run_folder(places, "earlier")
    keys = ["epoch", "train_loss", "valid_fer_loss", "valid_fer_accuracy"]
    rows = [(n, 2.1 - 0.12 * n, 2.0 - 0.1 * n, 0.14 + 0.05 * n) for n in range(1, 7)]
    (folder / "metrics.csv").write_text("\n".join([",".join(keys), *(",".join(map(str, row)) for row in rows)]) + "\n")


_TRICKS = """async (studio) => {
  const told = (done) => done.then(() => "done", () => "refused");
  const loaded = (tag, address) => new Promise((yes, no) => {
    document.body.append(Object.assign(document.createElement(tag), {src: address, onload: yes, onerror: no}));
  });
  const opened = new Promise((yes, no) => {
    const socket = new WebSocket(studio.replace("http", "ws") + "/_nicegui_ws/socket.io/?EIO=4&transport=websocket");
    Object.assign(socket, {onopen: yes, onerror: no});
  });
  const upload = studio + "/upload/set?name=a.csv";
  await told(fetch(upload, {method: "POST", mode: "no-cors", credentials: "include", body: "a,b"}));
  return {
    read: await told(fetch(studio + "/", {credentials: "include"})),
    send: await told(fetch(upload, {method: "POST", credentials: "include", body: "a,b"})),
    image: await told(loaded("img", studio + "/file/one/a.png")),
    script: await told(loaded("script", studio + "/assets/studio.js")),
    socket: await told(opened),
  };
}"""


@pytest.mark.skipif(bool(why_no_browser()), reason=why_no_browser() or "there is one")
def test_another_page_in_the_same_browser_gets_nothing(places):
    (places.runs / "one").mkdir()
    cv2.imwrite(str(places.runs / "one" / "a.png"), np.zeros((9, 9), np.uint8))
    with _studio(places) as address, Browser(address) as browser:
        base = address.split("/?")[0]
        other = browser.page.context.new_page()  # with the studio's cookie
        for foreign in ("http://127.0.0.1:9999/", "http://evil.example/"):
            other.route(foreign, lambda route: route.fulfill(body="<body></body>", content_type="text/html"))
            other.goto(foreign)
            assert set(other.evaluate(_TRICKS, base).values()) == {"refused"}
        assert browser.page.evaluate("fetch('/file/one/a.png').then((answer) => answer.status)") == 200
    assert uploads.kept_sets(places) == []


@pytest.mark.model
@pytest.mark.skipif(bool(why_no_browser()), reason=why_no_browser() or "there is one")
def test_errors_as_users_make_them_on_a_phone_in_the_dark(places, face_folder, tmp_path):
    (tmp_path / "notes.txt").write_text("no picture")
    cv2.imwrite(str(tmp_path / "wall.jpg"), np.full((300, 400, 3), 120, np.uint8))
    _zip(tmp_path / "evil.zip", {"../../evil.png": b"x"})
    with (
        _studio(places) as address,
        Browser(address, ROOT / "docs" / "studio" if SHOW else None, phone=True, dark=True) as browser,
    ):
        page = browser.page
        assert "body--dark" in page.locator("body").get_attribute("class")
        page.get_by_label("Folder, CSV or zip").fill("/no/such/place")
        page.get_by_label("Folder, CSV or zip").press("Enter")
        browser.wait_for("/no/such/place does not exist. Give a folder, or fer2013.csv.")
        browser.show("phone-1-error")
        page.get_by_label("upload a .zip or .csv").set_input_files(str(tmp_path / "notes.txt"))
        browser.wait_for("and this is neither")
        page.get_by_label("upload a .zip or .csv").set_input_files(str(tmp_path / "evil.zip"))
        browser.wait_for("evil.zip was uploaded")
        page.get_by_role("button", name="Look at it").click()
        browser.wait_for("a name that leads out of the folder")

        packed = shutil.make_archive(str(tmp_path / "faces"), "zip", face_folder)
        page.get_by_label("upload a .zip or .csv").set_input_files(packed)
        browser.wait_for("faces.zip was uploaded")

        # By the keyboard alone: from the field to the button, and to the next step.
        page.get_by_label("Folder, CSV or zip").focus()
        for _ in range(10):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.textContent").strip() == "Look at it":
                break
        page.keyboard.press("Enter")
        browser.wait_for("This can be used")
        page.get_by_role("tab", name="Dataset").focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Preprocess").wait_for()

        browser.step("Train")
        page.get_by_label("Name").fill("../up")
        page.get_by_role("button", name="Start", exact=True).click()
        browser.wait_for("is no name for a run")
        page.get_by_label("Name").fill("too-large")
        page.get_by_role("button", name="Start", exact=True).click()  # of 128 faces a batch, there is none
        browser.wait_for("Lower --batch-size.", 4 * WAIT_MS)
        browser.show("phone-3-train")

        browser.step("Predict")
        field = page.get_by_label("Choose a picture")
        field.set_input_files(str(tmp_path / "notes.txt"))
        browser.wait_for("The file is no picture that can be read")
        field.set_input_files(str(tmp_path / "wall.jpg"))
        browser.wait_for("No face was found.")
        browser.show("phone-5-no-face")
        page.get_by_role("button", name="Use the camera").click()
        with page.expect_response(lambda answer: "/upload/picture" in answer.url) as taken:
            page.get_by_role("button", name="Take the picture").click()
        assert "picture" in taken.value.json()
        page.get_by_text(
            re.compile("faces? (was|were) found")
        ).wait_for()  # the browser's own test picture, round and yellow
        page.get_by_role("button", name=re.compile("Colours")).click()
        page.locator("body.body--light").wait_for(timeout=WAIT_MS)
        shutil.rmtree(places.runs / "too-large")  # under the eyes of the page
        browser.step("Train")
        browser.step("Accuracy")
        browser.wait_for("There is no run with an epoch behind it yet.")
    assert browser.hosts == {"127.0.0.1"}
    assert browser.complaints == []
    assert browser.widest <= 380


@pytest.mark.model
@pytest.mark.skipif(bool(why_no_browser()), reason=why_no_browser() or "there is one")
def test_a_run_waits_outlives_the_studio_and_is_stopped(places, face_folder):
    settings = Settings(data=str(face_folder), model="small", epochs=500, batch_size=28)
    with _studio(places) as address, Browser(address) as browser:
        run = runs.start(places, "long", settings)
        browser.step("Train")
        browser.wait_for("of 500, ", 4 * WAIT_MS)
        browser.page.get_by_role("button", name="Pause").click()
        browser.page.get_by_text("paused", exact=True).wait_for(timeout=WAIT_MS)
    assert runs.read(run.folder).state == "paused"
    with _studio(places) as address, Browser(address) as browser:
        browser.step("Train")
        browser.page.get_by_text("paused", exact=True).wait_for(timeout=WAIT_MS)
        browser.page.get_by_role("button", name="Go on").click()
        browser.page.get_by_text("running", exact=True).wait_for(timeout=WAIT_MS)
        browser.page.get_by_role("button", name="Stop").click()
        browser.page.get_by_text("stopped", exact=True).wait_for(timeout=4 * WAIT_MS)
    assert processes.identity(run.started["pid"]) is None
    assert "--resume" in runs.read(run.folder).log
    again = runs.go_on(runs.read(run.folder))
    assert ("--resume" in again.started["command"]) == (run.folder / "last.ckpt").is_file()
    runs.stop(runs.stop(again))
    _until(lambda: processes.identity(again.started["pid"]) is None)
