"""`python -m realtime.report`: pages of sessions anew, and many sessions put over each other."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from realtime.errors import EmojiCameraError


def main(argv: Sequence[str]) -> int:
    """Run a command; return 0, or a code of `realtime.errors`."""
    options = _parser().parse_args(argv)
    try:
        for path in options.run(options):
            print(f"Written: {path}.")
    except EmojiCameraError as error:
        print(f"realtime.report: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m realtime.report", description="Pages from what --report has kept.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    page = commands.add_parser("page", help="write the pages of sessions anew, as of those that were killed")
    page.add_argument("folders", nargs="+", type=Path, metavar="DIR", help="of a session, or of several")
    page.set_defaults(run=_page)
    merge = commands.add_parser("merge", help="put the sessions of many viewers over each other")
    merge.add_argument(
        "folders", nargs="+", metavar="[NAME=]DIR", help="of a session, or of several; NAME: the segment of its viewers"
    )
    merge.add_argument(
        "--output", type=Path, default=Path("viewers.html"), metavar="FILE", help="default: viewers.html"
    )
    merge.add_argument(
        "--min-group", type=_people, default=5, metavar="N", help="show nothing of fewer people; 2 or more; default: 5"
    )
    merge.add_argument(
        "--from-mark", default="", metavar="WORD", help="sessions begin at the mark with this word; default: at once"
    )
    merge.add_argument(
        "--parts", type=Path, metavar="FILE", help="compare parts of what was watched: CSV with name,from_s,to_s"
    )
    merge.set_defaults(run=_merge)
    return parser


def _people(given: str) -> int:
    number = int(given)
    if number < 2:
        raise ValueError(given)
    return number


def _page(options: argparse.Namespace) -> list[Path]:
    from realtime.report.page import write_page
    from realtime.report.session import sessions_in

    return [write_page(session) for folder in options.folders for session in sessions_in(folder)]


def _merge(options: argparse.Namespace) -> list[Path]:
    from realtime.report.merge import merge, read_parts, write

    segments: dict[str, list[Path]] = {}
    for given in options.folders:
        name, equals, folder = given.partition("=")
        named = bool(equals) and not Path(given).exists()
        segments.setdefault(name if named else "viewers", []).append(Path(folder if named else given))
    parts = read_parts(options.parts) if options.parts else []
    return write(merge(segments, options.min_group, options.from_mark, parts), options.output)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
