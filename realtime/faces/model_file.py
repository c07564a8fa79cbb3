"""ONNX files from anywhere, made ready to run within limits. Who made them is not trusted."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

import onnxruntime

from realtime.errors import AssetError, InputError
from realtime.limits import check_file, one_line

# The model that ships has 2 MB.
_MAX_BYTES = 200_000_000
# What all models together may take in memory while they run: a few bytes of a file can ask for any size.
_MAX_MEMORY_BYTES = 2 << 30
# What onnxruntime before 1.24, the last for Python 3.10, works out while it opens a model takes what memory it likes.
# There it is worked out in every run instead, within the limit.
_LEFT_OUT = ["ConstantFolding"] if tuple(map(int, onnxruntime.__version__.split(".")[:2])) < (1, 24) else []
# How the parts that are refused are written in a file: weights that lie in another one, and parts that go on for as
# long as they like. Each is a tag of protobuf's, a length and a name.
_REFUSED = {
    b"\x0a\x08location": "keeps its weights in another file",
    b"\x22\x04Loop": "has loops",
    b"\x22\x04Scan": "has loops",
}


def open_session(path: Path, remedy: str) -> onnxruntime.InferenceSession:
    """Open a model.

    Args:
        path: An ONNX file with its weights inside.
        remedy: What to do about one that can't be used, for the error.

    Raises:
        AssetError: It is missing or broken, or asks for more than a model of faces needs.
    """
    data = _read(path, remedy)
    for mark, what in _REFUSED.items():
        if mark in data:
            raise AssetError(f"{path} is a model that {what}, which this program does not run.", remedy)
    if hasattr(onnxruntime, "disable_telemetry_events"):  # has an effect on Windows builds only
        onnxruntime.disable_telemetry_events()
    _limit_memory()
    options = onnxruntime.SessionOptions()
    # More threads would spin between frames and cost more than they bring at this size.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.add_session_config_entry("session.use_env_allocators", "1")
    try:
        # Its second try would print a banner of several lines to standard output.
        return onnxruntime.InferenceSession(
            data,
            options,
            providers=["CPUExecutionProvider"],
            enable_fallback=False,
            disabled_optimizers=_LEFT_OUT,
        )
    except Exception as error:  # onnxruntime's exceptions have no common public base
        raise AssetError(f"{path} is no ONNX model that can be read: {one_line(error)}.", remedy) from error


def fingerprint(path: Path, remedy: str) -> str:
    """Return what tells a model from every other, 16 hexadecimal digits. Raises AssetError if it can't be read."""
    return hashlib.sha256(_read(path, remedy)).hexdigest()[:16]


def metadata_of(path: Path, session: onnxruntime.InferenceSession, remedy: str) -> dict[str, str]:
    """Return what a model says of itself. Raises AssetError for what is no text."""
    try:
        return dict(session.get_modelmeta().custom_metadata_map)
    except UnicodeDecodeError as error:
        raise AssetError(f"{path} says of itself what is no text in UTF-8.", remedy) from error


def _read(path: Path, remedy: str) -> bytes:
    try:
        check_file(path)
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise AssetError(f"The expression model {path} does not exist.", remedy) from error
    except InputError as error:
        raise AssetError(error.what, remedy) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise AssetError(f"The expression model {path} can't be read: {reason}.", remedy) from error
    if len(data) > _MAX_BYTES:
        raise AssetError(f"The expression model {path} is larger than {_MAX_BYTES // 10**6} MB.", remedy)
    return data


@functools.cache
def _limit_memory() -> None:
    """Let the models of this process share memory of a limited size; once is enough."""
    place = onnxruntime.OrtMemoryInfo(
        "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
    )
    onnxruntime.create_and_register_allocator(place, onnxruntime.OrtArenaCfg({"max_mem": _MAX_MEMORY_BYTES}))
