"""The priority of threads, which an encoder must not raise over everything else on the machine."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator


@contextlib.contextmanager
def kept_priority() -> Iterator[None]:
    """Give threads that are made meanwhile, and the calling one, the priority that the calling one has now.

    SVT-AV1 4.1 gives itself and whoever opens it the highest real-time priority where the program runs as root on
    Linux, as in a container. It would go before all else on the machine, and so would every program started later.
    """
    before = _priorities()
    try:
        yield
    finally:
        own = before.get(threading.get_native_id())
        for thread, now in _priorities().items():
            usual = before.get(thread, own)
            if usual is not None and now != usual:
                _set_priority(thread, usual)


def _priorities() -> dict[int, tuple[int, int]]:
    """Return the scheduling policy and the real-time priority of each thread of this process; none but on Linux."""
    found = {}
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            for thread in map(int, os.listdir("/proc/self/task")):
                with contextlib.suppress(OSError):  # it has ended
                    found[thread] = os.sched_getscheduler(thread), os.sched_getparam(thread).sched_priority
    return found


def _set_priority(thread: int, usual: tuple[int, int]) -> None:
    if sys.platform == "linux":
        with contextlib.suppress(OSError):  # it has ended
            os.sched_setscheduler(thread, usual[0], os.sched_param(usual[1]))
