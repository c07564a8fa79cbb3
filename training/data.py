"""Look at a data set: `python -m training.data inspect PATH`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from realtime.errors import EmojiCameraError
from training import plots
from training.datasets import FaceSet, load
from training.findings import counts, findings


def main(argv: list[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m training.data", description="Look at a data set.")
    commands = parser.add_subparsers(required=True)
    inspect = commands.add_parser("inspect", help="print counts, sizes, duplicates and problems; draw a contact sheet")
    inspect.add_argument("path", type=Path)
    inspect.add_argument("--ferplus", type=Path, metavar="FILE", help="FER+ votes, fer2013new.csv")
    inspect.add_argument("--sheet", type=Path, default=Path("contact-sheet.png"), metavar="FILE", help="%(default)s")
    args = parser.parse_args(argv)
    try:
        face_set = load(args.path, args.ferplus)
        print("\n".join(described(face_set)))
        plots.contact_sheet(face_set.splits, args.sheet)
        print(f"Contact sheet: {args.sheet}")
    except EmojiCameraError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


def described(face_set: FaceSet) -> list[str]:
    """Return what there is to say of a set: counts per class and split, and the findings."""
    table = counts(face_set)
    classes = next(iter(table.values()))
    lines = ["".join([f"{'split':8}", *(f"{name:>10}" for name in classes), f"{'all':>10}"])]
    for split, row in table.items():
        lines.append("".join([f"{split:8}", *(f"{count:>10}" for count in row.values()), f"{sum(row.values()):>10}"]))
    return lines + findings(face_set)


if __name__ == "__main__":
    sys.exit(main())
