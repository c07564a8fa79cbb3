"""Give the program many hostile cases, and tell how they were answered: `python -m tests.fuzz --cases 20000`."""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from pathlib import Path

from realtime.quiet import quiet
from tests.fuzz.kinds import KINDS
from tests.fuzz.running import Judge

_BAR = 40


def main() -> int:
    """Run the cases; return 1 if one was not answered as it must be."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=20_000, metavar="N", help="of all kinds together; default: 20000")
    parser.add_argument("--kind", choices=tuple(KINDS), help="only this one")
    parser.add_argument("--first", type=int, default=0, metavar="N", help="number of the first case of each kind")
    given = parser.parse_args()
    kinds = [given.kind] if given.kind else list(KINDS)
    with tempfile.TemporaryDirectory() as place, quiet(verbose=False):
        logging.disable(logging.CRITICAL)
        judge = Judge(Path(place))
        for done in range(given.cases):
            judge.run(kinds[done % len(kinds)], given.first + done // len(kinds))
            _show(done + 1, given.cases, len(judge.faults))
    print(judge.table())
    for fault in judge.faults:
        print(fault)
    return 1 if judge.faults else 0


def _show(done: int, cases: int, faults: int) -> None:
    if sys.stdout.isatty() or done % max(cases // 20, 1) == 0:
        filled = _BAR * done // cases
        end = "\n" if done == cases or not sys.stdout.isatty() else "\r"
        print(f"[{'#' * filled}{'.' * (_BAR - filled)}] {done}/{cases}, faults: {faults}", end=end, flush=True)


if __name__ == "__main__":
    sys.exit(main())
