"""Analyses as files, a JSON object a line: what docs/analysis-format.md describes. Who wrote one is not trusted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from realtime.engine.analysis import About, AnalysedFrame, Analysis, Edits, Found, Track, Zone, edited
from realtime.engine.json_checks import count, flag, list_of, mapping, number, of, or_none, text
from realtime.engine.json_lines import lines_of
from realtime.engine.trace_rows import (
    FPS,
    LONG_S,
    checked_face,
    checked_prediction,
    checked_size,
    face_row,
    object_of,
    prediction_row,
)
from realtime.errors import InputError, OutputError, UsageError
from realtime.faces.gender_thresholds import THRESHOLDS_KEY, checked_thresholds
from realtime.images import replacing

VERSION = 1

_FAR_PX = 1e6


class _Row(NamedTuple):
    """One face of a frame, as a line has it."""

    id: int
    person: bool
    found: Found


def write_analysis(path: Path, analysis: Analysis) -> None:
    """Write an analysis whole or not at all. Raises OutputError."""
    faces: list[list[dict[str, Any]]] = [[] for _ in analysis.frames]
    for track in analysis.tracks:
        for one in track.found:
            faces[one.at].append(_face_object(track, one))
    try:
        with replacing(path) as part, part.open("w", encoding="utf-8") as file:
            file.write(json.dumps(_head(analysis)) + "\n")
            for frame, there in zip(analysis.frames, faces, strict=True):
                row = {"index": frame.index, "time_s": frame.time_s, "cut": frame.cut, "size": list(frame.size_wh)}
                file.write(json.dumps(row | {"faces": there}) + "\n")
    except OSError as error:
        raise OutputError(
            f"The analysis {path} can't be written: {error.strerror}.", "Free some space, or choose another place."
        ) from error


def read_analysis(path: Path) -> Analysis:
    """Read an analysis, and check all of it.

    Raises:
        InputError: the file can't be read, or it is no analysis; the error names the line.
    """
    lines = enumerate(lines_of(path, _no_analysis), 1)
    about, edits = _checked_head(path, next(lines, (1, b""))[1])
    frames: list[AnalysedFrame] = []
    found: dict[int, list[Found]] = {}
    people: dict[int, bool] = {}
    for number_, line in lines:
        try:
            frame, rows = _frame(line, len(frames))
            if frames and (frame.time_s <= frames[-1].time_s or frame.index <= frames[-1].index):
                raise ValueError("it is not after the frame before")
            for row in rows:
                if found.get(row.id) and found[row.id][-1].at == row.found.at:
                    raise ValueError(f"face {row.id} is there twice")
                found.setdefault(row.id, []).append(row.found)
                people[row.id] = people.get(row.id, False) or row.person
        except ValueError as error:
            raise _no_analysis(path, number_, error) from error
        frames.append(frame)
    if not frames:
        raise _no_analysis(path, 2, "there is no frame")
    for face, those in found.items():
        if not any(one.seen for one in those):
            raise _no_analysis(path, 2, f"face {face} is seen in no frame")
    tracks = [Track(face, people[face], tuple(found[face])) for face in sorted(found)]
    try:
        return edited(Analysis(about, tuple(frames), tracks), edits)
    except UsageError as error:
        raise InputError(f"{path} has edits that don't fit. {error.what}", "Correct its first line.") from error


# ---- what is written


def _head(analysis: Analysis) -> dict[str, Any]:
    about, edits = analysis.about, analysis.edits
    return {
        "analysis": VERSION,
        "program": about.program,
        "source": about.source,
        "sha256": about.sha256,
        "fps": about.fps,
        THRESHOLDS_KEY: list(about.gender_thresholds),
        "edits": {
            "keep": list(edits.keep),
            "exclude": list(edits.exclude),
            "merge": [list(pair) for pair in edits.merge],
            "zones": [_zone_object(zone) for zone in edits.zones],
            "zones_off": [_zone_object(zone) for zone in edits.zones_off],
            "confirm": list(edits.confirm),
        },
    }


def _zone_object(zone: Zone) -> dict[str, Any]:
    while_s = None if zone.while_s is None else list(zone.while_s)
    return {"x": zone.x, "y": zone.y, "width": zone.width, "height": zone.height, "while_s": while_s}


def _face_object(track: Track, found: Found) -> dict[str, Any]:
    return {
        "id": track.id,
        "person": track.confirmed,
        "seen": found.seen,
        "likely": found.likely,
        "face": _shortened(face_row(found.face)),
        "read": None if found.prediction is None else _shortened(prediction_row(found.prediction)),
        "hint": found.hint,
    }


def _shortened(value: Any) -> Any:
    """Return numbers that were rounded before they became float32 as they are written shortest."""
    if isinstance(value, list):
        return [_shortened(item) for item in value]
    return round(value, 4) if isinstance(value, float) else value


# ---- what may be read

_place = number(-_FAR_PX, _FAR_PX)
_length = number(0.0, _FAR_PX, above=True)
_time = number(-LONG_S, LONG_S)
_ids = list_of(count)


def _checked_head(path: Path, line: bytes) -> tuple[About, Edits]:
    try:
        head = object_of(line)
        version = of(head, "analysis", count)
        if version != VERSION:
            raise InputError(
                f"{path} is an analysis of version {version}, and this program reads version {VERSION}.",
                "Use the version of the program that made it, or analyse the video again.",
            )
        about = About(
            source=of(head, "source", text),
            sha256=of(head, "sha256", text),
            fps=of(head, "fps", number(*FPS)),
            program=of(head, "program", text),
            gender_thresholds=of(head, THRESHOLDS_KEY, checked_thresholds),
        )
        return about, of(head, "edits", _edits)
    except ValueError as error:
        raise _no_analysis(path, 1, error) from error


def _edits(value: Any) -> Edits:
    row = mapping(value)
    return Edits(
        keep=tuple(of(row, "keep", _ids)),
        exclude=tuple(of(row, "exclude", _ids)),
        merge=tuple((first, second) for first, second in of(row, "merge", list_of(list_of(count, 2)))),
        zones=tuple(of(row, "zones", list_of(_zone))),
        zones_off=tuple(of(row, "zones_off", list_of(_zone))),
        confirm=tuple(of({"confirm": []} | row, "confirm", _ids)),  # older files have none
    )


def _zone(value: Any) -> Zone:
    row = mapping(value)
    while_s = of(row, "while_s", or_none(list_of(_time, 2)))
    if while_s is not None and while_s[0] > while_s[1]:
        raise ValueError("a time before its end")
    return Zone(
        of(row, "x", _place),
        of(row, "y", _place),
        of(row, "width", _length),
        of(row, "height", _length),
        None if while_s is None else (while_s[0], while_s[1]),
    )


def _frame(line: bytes, at: int) -> tuple[AnalysedFrame, Iterator[_Row]]:
    row = object_of(line)
    frame = AnalysedFrame(of(row, "index", count), of(row, "time_s", _time), of(row, "cut", flag), _size(row))
    return frame, (_row(one, at) for one in of(row, "faces", list_of(mapping)))


def _size(row: dict[str, Any]) -> tuple[int, int]:
    width, height = of(row, "size", checked_size)
    return width, height


def _row(row: dict[str, Any], at: int) -> _Row:
    found = Found(
        at=at,
        face=of(row, "face", checked_face),
        seen=of(row, "seen", flag),
        likely=of(row, "likely", flag),
        prediction=of(row, "read", or_none(checked_prediction)),
        hint=of(row, "hint", text),
    )
    return _Row(of(row, "id", count), of(row, "person", flag), found)


def _no_analysis(path: Path, number: int, why: object) -> InputError:
    return InputError(f"{path} is no analysis of this program: in line {number}, {why}.", "--analysis makes one.")
