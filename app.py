#!/usr/bin/env python3
"""The emoji camera: cover every face with an emoji that shows its expression, live."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys

from realtime.errors import EmojiCameraError


def main(argv: list[str]) -> int:
    """Run the program; return 0, 2 usage, 3 camera, 4 virtual camera, 5 asset, 6 input, 10 to 23 doctor, 130 Ctrl-C."""
    try:
        if "--doctor" in argv and not {"-h", "--help"} & set(argv):  # first: it also works where packages are missing
            from realtime.cli.doctor import examine

            print(*(report := examine(argv)).lines, sep="\n")
            return report.exit_code
        from realtime.cli import options
        from realtime.cli.process import quiet

        args = options.parse(argv)
        with quiet(args.verbose):
            if "list_cameras" in args:
                return _list_cameras()
            if "list_packs" in args or "check_pack" in args:
                return _tell_of_packs(args)
            return _forget_profile(args) if "forget_profile" in args else _run(args)
    except EmojiCameraError as error:
        print(f"app.py: {error}", file=sys.stderr)
        return error.exit_code
    except ImportError as error:
        if (error.name or "").startswith("realtime"):
            raise
        remedy = "Run 'pip install -r requirements.txt', or start with 'make run'."
        if error.name is None:  # a library of the system's, not a package
            remedy = "On Debian and Ubuntu run 'sudo apt install libgl1 libegl1 libgles2'."
        print(f"app.py: {error}. {remedy}", file=sys.stderr)
        return 5
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read our output has had enough of it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _list_cameras() -> int:
    from realtime.sources.camera import describe_cameras

    print("\n".join(describe_cameras()))
    return 0


def _tell_of_packs(args: argparse.Namespace) -> int:
    from realtime.packs.check import check_pack, describe_packs

    for line in check_pack(args.check_pack) if "check_pack" in args else describe_packs(args.pack):
        print(line)
    return 0


def _forget_profile(args: argparse.Namespace) -> int:
    from realtime.cli.options import profile_path
    from realtime.people.neutral import forget_profile

    forget_profile(profile_path(args.profile))
    print(f"The resting face of '{args.profile}' is forgotten.")
    return 0


def _run(args: argparse.Namespace) -> int:
    from realtime.cli.build import assemble
    from realtime.cli.process import stopping_on_signals
    from realtime.cli.report import Reporter
    from realtime.controls import Controls
    from realtime.engine.loop import run

    controls = Controls()
    with contextlib.ExitStack() as held:
        assembled = assemble(args, controls, held)
        reporter = Reporter(args.json, assembled.source.stills, assembled.timeline)
        where = ""
        with stopping_on_signals(controls) as stopped:
            try:
                run(assembled.source, assembled.pipeline, assembled.sinks, reporter, args.max_seconds)
            finally:
                try:
                    where = assembled.sinks.close()
                finally:
                    reporter.finish(assembled.pipeline.figures, where)
    return 130 if stopped else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
