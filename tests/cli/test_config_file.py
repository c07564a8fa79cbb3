"""A configuration from a stranger is read, or refused in one line."""

from __future__ import annotations

import os
import time

import pytest

from realtime.cli.config_file import read_config
from realtime.errors import UsageError


def test_a_configuration_is_a_table(tmp_path):
    path = tmp_path / "c.toml"
    path.write_text('cover = "blur"\n[smoothing]\nrest = 0.5\n')
    assert read_config(path) == {"cover": "blur", "smoothing": {"rest": 0.5}}


@pytest.mark.parametrize(
    "text",
    [
        *("fps = " + "[" * 5000, "fps = " + "{a=" * 3000, "a." * 9000 + "b = 1"),
        *("fps = " + "9" * 5000, "fps = 0x" + "f" * 5000, "fps = [1, [" + "8" * 25 + "]]"),
        # Deeper than functions may call themselves, though no line of it is.
        "".join("a." * 190 + "a = [\n{" for _ in range(45)) + "b = " + "9" * 25 + "}]" * 45,
        *("fps = ", "fps", "fps = 1\nfps = 2", "\udcff", "x = '" + "y" * 30_000 + "'", "cover = '" + "y" * 5000 + "'"),
    ],
)
def test_what_hurts_the_reader_is_refused_in_one_line_and_at_once(tmp_path, text):
    path = tmp_path / "c.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    started = time.process_time()
    with pytest.raises(UsageError, match=r"c\.toml") as refused:
        read_config(path)
    assert "\n" not in str(refused.value)
    assert time.process_time() - started < 3


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_pipes_and_folders_are_no_configuration(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, tmp_path / "none"):
        with pytest.raises(UsageError, match=r"Check --config\."):
            read_config(path)
