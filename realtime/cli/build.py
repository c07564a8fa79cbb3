"""From options to the parts of a run, built bottom up and closed again."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from realtime.cli.options import Options
from realtime.cli.parse import profile_path, report_folder, with_traced
from realtime.cli.passes import tell_of_one_pass, two_passes_wanted
from realtime.cli.paths import RunPaths, check_source
from realtime.cli.process import Stopping, stopping_on_signals
from realtime.cli.progress import progress_of
from realtime.cli.report import Reporter, Watching
from realtime.controls import Command, Controls
from realtime.drawing.covers import Cover, hides_faces, load_cover
from realtime.drawing.overlay import Overlay
from realtime.engine.advice import ADVICE
from realtime.engine.cuts import CutDetector
from realtime.engine.life import Life
from realtime.engine.load import LoadShedding
from realtime.engine.loop import Run
from realtime.engine.movements import Movements
from realtime.engine.painter import Painter
from realtime.engine.pictures import StillFaces
from realtime.engine.practice import Practice
from realtime.engine.privacy import StrictMask
from realtime.engine.reactions import Reactions
from realtime.engine.reader import Cuts, FaceReader, notes_of
from realtime.engine.stats import Stats
from realtime.engine.teaching import Teaching
from realtime.engine.timeline import Timeline
from realtime.engine.trace import Replay, ReplayedLoad, TraceWriter
from realtime.errors import UsageError
from realtime.faces.base import FaceClassifier, FaceFinder, FaceVerifier, MovementReader
from realtime.faces.classifier import Classifier, model_fingerprint
from realtime.faces.gender_thresholds import THRESHOLDS_KEY, checked_thresholds, thresholds_in
from realtime.faces.mirror import MirroredClassifier
from realtime.faces.open import open_faces
from realtime.metrics import lines_of
from realtime.outputs import virtual_camera
from realtime.outputs.base import Output, Recording
from realtime.outputs.kinds import kind_of
from realtime.outputs.open import OutputContext, Outputs, open_outputs
from realtime.packs.library import PackLibrary
from realtime.people.lesson import Lesson
from realtime.people.neutral import NeutralProfile
from realtime.people.people import People
from realtime.people.tracker import KEEP_STRICT_S, Tracker
from realtime.records import GENDER_THRESHOLDS, Reading
from realtime.report.recorder import Wanted
from realtime.report.report import Report
from realtime.shipped import SHIPPED_MODEL
from realtime.sources.base import Source
from realtime.sources.on_demand import OnDemand, Watch
from realtime.sources.open import is_camera, is_repeatable, open_camera, open_source

# In each frame, so many faces are asked what their parts do; of pictures, nobody waits for the next.
_MOST_ASKED, _MOST_ASKED_STILL = 2, 100


@dataclass(frozen=True)
class _Input:
    """What gives frames and faces: devices and models, or a trace in their place."""

    source: Source
    finder: FaceFinder
    verifier: FaceVerifier | None
    cuts: Cuts
    classifier: FaceClassifier
    gender_thresholds: tuple[float, ...]
    load: LoadShedding
    movements: MovementReader | None = None


@dataclass(frozen=True)
class _Origin:
    """What outputs are told of a source; of one on demand before it is opened."""

    name: str
    fps: float
    stills: bool
    reads: tuple[Path, ...]


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
        replay = _replay(options, controls, held)
        options = options if replay is None else with_traced(options, replay.options)
        paths = RunPaths(options, "" if replay is None else str(replay.options.get("source", "")))
        paths.tell_of_left_overs()
        virtual_camera.check(options.output)
        cover, strict = cover_of(options), options.privacy == "strict"
        controls.change(mirror=options.mirror, gender=options.gender, stats=options.metrics)
        library, stats = PackLibrary(options.pack, options.skin), Stats()
        profile = profile_of(options, replay)
        held.callback(profile.close)
        features = bool(options.teach) or profile.taught is not None
        found, outputs = _both_ends(
            options,
            replay,
            lambda watched: input_of(options, features, watched, held),
            lambda origin: outputs_of(options, origin, controls, stats, paths, held, besides),
        )
        paths.refuse(found.source.reads)
        people = people_of(options, profile, found.gender_thresholds)
        held.callback(stopping.let_go)  # the files are finished by then, as what is held is closed from its end
        alive = alive_of(options, found.source)
        trace = _trace(replace(options, alive=alive), found, people, held)
        timeline = timeline_of(options, found.source, library)
        practice = Practice(options.practise) if options.practise else None
        report = report_of(options, found.source)
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
                still_faces=StillFaces() if options.pictures == "ignore" else None,
                movements=_movements(options, found, alive, controls),
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
                prompts=Teaching(profile, practice) if options.teach else practice,
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


def _replay(options: Options, controls: Controls, held: contextlib.ExitStack) -> Replay | None:
    if options.replay is None:
        return None
    replay = Replay(options.replay, functools.partial(_opened_again, max_side_px=options.max_size), controls)
    held.callback(replay.close)
    return replay


def _opened_again(address: str, max_side_px: int) -> Source | None:
    """Open the source of a trace, if it gives the same frames again."""
    check_source(address)
    return open_source(address, max_side_px=max_side_px) if is_repeatable(address) else None


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
    open_input: Callable[[Watch | None], _Input],
    open_outputs: Callable[[_Origin], Outputs],
) -> tuple[_Input, Outputs]:
    """Open where frames come from and go; a virtual camera first, which tells who watches and shows a card."""
    if replay is not None:
        found = _Input(
            source=replay,
            finder=replay,
            verifier=replay if replay.verified else None,
            cuts=replay,
            classifier=replay,
            gender_thresholds=checked_thresholds(replay.options.get(THRESHOLDS_KEY, list(GENDER_THRESHOLDS))),
            load=ReplayedLoad(replay),
            movements=replay,
        )
    elif options.on_demand or _feeds_a_camera(options):
        outputs = open_outputs(_camera_origin(options))
        return open_input(Watch(outputs.device or "") if options.on_demand else None), outputs
    else:
        found = open_input(None)
    return found, open_outputs(origin_of(found.source))


def input_of(
    options: Options, features: bool, watched: Watch | None, held: contextlib.ExitStack, colours: str = "exact"
) -> _Input:
    """Open the source, what finds faces and what reads them.

    features: whether predictions carry what faces are taught by. watched: of a source on demand.
    colours: of a video, one of `realtime.sources.base.COLOURS`.
    """
    source: Source
    if watched is None:
        source = open_source(options.source, options.size, options.fps, options.max_size, colours)
    else:
        source = OnDemand(
            options.source,
            options.fps,
            open_source=lambda: open_camera(options.source, options.size, options.fps),
            watched=watched,
        )
    held.callback(source.close)
    kind = MirroredClassifier if source.stills else Classifier
    classifier = kind(options.model or SHIPPED_MODEL, features)
    if options.teach and source.stills:
        raise UsageError(f"--teach needs time to pass, and {source.name} is a picture or several.", "Give a camera.")
    alive = alive_of(options, source)
    load = _load(options, alive)
    faces = held.enter_context(
        open_faces(
            options.detector,
            stills=source.stills,
            closely=options.far,
            allowed=lambda: load.allows_search,
            min_face_px=options.min_face,
            movements=alive > 0 or wants_movements(options),
        )
    )
    return _Input(
        source=source,
        finder=faces.finder,
        verifier=faces.verifier,
        cuts=CutDetector(),
        classifier=classifier,
        gender_thresholds=thresholds_in(classifier.metadata),
        load=load,
        movements=faces.movements,
    )


def alive_of(options: Options, source: Source) -> int:
    """Return of how many faces the emoji move: those of people before a camera, if nothing else was said."""
    return int(source.paced and not source.stills) if options.alive is None else options.alive


def wants_movements(options: Options) -> bool:
    """Return whether somebody wants to know what the parts of a face do."""
    return options.metrics or options.report is not None


def _movements(options: Options, found: _Input, alive: int, controls: Controls) -> Movements | None:
    told = wants_movements(options)
    asked = _MOST_ASKED_STILL if found.source.stills else _MOST_ASKED
    most = max(alive, asked if told else 0)
    if found.movements is None or not most:
        return None
    allowed = lambda: found.load.allows_movements and (told or controls.state.alive)  # noqa: E731
    return Movements(found.movements, most, allowed, reuse=not isinstance(found.source, Replay))


def _told_of_metrics(readings: Sequence[Reading]) -> list[str]:
    return [line for reading in readings if reading.raw is not None for line in lines_of(reading)] + notes_of(readings)


def _load(options: Options, alive: int) -> LoadShedding:
    if options.cpu_limit == "off":
        return LoadShedding(most=0)
    limit = None if options.cpu_limit == "auto" else float(options.cpu_limit)
    load = LoadShedding(limit, movements=alive > 0 or wants_movements(options))
    load.every_frame = options.privacy == "strict"
    return load


def origin_of(source: Source) -> _Origin:
    """Return what outputs are told of a source."""
    return _Origin(source.name, source.fps, source.stills, source.reads)


def _feeds_a_camera(options: Options) -> bool:
    """Return whether a virtual camera shows what a camera sees: whoever watches gets a card while that one opens."""
    virtual = any(address != "auto" and kind_of(address).name == "virtual" for address in options.output)
    return virtual and is_camera(options.source)


def _camera_origin(options: Options) -> _Origin:
    if options.on_demand and not is_camera(options.source):
        raise UsageError(
            f"--on-demand is for cameras, which --source {options.source} is not.",
            "Leave --on-demand out, or give a camera: --source auto.",
        )
    return _Origin(options.source, options.fps, stills=False, reads=())


def outputs_of(
    options: Options,
    origin: _Origin,
    controls: Controls,
    stats: Stats,
    paths: RunPaths,
    held: contextlib.ExitStack,
    besides: Sequence[Output] = (),
) -> Outputs:
    """Open the outputs. besides: those that are open already."""
    return held.enter_context(
        open_outputs(
            options.output,
            OutputContext(
                controls=controls,
                caption=stats.caption,
                size_wh=options.size,
                fps=options.fps,
                source_name=origin.name,
                source_fps=origin.fps,
                stills=origin.stills,
                reads=(*origin.reads, *paths.reads),
                writes=paths.writes,
                terminal=options.report is not None,
                recording=Recording(
                    codec=options.codec,
                    quality=options.quality,
                    audio="keep" if options.keep_audio and options.audio == "mute" else options.audio,
                    keep_metadata=options.keep_metadata,
                ),
            ),
            besides,
        )
    )


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


def profile_of(options: Options, replay: Replay | None) -> NeutralProfile:
    """Return what is kept of the owner, and what is to be learnt. replay: in place of the file."""
    if options.teach and (replay is not None or options.neutral != "profile"):
        reason = "a trace has no faces to learn" if replay is not None else f"--neutral {options.neutral} uses none"
        raise UsageError(f"--teach keeps what it learns in the profile, and {reason}.", "Leave one of them out.")
    if options.neutral != "profile":
        return NeutralProfile()
    if replay is None:
        model = model_fingerprint(options.model or SHIPPED_MODEL)
        lesson = Lesson({name: ADVICE[name] for name in options.teach}, model) if options.teach else None
        return NeutralProfile(profile_path(options.profile), model=model, lesson=lesson)
    resting = replay.options.get("resting")
    return NeutralProfile(resting=None if resting is None else np.array(resting, np.float32))


def _trace(options: Options, found: _Input, people: People, held: contextlib.ExitStack) -> TraceWriter | None:
    if options.record_trace is None:
        return None
    source = found.source
    about: dict[str, Any] = {
        "source": source.name,
        "source_fps": source.fps,
        "stills": source.stills,
        "verified": found.verifier is not None,
        THRESHOLDS_KEY: list(found.gender_thresholds),
    }
    writer = TraceWriter(options.record_trace, options.traced() | about | {"resting": people.profile.resting})
    held.callback(writer.close)
    return writer


def report_of(options: Options, source: Source) -> Report | None:
    """Begin the report of the session, if one is wanted. Raises UsageError for pictures, OutputError."""
    if options.report is None:
        return None
    if source.stills:
        raise UsageError(
            f"--report needs time to pass, and {source.name} is a picture or several.", "Give a video or a camera."
        )
    return Report(Wanted(report_folder(options.report), options.everyone, options.report_format), source.name)


def timeline_of(options: Options, source: Source, library: PackLibrary) -> Timeline | None:
    """Return the timeline, if one is wanted. Raises UsageError for pictures."""
    if not options.timeline:
        return None
    if source.stills:
        raise UsageError(
            f"--timeline needs time to pass, and {source.name} is a picture or several.", "Give a video or a camera."
        )
    return Timeline([Path(path) for path in options.timeline], lambda: library.current)
