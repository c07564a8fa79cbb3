"""The first pass over a video as options have it: what is found in all of it, or was before."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import cv2

from realtime import __version__
from realtime.cli.build import people_of
from realtime.cli.fingerprint import fingerprint
from realtime.cli.inputs import input_of
from realtime.cli.options import Options
from realtime.cli.process import stopping_on_signals
from realtime.cli.progress import progress_of
from realtime.cli.teaching import profile_of
from realtime.controls import Controls
from realtime.engine.ahead import Ahead
from realtime.engine.analysis import About, Analysis, Edits, edited
from realtime.engine.analysis_file import read_analysis
from realtime.engine.analyst import Collector, FirstPass
from realtime.engine.reader import FaceReader
from realtime.engine.stats import Stats
from realtime.errors import InputError, UsageError
from realtime.records import Frame
from realtime.sources.base import Source
from realtime.sources.open import open_source


def analysis_of(options: Options, controls: Controls) -> Analysis:
    """Look at all of a video, or read what was found when that was done; return it with what the options want of it.

    Raises:
        EmojiCameraError: the video can't be read, is another than the one that was analysed, or the edits don't fit.
        KeyboardInterrupt: it was stopped.
    """
    cv2.setNumThreads(1)
    with stopping_on_signals(controls) as stopping:
        kept = kept_analysis(options)
        if kept is None:
            stopping.run()
            kept = analysed(options, controls, Stats(), Collector())
        else:
            with contextlib.closing(open_source(options.source, max_side_px=options.max_size)) as source:
                check_source(kept, source)
        return edited(kept, kept.edits.joined(typed_edits(options)))


def kept_analysis(options: Options) -> Analysis | None:
    """Return the analysis that the options name, if they name one. Raises InputError."""
    return None if options.from_analysis is None else read_analysis(options.from_analysis)


def typed_edits(options: Options) -> Edits:
    """Return what is typed of edits."""
    return Edits(options.keep, options.exclude, (), options.zone, options.zone_off)


def analysed(options: Options, controls: Controls, stats: Stats, collector: Collector) -> Analysis:
    """Look at all of the video."""
    with contextlib.ExitStack() as held:
        profile = profile_of(options, None)
        found = input_of(replace(options, alive=0), profile.taught is not None, None, held, colours="rough")
        source = Ahead(found.source)
        held.callback(source.close)
        reader = FaceReader(
            found.finder,
            found.classifier,
            people_of(options, profile, found.gender_thresholds),
            verifier=found.verifier,
            cuts=found.cuts,
            load=found.load if options.privacy == "strict" else collector.looks,
            stats=stats,
            recorder=collector,
        )
        shown = progress_of(found.source, options.json, options.max_seconds, "Looking for faces")
        if shown is not None:
            held.callback(shown.close)

        def progress(frame: Frame, people: int) -> None:
            if shown is not None:
                shown(frame, people)

        first = FirstPass(source, reader, collector, options.max_seconds, lambda: controls.quitting, progress)
        about = About(
            options.source, fingerprint(source.reads[0]).sha256, source.fps, __version__, found.gender_thresholds
        )
        return first(about)


def check_source(analysis: Analysis, source: Source) -> None:
    """Raise InputError where a source is not the file that was analysed."""
    if fingerprint(source.reads[0]).sha256 != analysis.about.sha256:
        raise InputError(
            f"{source.name} is not the file that was analysed, so nobody knows who is where in it.",
            "Give that one with --source, or analyse this one with --analysis.",
        )


def check_strict(options: Options, edits: Edits) -> None:
    """Raise UsageError where edits show what strict privacy hides."""
    if options.privacy == "strict" and edits.shows_more:
        raise UsageError(
            "--privacy strict hides every face; --keep, --exclude and --zone-off show some.", "Leave one of them out."
        )
