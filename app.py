#!/usr/bin/env python3
"""The emoji camera: cover every face with an emoji that shows its expression, live."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

from realtime.cli.shell import ending_plainly
from realtime.errors import EmojiCameraError
from realtime.shipped import COMMAND, INSTALL

if TYPE_CHECKING:
    from realtime.cli.options import Options


def main(argv: list[str] | None = None) -> int:
    """Run the program; return 0, a code of `realtime.errors`, 10 to 23 of the doctor, or 130 after Ctrl-C."""
    try:
        with ending_plainly():
            return _answer(sys.argv[1:] if argv is None else argv)
    except EmojiCameraError as error:
        _complain(str(error))
        return error.exit_code
    except ImportError as error:
        if (error.name or "").startswith("realtime"):
            raise
        from realtime import libraries

        _complain(" ".join(libraries.told(error) or (f"{error}.", INSTALL)))
        return 5
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read our output has had enough of it
        return 0


def _complain(text: str) -> None:
    with contextlib.suppress(OSError):  # a full disk behind standard error changes no exit code
        # Names of files need not be text.
        print(f"{COMMAND}: {text}".encode(errors="backslashreplace").decode(), file=sys.stderr)


def _answer(argv: list[str]) -> int:
    if "--doctor" in argv and not {"-h", "--help"} & set(argv):  # first: it also works where packages are missing
        from realtime.cli.doctor import examine

        print(*(report := examine(argv)).lines, sep="\n")
        return report.exit_code
    from realtime.cli.actions import asked_for
    from realtime.cli.parse import parse
    from realtime.cli.process import quiet

    with quiet((options := parse(argv)).verbose):
        return (asked_for(options) or _run)(options)


def _run(options: Options) -> int:
    from realtime.cli.batch import cover_many, many

    if (files := many(options)) is not None:
        return cover_many(options, files)
    from realtime.cli.build import open_run
    from realtime.controls import Controls

    with open_run(options, Controls()) as run:
        run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
