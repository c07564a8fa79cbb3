"""Data files that come inside packages."""

from __future__ import annotations

import hashlib
import sys

import pytest

from realtime.errors import AssetError
from realtime.faces.packaged import PackagedFile


def _file(package: str, data: bytes = b"model") -> PackagedFile:
    digest = hashlib.sha256(data).hexdigest()
    return PackagedFile("The model", package, "models/a.bin", digest, "pip install it", "pip install it anew")


def test_a_file_is_found_without_its_package_being_imported(tmp_path, monkeypatch):
    (tmp_path / "carrier" / "models").mkdir(parents=True)
    (tmp_path / "carrier" / "__init__.py").write_text("raise SystemExit('it is not to be imported')")
    (tmp_path / "carrier" / "models" / "a.bin").write_bytes(b"model")
    monkeypatch.syspath_prepend(str(tmp_path))
    file = _file("carrier")
    assert file.checked(file.path().read_bytes()) == b"model"
    assert "carrier" not in sys.modules
    with pytest.raises(AssetError, match=r"a\.bin is not the file that was checked\. Run 'pip install it anew'"):
        file.checked(b"another")


def test_a_missing_package_is_told_with_the_command_that_brings_it():
    with pytest.raises(AssetError, match=r"package no_such_one, which is missing\. Run 'pip install it'"):
        _file("no_such_one").path()
