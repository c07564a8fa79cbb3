"""Files covered by Ray, here or on a cluster: the same function for each file, so the same bytes.

Ray is not among the requirements; it is loaded here alone, with its reports to its makers switched off.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from realtime.cli.batch_workers import TRIES, gave_up
from realtime.cli.jobs import FileJob, FileResult, cover_file
from realtime.errors import AssetError, UsageError
from realtime.limits import one_line

# What Ray keeps for data on its way from one process to another, in bytes; a job and its result are small.
_STORE_BYTES = 100_000_000
# Where the package is, which other processes must find too.
_ROOT = Path(__file__).resolve().parents[2]


def with_ray(jobs: Sequence[FileJob], address: str, processes: int) -> Iterator[FileResult]:
    """Cover files by Ray, and give each result as it comes.

    A file whose worker is lost is done again once, elsewhere, then given up.

    Args:
        jobs: the machines of a cluster find files, results and this package by the same paths as this one.
        address: of a cluster, or "local" for a Ray of our own on this machine, which ends with this.
        processes: how many files a Ray of our own does at once.

    Raises:
        AssetError: Ray is not installed.
        UsageError: There is no cluster at the address.
    """
    ray = _loaded()
    _connect(ray, address, processes)
    waiting: dict[Any, FileJob] = {}
    try:
        remote = ray.remote(num_cpus=1, max_retries=TRIES - 1)(_cover)
        waiting = {remote.remote(job, os.getcwd()): job for job in jobs}
        while waiting:
            done, _ = ray.wait(list(waiting), num_returns=1)
            job = waiting.pop(done[0])
            try:
                result: FileResult = ray.get(done[0])
            except ray.exceptions.RayError:
                result = gave_up(job)
            yield result
    finally:
        for task in waiting:
            ray.cancel(task, force=True)
        ray.shutdown()


def _cover(job: FileJob, folder: str) -> FileResult:
    """Cover a file in a process of Ray's, where relative names mean what they mean to the user."""
    os.chdir(folder)
    return cover_file(job)


def _loaded() -> Any:
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # else it warns of what a later version will do
    try:
        return importlib.import_module("ray")
    except ImportError as error:
        raise AssetError(
            f"--ray needs Ray, which can't be loaded: {one_line(error)}.",
            "Run 'pip install -r requirements-ray.txt', or leave --ray out: --jobs does without.",
        ) from error


def _connect(ray: Any, address: str, processes: int) -> None:
    paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    settings: dict[str, Any] = {
        "runtime_env": {"env_vars": {"PYTHONPATH": os.pathsep.join(paths), "RAY_USAGE_STATS_ENABLED": "0"}},
        "log_to_driver": False,
        "logging_level": "ERROR",
    }
    if address == "local":
        settings |= {
            "address": "local",
            "num_cpus": processes,
            "include_dashboard": False,
            "object_store_memory": _STORE_BYTES,
            "_node_ip_address": "127.0.0.1",
            "_system_config": {"task_oom_retries": TRIES - 1},
        }
    else:
        settings["address"] = address
    try:
        ray.init(**settings)
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        raise UsageError(
            f"Ray can't be used at --ray {address}: {one_line(error)}",
            "Start it there with 'ray start --head', or leave the address out.",
        ) from error
