"""Measure what earlier systems did beside ours: `python -m training.compare --data FER`, or `make compare`.

Rows that are there already are not made again, so an interrupted run goes on where it was.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import torch

from realtime.errors import EmojiCameraError, UsageError
from training.collection import read_classes
from training.comparison.budget import BUDGETS
from training.comparison.classical import compare_classical
from training.comparison.crowds import compare_crowds
from training.comparison.depth import compare_depths, compare_trunks
from training.comparison.differences import compare_differences
from training.comparison.material import Material
from training.comparison.page import write_page
from training.comparison.results import Results
from training.comparison.transfer import compare_starts
from training.comparison.votes import compare_vgg13, compare_votes

# What `--only` chooses from -> what makes its tables.
STUDIES: dict[str, Callable[[Material, Results], None]] = {
    "votes": compare_votes,
    "depth": compare_depths,
    "trunk": compare_trunks,
    "transfer": compare_starts,
    "classical": compare_classical,
    "crowds": compare_crowds,
    "differences": compare_differences,
    "vgg13": compare_vgg13,
}


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(prog="python -m training.compare", description=(__doc__ or "").splitlines()[0])
    add = parser.add_argument
    add("--data", type=Path, metavar="PATH", help="FER-2013: its folder, or fer2013.csv")
    add("--gender-data", type=Path, metavar="DIR", help="UTKFace files, or aligned crops with labels.csv")
    add("--ferplus", type=Path, metavar="FILE", help="FER+ votes (fer2013new.csv), unless the data has them")
    add("--natural", type=Path, metavar="DIR", help="ordinary people by expression; nothing learns from them")
    add("--collection", type=Path, action="append", default=[], metavar="DIR", help="another set of expressions")
    add("--classes", type=Path, metavar="FILE", help="what the collections' classes mean: a table, class and means")
    add("--no-faces", type=Path, nargs="+", default=[], metavar="VIDEO", help="videos in which nobody shows a face")
    add("--recordings", type=Path, nargs="+", default=[], metavar="VIDEO", help="videos of expressions")
    add("--only", nargs="+", choices=STUDIES, default=list(STUDIES), help="some of the tables")
    add("--budget", choices=BUDGETS, default="full", help="20 minutes of one core, an hour, or 26 hours; %(default)s")
    add("--quick", action="store_const", dest="budget", const="quick", help="the same as --budget quick")
    add("--page-only", action="store_true", help="make the page and its pictures from the tables there are")
    add("--anew", action="store_true", help="make rows again that are there already")
    add("--output-dir", type=Path, default=Path("runs/comparison"), metavar="DIR", help="of networks; %(default)s")
    add(
        "--results",
        type=Path,
        default=Path("docs/comparison"),
        metavar="DIR",
        help="of tables, the page lies beside; %(default)s",
    )
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    args = parser().parse_args(argv)
    try:
        compare(args)
    except EmojiCameraError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on.", file=sys.stderr)
        return 130
    return 0


def compare(args: argparse.Namespace) -> None:
    """Make the tables that are asked for, and the page that shows all there are."""
    if args.page_only:
        write_page(Results(args.results, ""), args.results.with_suffix(".md"))
        return
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    material = _material(args)
    if args.anew:
        for study in args.only:  # the files of networks begin with the name of what they are for
            for kept in (args.output_dir / "weights" / material.budget.name).glob(f"{study}_*.pt"):
                kept.unlink()
    results = Results(args.results, material.budget.name, args.anew)
    for study in args.only:
        STUDIES[study](material, results)
    write_page(results, args.results.with_suffix(".md"))


def _material(args: argparse.Namespace) -> Material:
    if args.data is None:
        raise UsageError("There is nothing to measure with.", "Give --data FER2013.")
    return Material(
        budget=BUDGETS[args.budget],
        data=args.data,
        output_dir=args.output_dir,
        gender_data=args.gender_data,
        ferplus=args.ferplus,
        natural=args.natural,
        collections=tuple(args.collection),
        classes=read_classes(args.classes) if args.classes else {},
        no_faces=tuple(args.no_faces),
        recordings=tuple(args.recordings),
    )


if __name__ == "__main__":
    sys.exit(main())
