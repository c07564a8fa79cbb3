"""A run over a video in two passes: look at all of it, then draw it; or draw what was analysed before."""

from __future__ import annotations

import contextlib
import ctypes
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import cv2

from realtime.cli import passes
from realtime.cli.build import cover_of, finished
from realtime.cli.file_reports import worth_a_look, write_reports
from realtime.cli.first_pass import analysed, check_source, check_strict, kept_analysis, typed_edits
from realtime.cli.options import Options
from realtime.cli.outcomes import origin_of, outputs_of, timeline_of
from realtime.cli.paths import RunPaths
from realtime.cli.process import stopping_on_signals
from realtime.cli.progress import progress_of
from realtime.cli.report import Reporter, Watching
from realtime.controls import Controls
from realtime.drawing.overlay import Overlay
from realtime.engine.ahead import Ahead
from realtime.engine.analysis import Analysis, edited
from realtime.engine.analysis_file import write_analysis
from realtime.engine.analyst import Collector
from realtime.engine.contact_sheet import ContactSheet
from realtime.engine.file_report import report_of
from realtime.engine.life import Life
from realtime.engine.loop import Run
from realtime.engine.movements import Movements
from realtime.engine.painter import Painter
from realtime.engine.plan import Plan
from realtime.engine.privacy import StrictMask
from realtime.engine.reactions import Reactions
from realtime.engine.rendering import PlannedPainter, PlannedReader
from realtime.engine.stats import Stats
from realtime.errors import NeedsLookError
from realtime.faces.base import MovementReader
from realtime.faces.open import open_movements
from realtime.outputs.encoding import takes_coded
from realtime.outputs.open import Outputs, automatic
from realtime.packs.library import PackLibrary
from realtime.sources.base import Source
from realtime.sources.open import open_source

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Parts:
    """What both passes share, all of it open."""

    options: Options
    controls: Controls
    stats: Stats
    outputs: Outputs
    reporter: Reporter
    library: PackLibrary


class TwoPasses:
    """Both passes over a video; whoever calls it has its result written when the context of its parts ends."""

    def __init__(
        self,
        parts: _Parts,
        analyse: Callable[[], Analysis],
        sums: Callable[[], Sequence[int] | None],
        open_again: Callable[[], Source],
        movements: MovementReader | None = None,
    ) -> None:
        """Begin with nothing done.

        Args:
            parts: that draw.
            analyse: looks at all of the video, or reads what was found when that was done.
            sums: of the pictures that were looked at.
            open_again: opens the video once more.
            movements: says how faces move, where emoji are to move.
        """
        self._parts, self._analyse, self._sums, self._open_again = parts, analyse, sums, open_again
        self._movements = movements
        self._drawn: tuple[Plan, ContactSheet, bool] | None = None

    def __call__(self) -> None:
        """Make both passes.

        Raises:
            EmojiCameraError: a part fails, or the edits don't fit.
            KeyboardInterrupt: it was stopped before anything was drawn.
        """
        options = self._parts.options
        analysis = self._analyse()
        if self._parts.controls.quitting:
            log.warning("Stopped before anything was written. The same command line begins again.")
            raise KeyboardInterrupt
        analysis = edited(analysis, analysis.edits.joined(typed_edits(options)))
        check_strict(options, analysis.edits)
        if options.analysis is not None:
            write_analysis(options.analysis, analysis)
        if passes.draws(options):
            self._draw(analysis)
        elif options.analysis is not None:
            _tell(analysis, options)

    def _draw(self, analysis: Analysis) -> None:
        parts, options = self._parts, self._parts.options
        plan = Plan(analysis, options.smoothing.scaled(options.smooth))
        moves = self._movements
        reader = PlannedReader(plan, self._sums(), None if moves is None else Movements(moves, options.alive or 0))
        painter = Painter(
            parts.library,
            cover_of(options),
            options.placement,
            crop=options.crop,
            overlay=Overlay(options.motion),
            life=Life() if moves is not None else None,
            reactions=Reactions(options.reactions) if options.reactions else None,
            strict_mask=StrictMask() if options.privacy == "strict" else None,
            stats=parts.stats,
        )
        source, sheet = self._open_again(), ContactSheet(plan)
        run = Run(
            source=source,
            reader=reader,
            painter=PlannedPainter(painter, plan, reader, sheet),
            outputs=parts.outputs,
            controls=parts.controls,
            stats=parts.stats,
            report=parts.reporter,
            strict=options.privacy == "strict",
            max_seconds=options.max_seconds,
        )
        run()
        if (source.ended or options.max_seconds is None) and not parts.controls.quitting:
            reader.check_end(source.name)
        self._drawn = plan, sheet, reader.ended

    def report(self) -> None:
        """Write what is told of the video, once it is finished.

        Raises:
            OutputError: a report can't be written.
            NeedsLookError: somebody should look at parts of it, and it was asked to say so.
        """
        if self._drawn is None:
            return
        plan, sheet, is_whole = self._drawn
        told = report_of(plan)
        write_reports(self._parts.options, told | {"complete": is_whole}, plan.analysis.about, sheet.picture())
        if self._parts.options.require_clean and told["needs_look"]:
            raise NeedsLookError(
                f"{plan.analysis.about.source} is covered, and {worth_a_look(told)}.",
                "Look there; --zone, --exclude and --keep change what is covered.",
            )


@contextlib.contextmanager
def open_two_passes(
    options: Options, controls: Controls, watch: Watching | None = None, analysis: Analysis | None = None
) -> Iterator[TwoPasses]:
    """Open everything that two passes need, give them, and close it all and tell how it went at the end.

    Args:
        options: what the user wants.
        controls: are sent commands from outside, as by signals.
        watch: is told of every covered frame and its readings.
        analysis: of the video with the edits to be obeyed, in place of the first pass.

    Raises:
        EmojiCameraError: a part can't be opened, or an output not be finished.
        KeyboardInterrupt: it was stopped by Ctrl-C or its kin; what was drawn by then is finished.
    """
    cv2.setNumThreads(1)
    with stopping_on_signals(controls) as stopping, contextlib.ExitStack() as held:
        options = replace(options, output=tuple(automatic(False) if o == "auto" else o for o in options.output))
        kept = analysis or kept_analysis(options)
        if kept is not None and options.source == "auto":
            options = replace(options, source=kept.about.source)
        paths = RunPaths(options)
        paths.tell_of_left_overs()
        check_strict(options, typed_edits(options))
        cover_of(options)
        controls.change(mirror=options.mirror, gender=options.gender)
        library, stats = PackLibrary(options.pack, options.skin), Stats()
        source = open_source(options.source, max_side_px=options.max_size)
        held.callback(source.close)
        paths.refuse(source.reads)
        outputs = outputs_of(options, origin_of(source), controls, stats, paths, held)
        held.callback(stopping.let_go)
        progress = progress_of(source, options.json, options.max_seconds, "Covering them")
        reporter = Reporter(options.json, False, timeline_of(options, source, library), progress, watch)
        parts = _Parts(options, controls, stats, outputs, reporter, library)
        collector = Collector()

        def open_again() -> Source:
            as_coded = not options.alive and len(passes.videos(options)) == len(options.output)
            as_coded = as_coded and all(takes_coded(path, options.codec) for path in passes.videos(options))
            colours = "none" if as_coded else "exact"
            again = Ahead(open_source(options.source, max_side_px=options.max_size, colours=colours))
            held.callback(again.close)
            return again

        def analyse() -> Analysis:
            if kept is not None:
                check_source(kept, source)
                return kept
            found = analysed(options, controls, stats, collector)
            _give_memory_back()
            return found

        movements = held.enter_context(open_movements()) if options.alive else None
        two = TwoPasses(parts, analyse, lambda: collector.sums or None, open_again, movements)
        with finished(outputs, reporter, stats, stopping):
            stopping.run()
            yield two
        two.report()


def _give_memory_back() -> None:
    """Let the system have what the first pass needed, which the C library of Linux would keep."""
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def _tell(analysis: Analysis, options: Options) -> None:
    told = sys.stderr if options.json else sys.stdout
    people = len(analysis.people)
    print(f"Frames: {len(analysis.frames)}. People: {people}. Doubtful: {len(analysis.tracks) - people}.", file=told)
    print(f"Written: analysis {options.analysis}.", file=told)
