#!/usr/bin/env python3
"""The emoji camera: cover every face with an emoji that shows its expression, live."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys

from realtime.errors import EmojiCameraError


def main(argv: list[str]) -> int:
    """Run the program; return 0, 2 usage, 3 camera, 4 virtual camera, 5 model or asset, 6 input, or 130 Ctrl-C."""
    try:
        from realtime import options

        args = options.parse(argv)
        _quieten(args.verbose)
        return _list_cameras() if "list_cameras" in args else _run(args)
    except EmojiCameraError as error:
        print(f"app.py: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read our output has had enough of it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _quieten(verbose: bool) -> None:
    """Set up our own messages, and keep what native libraries write to standard error from the user."""
    if not verbose:
        native, ours = sys.stderr.fileno(), os.dup(sys.stderr.fileno())
        os.dup2(os.open(os.devnull, os.O_WRONLY), native)
        sys.stderr = os.fdopen(ours, "w", buffering=1, encoding="utf-8", errors="backslashreplace")
    level = logging.DEBUG if verbose else logging.WARNING
    logging.basicConfig(level=level, format="%(message)s", stream=sys.stderr)


def _list_cameras() -> int:
    from realtime.camera import describe_cameras

    print("\n".join(describe_cameras()))
    return 0


def _run(args: argparse.Namespace) -> int:
    from realtime import address, report
    from realtime.classifier import Classifier
    from realtime.controls import Controls
    from realtime.detector import Detector
    from realtime.emoji import find_packs, load_pack
    from realtime.pipeline import Pipeline, run
    from realtime.records import Frame, Reading

    stopped: list[int] = []
    controls = Controls(mirror=args.mirror, gender=args.gender)

    def stop(number: int, _: object) -> None:
        if stopped:
            raise KeyboardInterrupt
        stopped.append(number)
        controls.quit = True

    packs = [load_pack(folder) for folder in find_packs(args.pack)]
    classifier = Classifier(args.model)
    detector = Detector(min_face_px=args.min_face)
    told = sys.stderr if args.json else sys.stdout
    source = sinks = None
    try:
        source = address.open_source(args.source, args.size, args.fps)
        pipeline = Pipeline(detector, classifier, packs, controls, stills=source.stills)
        sinks = address.open_sinks(args.output, source, controls, pipeline.figures.caption, args.size, args.fps)

        def tell(frame: Frame, readings: list[Reading]) -> None:
            for reading in readings:
                if args.json:
                    print(report.as_json(frame, reading))
                elif source.stills:
                    print(report.as_line(frame, reading))
            if source.stills and not readings:
                print(f"{frame.source}: no face found.", file=told)

        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), stop)
        run(source, pipeline, sinks, tell, args.max_seconds)
    finally:
        where = sinks.close() if sinks else ""
        if source:
            source.close()
        detector.close()
    print(pipeline.figures.summary() + f"\nWritten: {where or 'nothing'}.", file=told)
    return 130 if stopped else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
