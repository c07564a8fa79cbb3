"""From options to what is written: outputs, traces, reports and timelines."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from realtime.cli.inputs import Input
from realtime.cli.options import Options
from realtime.cli.parse import report_folder
from realtime.cli.paths import RunPaths
from realtime.controls import Controls
from realtime.engine.stats import Stats
from realtime.engine.timeline import Timeline
from realtime.engine.trace import TraceWriter
from realtime.errors import UsageError
from realtime.faces.gender_thresholds import THRESHOLDS_KEY
from realtime.outputs.base import Beside, Output, Recording
from realtime.outputs.kinds import kind_of
from realtime.outputs.open import OutputContext, Outputs, open_outputs
from realtime.packs.library import PackLibrary
from realtime.people.people import People
from realtime.report.recorder import Wanted
from realtime.report.report import Report
from realtime.sources.base import Source
from realtime.sources.open import is_camera
from realtime.stimulus.stage import Stage


@dataclass(frozen=True)
class Origin:
    """What outputs are told of a source; of one on demand before it is opened."""

    name: str
    fps: float
    stills: bool
    reads: tuple[Path, ...]


def origin_of(source: Source) -> Origin:
    """Return what outputs are told of a source."""
    return Origin(source.name, source.fps, source.stills, source.reads)


def feeds_a_camera(options: Options) -> bool:
    """Return whether a virtual camera shows what a camera sees: whoever watches gets a card while that one opens."""
    virtual = any(address != "auto" and kind_of(address).name == "virtual" for address in options.output)
    return virtual and is_camera(options.source)


def camera_origin(options: Options) -> Origin:
    """Return what outputs are told of a camera that is not open yet. Raises UsageError for what is none."""
    if options.on_demand and not is_camera(options.source):
        raise UsageError(
            f"--on-demand is for cameras, which --source {options.source} is not.",
            "Leave --on-demand out, or give a camera: --source auto.",
        )
    return Origin(options.source, options.fps, stills=False, reads=())


def outputs_of(
    options: Options,
    origin: Origin,
    controls: Controls,
    stats: Stats,
    paths: RunPaths,
    held: contextlib.ExitStack,
    besides: Sequence[Output] = (),
    beside: Beside | None = None,
) -> Outputs:
    """Open the outputs. besides: those that are open already. beside: what a window shows beside its picture."""
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
                beside=beside,
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


def trace_of(options: Options, found: Input, people: People, held: contextlib.ExitStack) -> TraceWriter | None:
    """Begin the trace, if one is to be recorded."""
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


def report_of(options: Options, source: Source, stage: Stage | None = None) -> Report | None:
    """Begin the report of the session, if one is wanted. Raises UsageError for pictures, OutputError.

    stage: what is shown meanwhile.
    """
    if options.report is None:
        return None
    _check_time_passes("--report", source)
    wanted = Wanted(report_folder(options.report), options.everyone, options.report_format)
    return Report(wanted, source.name, stage)


def timeline_of(options: Options, source: Source, library: PackLibrary) -> Timeline | None:
    """Return the timeline, if one is wanted. Raises UsageError for pictures."""
    if not options.timeline:
        return None
    _check_time_passes("--timeline", source)
    return Timeline([Path(path) for path in options.timeline], lambda: library.current)


def _check_time_passes(flag: str, source: Source) -> None:
    if source.stills:
        raise UsageError(
            f"{flag} needs time to pass, and {source.name} is a picture or several.", "Give a video or a camera."
        )
