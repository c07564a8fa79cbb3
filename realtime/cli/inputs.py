"""From options to what gives frames and faces: devices and models, or a trace in their place."""

from __future__ import annotations

import contextlib
import functools
from dataclasses import dataclass

from realtime.cli.options import Options
from realtime.cli.paths import check_source
from realtime.controls import Controls
from realtime.engine.cuts import CutDetector
from realtime.engine.load import LoadShedding
from realtime.engine.movements import Movements
from realtime.engine.reader import Cuts
from realtime.engine.trace import Replay, ReplayedLoad
from realtime.errors import UsageError
from realtime.faces.base import FaceClassifier, FaceFinder, FaceVerifier, MovementReader
from realtime.faces.gender_thresholds import THRESHOLDS_KEY, checked_thresholds, thresholds_in
from realtime.faces.open import open_faces
from realtime.faces.views import BothViews, ViewsInTurn
from realtime.people.neutral import NeutralProfile
from realtime.records import EMOTIONS, GENDER_THRESHOLDS
from realtime.shipped import SHIPPED_MODEL
from realtime.sources.base import Source
from realtime.sources.live import Live
from realtime.sources.looped import Looped
from realtime.sources.on_demand import OnDemand, Watch
from realtime.sources.open import is_repeatable, open_camera, open_source

# In each frame, so many faces are asked what their parts do; of pictures, nobody waits for the next.
_MOST_ASKED, _MOST_ASKED_STILL = 2, 100


@dataclass(frozen=True)
class Input:
    """What gives frames and faces: devices and models, or a trace in their place."""

    source: Source
    finder: FaceFinder
    verifier: FaceVerifier | None
    cuts: Cuts
    classifier: FaceClassifier
    gender_thresholds: tuple[float, ...]
    load: LoadShedding
    movements: MovementReader | None = None


def replay_of(options: Options, controls: Controls, held: contextlib.ExitStack) -> Replay | None:
    """Open the trace that is to be replayed, if one is."""
    if options.replay is None:
        return None
    replay = Replay(options.replay, functools.partial(_opened_again, max_side_px=options.max_size), controls)
    held.callback(replay.close)
    return replay


def _opened_again(address: str, max_side_px: int) -> Source | None:
    """Open the source of a trace, if it gives the same frames again."""
    check_source(address)
    return open_source(address, max_side_px=max_side_px) if is_repeatable(address) else None


def input_from(replay: Replay) -> Input:
    """Return the input that a trace is."""
    return Input(
        source=replay,
        finder=replay,
        verifier=replay if replay.verified else None,
        cuts=replay,
        classifier=replay,
        gender_thresholds=checked_thresholds(replay.options.get(THRESHOLDS_KEY, list(GENDER_THRESHOLDS))),
        load=ReplayedLoad(replay),
        movements=replay,
    )


def input_of(
    options: Options,
    features: bool | None,
    watched: Watch | None,
    held: contextlib.ExitStack,
    moving: bool = False,
    colours: str = "exact",
) -> Input:
    """Open the source, what finds faces and what reads them.

    Args:
        options: What the user wants.
        features: Whether predictions carry what faces are taught by; None: where the model has it.
        watched: Of a source on demand.
        held: Closes them.
        moving: Whether it may have to be known how faces move, for the sake of the owner's own expressions.
        colours: Of a video, one of `realtime.sources.base.COLOURS`.
    """
    source: Source
    if watched is None:
        source = open_source(options.source, options.size, options.fps, options.max_size, colours)
        if options.against and not (source.paced or source.stills):
            source = Live(Looped(source, lambda: open_source(options.source, max_side_px=options.max_size)))
    else:
        source = OnDemand(
            options.source,
            options.fps,
            open_source=lambda: open_camera(options.source, options.size, options.fps),
            watched=watched,
        )
    held.callback(source.close)
    kind = BothViews if source.stills else ViewsInTurn
    classifier = kind(options.model or SHIPPED_MODEL, features)
    if options.teach and source.stills:
        raise UsageError(f"--teach needs time to pass, and {source.name} is a picture or several.", "Give a camera.")
    movements = alive_of(options, source) > 0 or wants_movements(options)
    load = _load(options, movements)
    faces = held.enter_context(
        open_faces(
            options.detector,
            stills=source.stills,
            closely=options.far,
            allowed=lambda: load.allows_search,
            min_face_px=options.min_face,
            movements=movements or moving,
        )
    )
    if faces.movements is None and (own := [name for name in options.teach if name not in EMOTIONS]):
        raise UsageError(
            f"'{own[0]}' is learnt from how your face moves, which --detector {options.detector} does not see.",
            "Use --detector both, and see --doctor if that is so.",
        )
    return Input(
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
    return options.metrics or options.report is not None or bool(options.practise)


def movements_of(
    options: Options, found: Input, alive: int, controls: Controls, profile: NeutralProfile | None
) -> Movements | None:
    """Return what asks how faces move. profile: of an owner who may teach expressions of their own."""
    told = wants_movements(options)
    asked = _MOST_ASKED_STILL if found.source.stills else _MOST_ASKED
    most = max(alive, asked if told else 0, 1 if profile else 0)
    if found.movements is None or not most:
        return None

    def allowed() -> bool:
        moved = alive > 0 and controls.state.alive
        return found.load.allows_movements and (told or moved or (profile is not None and profile.wants_movements))

    return Movements(found.movements, most, allowed, reuse=not isinstance(found.source, Replay))


def _load(options: Options, movements: bool) -> LoadShedding:
    if options.cpu_limit == "off":
        return LoadShedding(most=0)
    limit = None if options.cpu_limit == "auto" else float(options.cpu_limit)
    # Who practises wants to know how faces move before all else, so that this is never left out.
    load = LoadShedding(limit, movements=movements and not options.practise)
    load.every_frame = options.privacy == "strict"
    return load
