"""From options to the parts of a run, put together."""

from __future__ import annotations

import argparse
import contextlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from realtime.cli.options import profile_path
from realtime.controls import Controls
from realtime.drawing.overlay import Overlay
from realtime.engine.load import STEPS, Effort
from realtime.engine.loop import FaceClassifier, Pipeline
from realtime.engine.practice import Practice
from realtime.engine.privacy import Veil
from realtime.engine.timeline import Timeline
from realtime.engine.trace import Replay, TraceWriter
from realtime.errors import UsageError, VirtualCameraError
from realtime.faces.blazeface import Detector
from realtime.faces.classifier import Classifier
from realtime.faces.tiling import FaceFinder, SecondLook, ThoroughDetector
from realtime.outputs.files import Sinks
from realtime.outputs.open import open_sinks
from realtime.packs.library import Wardrobe
from realtime.people.neutral import PersonalNeutral
from realtime.people.smoothing import People
from realtime.people.tracker import Tracker
from realtime.sources.files import Source
from realtime.sources.on_demand import OnDemand, Watch
from realtime.sources.open import is_camera, is_repeatable, open_camera, open_source

# In videos, faces less likely than what counts at once still help to keep somebody in view.
_MIN_CONFIDENCE = 0.3
# With strict privacy, a face that was lost keeps the picture blurred for so long.
_KEEP_STRICT_S = 3.0
# What a trace must tell to be repeated.
_TRACED = (
    "gender",
    "pack",
    "skin",
    "smooth",
    "privacy",
    "neutral",
    "calibrate",
    "fps",
    "cover",
    "placement",
    "motion",
    "practise",
)


@dataclass
class Run:
    """What `realtime.engine.loop.run` needs, what has to be closed after it, and the timeline, if one is wanted."""

    source: Source
    pipeline: Pipeline
    sinks: Sinks
    timeline: Timeline | None


def assemble(args: argparse.Namespace, controls: Controls, held: contextlib.ExitStack) -> Run:
    """Open everything the options ask for. held: takes what must be freed in the end. Raises an EmojiCameraError."""
    # A second thread makes pictures 5 % sooner and costs 20 % more, which the meeting program has better use for.
    cv2.setNumThreads(1)
    replay = Replay(args.replay, _opened_again, controls) if args.replay else None
    if replay is not None:
        vars(args).update({key: value for key, value in replay.options.items() if key in _TRACED})
    controls.mirror, controls.gender = args.mirror, args.gender
    wardrobe = Wardrobe(args.pack, args.skin)
    source: Source
    finder: FaceFinder
    classifier: FaceClassifier
    effort: Effort
    if replay is not None:
        source, finder, classifier, effort = replay, replay, replay, replay.effort
        held.callback(source.close)
    else:
        classifier = Classifier(args.model)
        source, finder = _source_and_finder(args, controls, held)
        effort = _effort(args)
    if isinstance(finder, SecondLook):
        finder.wanted = lambda: effort.far_sight
    strict = args.privacy == "strict"
    pipeline = Pipeline(
        finder,
        classifier,
        wardrobe,
        controls,
        stills=source.stills,
        tracker=Tracker(_KEEP_STRICT_S) if strict else Tracker(),
        people=People(args.steadiness.scaled(args.smooth)),
        neutral=_neutral(args, replay),
        effort=effort,
        veil=Veil() if strict else None,
        overlay=Overlay(args.motion),
        cover=args.cover,
        placement=args.placement,
        practice=Practice(args.practise) if args.practise else None,
    )
    timeline = _timeline(args, source, wardrobe)
    if args.calibrate:
        controls.request("calibrate")
    if args.record_trace:
        options = {key: getattr(args, key) for key in _TRACED}
        options |= {"source": source.name, "stills": source.stills, "resting": pipeline.neutral.resting}
        writer = TraceWriter(args.record_trace, options, controls)
        held.callback(writer.close)
        pipeline.seen = writer
    sinks = open_sinks(args.output, source, controls, pipeline.figures.caption, args.size, args.fps, args.keep_audio)
    if isinstance(source, OnDemand):
        try:
            source.watched = Watch(sinks.devices[0])
        except VirtualCameraError:
            sinks.close()
            raise
    return Run(source, pipeline, sinks, timeline)


def _source(args: argparse.Namespace, controls: Controls) -> Source:
    if not args.on_demand:
        return open_source(args.source, args.size, args.fps)
    if not is_camera(args.source):
        raise UsageError(f"--on-demand is for cameras, which --source {args.source} is not. Leave one of them out.")
    return OnDemand(args.source, args.fps, lambda: open_camera(args.source, args.size, args.fps), controls)


def _source_and_finder(
    args: argparse.Namespace, controls: Controls, held: contextlib.ExitStack
) -> tuple[Source, FaceFinder]:
    source = _source(args, controls)
    held.callback(source.close)
    if source.stills:
        detector = Detector(min_face_px=args.min_face)
    else:
        detector = Detector(min_face_px=args.min_face, min_confidence=_MIN_CONFIDENCE)
    held.callback(detector.close)
    if source.stills:
        return source, detector if args.far == "off" else ThoroughDetector(detector)
    return source, detector if args.far == "off" else SecondLook(detector, always=args.far == "on")


def _timeline(args: argparse.Namespace, source: Source, wardrobe: Wardrobe) -> Timeline | None:
    if not args.timeline:
        return None
    if source.stills:
        raise UsageError(
            f"--timeline needs time to pass, and {source.name} is a picture or several. Give a video or a camera."
        )
    return Timeline([Path(path) for path in args.timeline], lambda: wardrobe.current)


def _effort(args: argparse.Namespace) -> Effort:
    if args.cpu_limit == "off":
        return Effort(most=0)
    # Strict privacy wants every frame looked at.
    most = 1 if args.privacy == "strict" else len(STEPS) - 1
    return Effort(None if args.cpu_limit == "auto" else float(args.cpu_limit), most)


def _neutral(args: argparse.Namespace, replay: Replay | None) -> PersonalNeutral:
    if args.neutral == "off":
        return PersonalNeutral()
    if args.neutral == "running":
        return PersonalNeutral(running=True)
    if replay is None:
        return PersonalNeutral(profile_path(args.profile))
    resting = replay.options.get("resting")
    return PersonalNeutral(resting=None if resting is None else np.array(resting, np.float32))


def _opened_again(address: str) -> Source | None:
    """Open the source of a trace, if it gives the same frames again."""
    return open_source(address) if is_repeatable(address) else None
