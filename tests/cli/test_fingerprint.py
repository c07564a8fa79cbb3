"""By what a file is known again."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from realtime.cli.fingerprint import fingerprint
from realtime.errors import InputError


def test_a_file_is_read_once_until_it_changes(tmp_path, monkeypatch):
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"one")
    opened, real = [], Path.open
    monkeypatch.setattr(Path, "open", lambda self, *how, **more: opened.append(self) or real(self, *how, **more))
    first = fingerprint(path)
    assert fingerprint(path) == first
    assert opened == [path]
    assert first.sha256 == hashlib.sha256(b"one").hexdigest()
    before = path.stat()
    path.write_bytes(b"two")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))  # which hides that it was written to
    assert fingerprint(path).sha256 == hashlib.sha256(b"two").hexdigest()


def test_what_can_not_be_read_is_told(tmp_path):
    with pytest.raises(InputError, match="No such file"):
        fingerprint(tmp_path / "gone")
    with pytest.raises(InputError, match=r"Is a directory|Permission"):
        fingerprint(tmp_path)
