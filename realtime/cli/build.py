"""From options to the parts of a run, built bottom up and closed again."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import cv2

from realtime.cli.inputs import Input, alive_of, input_from, input_of, movements_of, replay_of
from realtime.cli.options import Options
from realtime.cli.outcomes import (
    Origin,
    camera_origin,
    feeds_a_camera,
    origin_of,
    outputs_of,
    report_of,
    timeline_of,
    trace_of,
)
from realtime.cli.parse import with_traced
from realtime.cli.passes import tell_of_one_pass, two_passes_wanted
from realtime.cli.paths import RunPaths
from realtime.cli.practice import practice_of
from realtime.cli.process import Stopping, stopping_on_signals
from realtime.cli.progress import progress_of
from realtime.cli.report import Reporter, Watching
from realtime.cli.stimuli import watched_of
from realtime.cli.teaching import check_drawings, profile_of
from realtime.controls import Command, Controls
from realtime.drawing.covers import Cover, hides_faces, load_cover
from realtime.drawing.overlay import Overlay
from realtime.engine.life import Life
from realtime.engine.loop import Run
from realtime.engine.painter import Painter
from realtime.engine.pictures import PicturedFaces
from realtime.engine.privacy import StrictMask
from realtime.engine.reactions import Reactions
from realtime.engine.reader import FaceReader, notes_of
from realtime.engine.stats import Stats
from realtime.engine.teaching import Teaching
from realtime.engine.trace import Replay
from realtime.errors import UsageError
from realtime.metrics import lines_of
from realtime.outputs import virtual_camera
from realtime.outputs.base import Output
from realtime.outputs.open import Outputs
from realtime.packs.library import PackLibrary
from realtime.people.neutral import NeutralProfile
from realtime.people.people import People
from realtime.people.tracker import KEEP_STRICT_S, Tracker
from realtime.practice.open import panel_of
from realtime.records import Reading
from realtime.sources.on_demand import Watch

log = logging.getLogger(__name__)


@contextlib.contextmanager
def open_run(
    options: Options, controls: Controls, watch: Watching | None = None, besides: Sequence[Output] = ()
) -> Iterator[Callable[[], None]]:
    """Open everything the options ask for, give the run, and close it all and tell how it went at the end.

    Args:
        options: what the user wants; those that are not typed are a trace's, where one is replayed.
        controls: are sent commands from outside, as by signals.
        watch: is told of every covered frame and its readings.
        besides: outputs that are open already, for a run in one pass.

    Raises:
        EmojiCameraError: a part can't be opened, or an output not be finished.
        KeyboardInterrupt: the run was stopped by Ctrl-C or its kin; its files are finished.
    """
    if two_passes_wanted(options):
        from realtime.cli.two_passes import open_two_passes  # which is made of parts of this module

        with open_two_passes(options, controls, watch) as passes:
            yield passes
        return
    tell_of_one_pass(options)
    # A second thread makes pictures 5 % sooner and costs 20 % more, which the meeting program has better use for.
    cv2.setNumThreads(1)
    with stopping_on_signals(controls) as stopping, contextlib.ExitStack() as held:
        replay = replay_of(options, controls, held)
        options = options if replay is None else with_traced(options, replay.options)
        paths = RunPaths(options, "" if replay is None else str(replay.options.get("source", "")))
        paths.tell_of_left_overs()
        virtual_camera.check(options.output)
        cover, strict = cover_of(options), options.privacy == "strict"
        practice = practice_of(options)
        controls.change(mirror=options.mirror, gender=options.gender, stats=options.metrics)
        library, stats = PackLibrary(options.pack, options.skin), Stats()
        check_drawings(options.teach, library.current)
        profile = profile_of(options, replay)
        held.callback(profile.close)
        watched = watched_of(options, controls, profile, held)
        steered = options.control is not None and options.neutral == "profile" and replay is None
        taught = bool(options.teach) or profile.taught is not None
        features = None if steered and not taught else taught
        moving = steered or profile.wants_movements
        panel = panel_of(practice, lambda: library.current)
        found, outputs = _both_ends(
            options,
            replay,
            lambda watching: input_of(options, features, watching, held, moving),
            lambda origin: outputs_of(
                options, origin, controls, stats, paths, held, [*besides, *watched.outputs], panel
            ),
        )
        if practice is not None and not besides and "window" not in outputs.addresses:
            log.warning("What you practise is shown in the window and on the panel's page, and this run has neither.")
        paths.refuse(found.source.reads)
        people = people_of(options, profile, found.gender_thresholds)
        held.callback(stopping.let_go)  # the files are finished by then, as what is held is closed from its end
        alive = alive_of(options, found.source)
        trace = trace_of(replace(options, alive=alive), found, people, held)
        timeline = timeline_of(options, found.source, library)
        report = report_of(options, found.source, watched.stage)
        if options.calibrate:
            controls.send(Command.CALIBRATE)
        # What somebody watches shows by itself how far it is.
        progress = None if outputs.paced else progress_of(found.source, options.json, options.max_seconds)
        reporter = Reporter(
            options.json, found.source.stills, timeline, progress, watch, session=report, metrics=options.metrics
        )
        run = Run(
            source=found.source,
            reader=FaceReader(
                found.finder,
                found.classifier,
                people,
                verifier=found.verifier,
                cuts=found.cuts,
                pictured_faces=PicturedFaces() if options.pictures == "ignore" else None,
                movements=movements_of(options, found, alive, controls, profile if moving else None),
                stills=found.source.stills,
                load=found.load,
                stats=stats,
                recorder=trace,
            ),
            painter=Painter(
                library,
                cover,
                options.placement,
                crop=options.crop,
                overlay=Overlay(options.motion),
                life=Life() if alive else None,
                reactions=Reactions(options.reactions) if options.reactions else None,
                strict_mask=StrictMask() if strict else None,
                prompts=Teaching(profile) if options.teach or steered else None,
                stats=stats,
            ),
            outputs=outputs,
            controls=controls,
            stats=stats,
            load=found.load,
            practice=practice,
            trace=trace,
            report=reporter,
            marks=None if report is None else report.recorder,
            notes=_told_of_metrics if options.metrics else notes_of,
            strict=strict,
            max_seconds=options.max_seconds,
        )
        with finished(outputs, reporter, stats, stopping):
            stopping.run()
            watched.show()
            yield run


@contextlib.contextmanager
def finished(outputs: Outputs, reporter: Reporter, stats: Stats, stopping: Stopping) -> Iterator[None]:
    """Finish the outputs at the end, and tell how the run went; also after a failure, which is raised then."""
    where = ""
    try:
        yield
    finally:
        stopping.finish()
        try:
            where = outputs.close()
        finally:
            reporter.finish(stats, where, stopping.came)


def cover_of(options: Options) -> Cover:
    """Return the cover. Raises UsageError for what shows faces where privacy is strict."""
    cover = load_cover(options.cover)
    if options.crop == "head":
        if cover.with_emoji or options.placement != "face":
            return cover
        raise UsageError(
            f"--crop head shows emoji alone, and --cover {options.cover} draws none.", "Leave --cover or --crop out."
        )
    if options.privacy == "strict" and not hides_faces(cover, options.placement):
        raise UsageError(
            f"--privacy strict hides every face, --cover {options.cover} with --placement {options.placement} shows "
            "them.",
            "Choose another --cover, or --placement face.",
        )
    if options.privacy == "strict" and options.pictures == "ignore":
        raise UsageError(
            "--privacy strict hides every face, --pictures ignore shows those in pictures.",
            "Leave --pictures ignore out.",
        )
    return cover


def _both_ends(
    options: Options,
    replay: Replay | None,
    open_input: Callable[[Watch | None], Input],
    open_outputs: Callable[[Origin], Outputs],
) -> tuple[Input, Outputs]:
    """Open where frames come from and go; a virtual camera first, which tells who watches and shows a card."""
    if replay is not None:
        found = input_from(replay)
    elif options.on_demand or feeds_a_camera(options):
        outputs = open_outputs(camera_origin(options))
        return open_input(Watch(outputs.device or "") if options.on_demand else None), outputs
    else:
        found = open_input(None)
    return found, open_outputs(origin_of(found.source))


def _told_of_metrics(readings: Sequence[Reading]) -> list[str]:
    return [line for reading in readings if reading.raw is not None for line in lines_of(reading)] + notes_of(readings)


def people_of(options: Options, profile: NeutralProfile, gender_thresholds: tuple[float, ...]) -> People:
    """Return the memory of everybody in view.

    profile: of the owner. gender_thresholds: order GENDERS, what each drawing needs.
    """
    return People(
        tracker=Tracker(KEEP_STRICT_S) if options.privacy == "strict" else Tracker(),
        steadiness=options.smoothing.scaled(options.smooth),
        profile=profile,
        running_neutral=options.neutral == "running",
        gender_thresholds=gender_thresholds,
    )
