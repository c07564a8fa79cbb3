"""The command line and the configuration file, which knows the same options."""

from __future__ import annotations

import argparse
import difflib
import re
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import platformdirs

from realtime import __version__
from realtime.controls import GENDER_CHOICES, KEYS
from realtime.drawing.anonymize import COVERS, PLACEMENTS
from realtime.engine.practice import ADVICE
from realtime.errors import UsageError
from realtime.faces.classifier import SHIPPED_MODEL
from realtime.packs.pack import DEFAULT_PACK
from realtime.people.smoothing import Steadiness

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_DEFAULTS: dict[str, Any] = {
    "source": "auto",
    "output": None,  # auto, or none with --json
    "keep_audio": False,
    "on_demand": False,
    "size": (1280, 720),
    "fps": 30.0,
    "mirror": True,
    "gender": "auto",
    "pack": DEFAULT_PACK,
    "skin": None,
    "cover": "emoji",
    "placement": "face",
    "motion": False,
    "practise": (),
    "smooth": 0.5,
    "privacy": "normal",
    "far": "auto",
    "cpu_limit": "auto",
    "neutral": "profile",
    "profile": "default",
    "calibrate": False,
    "min_face": 0.0,
    "max_seconds": None,
    "model": SHIPPED_MODEL,
    "timeline": [],
    "record_trace": None,
    "replay": None,
    "json": False,
    "verbose": False,
}
_EXPERT = {"steadiness": Steadiness()}


def profile_path(name: str) -> Path:
    """Return the file in which somebody's resting face is kept."""
    return platformdirs.user_data_path("emoji-camera", appauthor=False) / "profiles" / f"{name}.json"


def default_config() -> Path:
    """Return where the user's own configuration file is looked for."""
    return platformdirs.user_config_path("emoji-camera", appauthor=False) / "config.toml"


def parse(argv: list[str]) -> argparse.Namespace:
    """Return the options: the command line's, else the configuration file's, else the defaults.

    Raises UsageError for a configuration file that can't be used; a wrong command line ends the program with code 2.
    """
    parser = _parser()
    given = vars(parser.parse_args(argv))
    config = given.pop("config", None)
    configured = _configured(parser, Path(config) if config else default_config(), required=config is not None)
    options = argparse.Namespace(**(_DEFAULTS | _EXPERT | configured | given))
    shows_faces = options.cover == "none" or (options.cover == "emoji" and options.placement != "face")
    if options.privacy == "strict" and shows_faces:
        raise UsageError(
            f"--privacy strict hides every face, --cover {options.cover} with --placement {options.placement} shows "
            "them. Choose another --cover, or --placement face."
        )
    if options.output is None:
        options.output = ["none" if options.json else "auto"]
    if options.on_demand and not any(output.split(":")[0] == "virtual" for output in options.output):
        raise UsageError("--on-demand waits for somebody to watch the virtual camera. Add --output virtual.")
    return options


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="app.py",
        description="Cover every face your webcam sees with an emoji that shows its expression, live.",
        epilog="Keys: " + "; ".join(f"{key} {meaning}" for key, meaning in KEYS.items()) + ".",
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add(
        "--source",
        metavar="WHAT",
        help="auto (the first camera that works, else the demo), a camera's number or part of its name, /dev/videoN, "
        "a video, a picture, a folder of pictures, a stream URL, or demo; default: auto",
    )
    add(
        "--output",
        metavar="WHERE",
        action="append",
        help="auto (a window, else a file in this folder), window, virtual[:DEVICE], a file like out.mp4 or out.png, "
        "a folder, or none; may be given several times; default: auto, with --json none. "
        "The window is mirrored like a mirror, everything else is not",
    )
    add(
        "--keep-audio",
        action="store_true",
        help="carry the sound of a video over to the one that is written (a voice can tell who speaks); needs ffmpeg",
    )
    add(
        "--on-demand",
        action="store_true",
        help="with --output virtual on Linux: use the camera only while another program watches the virtual one",
    )
    add("--size", type=_size, metavar="WxH", help="size of camera and virtual camera; default: 1280x720")
    add("--fps", type=_positive, metavar="N", help="frame rate of camera and virtual camera; default: 30")
    add(
        "--mirror",
        action=argparse.BooleanOptionalAction,
        help="mirror the preview window, as people expect of themselves; default: yes",
    )
    add("--gender", choices=GENDER_CHOICES, help="which drawings to use; auto follows each face; default: auto")
    add("--pack", metavar="NAME|DIR|ZIP", help=f"emoji pack, by name or where it is; default: {DEFAULT_PACK}")
    add("--skin", metavar="NAME", help="skin of the emoji, in packs that have several; default: the pack's first")
    add("--cover", choices=COVERS, help="what hides a face; none: only boxes and labels; default: emoji")
    add(
        "--placement",
        choices=PLACEMENTS,
        help="where the emoji is: over the face, beside the head, or one in the corner for the main face; beside and "
        "corner show the face, unless --cover is blur, pixelate or solid; default: face",
    )
    add(
        "--motion",
        action=argparse.BooleanOptionalAction,
        help="let emoji lean with a head that turns, and breathe; default: no",
    )
    add(
        "--practise",
        "--practice",
        nargs="?",
        type=_emotions,
        const=tuple(ADVICE),
        metavar="EMOTIONS",
        help="ask for one expression after the other, and show how well it is seen: all of them, or those you name, "
        "like happy,surprise; with --placement corner you see your face too",
    )
    add(
        "--privacy",
        choices=("normal", "strict"),
        help="strict: blur the whole picture while no face is found, and whatever has just moved; show a privacy "
        "picture when anything fails or takes too long; default: normal",
    )
    add(
        "--smooth",
        type=_share,
        metavar="0..1",
        help="how steady emoji are: 0 follows every flicker, 1 is slow; default: 0.5 "
        "(single settings: [smoothing] in the configuration file)",
    )
    add(
        "--far",
        choices=("on", "off", "auto"),
        help="a second look for faces far away: in every frame, never, or where there are any; default: auto",
    )
    add(
        "--cpu-limit",
        type=_cpu_limit,
        metavar="PERCENT|auto|off",
        help="do less when more than this of one core is used, or (auto) when the camera is faster than the machine: "
        "first no second look, then faces are looked for in every other frame; default: auto",
    )
    add("--calibrate", action="store_true", help="begin by learning your resting face for 2 s, like the key c")
    add(
        "--neutral",
        choices=("profile", "running", "off"),
        help="what expressions are measured against: your own resting face once it was learnt, a running average of "
        "each face, or nothing; default: profile",
    )
    add("--profile", type=_name, metavar="NAME", help="whose resting face is used and learnt; default: default")
    add("--forget-profile", action="store_true", help="remove the resting face that was learnt, and stop")
    add("--min-face", type=_not_negative, metavar="PX", help="leave faces narrower than this uncovered; default: 0")
    add("--max-seconds", type=_positive, metavar="S", help="stop after this much of the source's time")
    add("--model", type=Path, metavar="FILE", help="expression model; default: models/face_expression.onnx")
    add(
        "--timeline",
        metavar="FILE",
        action="append",
        help="at the end, draw how the expressions of each face went over time (.png), or write a table (.csv); "
        "may be given several times",
    )
    add("--record-trace", type=Path, metavar="FILE", help="write what was found in every frame, without any picture")
    add("--replay", type=Path, metavar="FILE", help="repeat a run from its trace: same trace, same pictures")
    add("--json", action="store_true", help="print one JSON object per face and frame, and nothing else, to stdout")
    add("--list-cameras", action="store_true", help="show the cameras of this machine and stop")
    add(
        "--doctor",
        action="store_true",
        help="look at packages, models, cameras and the virtual camera, tell what is wrong and what to do, and stop; "
        "with --json for a bug report; exit code 0, or that of the first fault, which the README lists",
    )
    add("--list-packs", action="store_true", help="show the emoji packs and their skins and stop")
    add("--check-pack", metavar="DIR|ZIP", help="tell what is in a pack of yours, missing or wrong, draw it, and stop")
    add("--config", metavar="FILE", help=f"options as TOML; default: {default_config()}, if there is one")
    add("--verbose", action="store_true", help="show details, and what the libraries have to say")
    add("--version", action="version", version=f"emoji camera {__version__}")
    return parser


def _configured(parser: argparse.ArgumentParser, path: Path, required: bool) -> dict[str, Any]:
    if not required and not path.is_file():
        return {}
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"The configuration {path} can't be read: {error.strerror}. Check --config.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"The configuration {path} is no valid TOML: {error}.") from error
    actions = {action.dest: action for action in parser._actions if action.dest in _DEFAULTS}
    expert = table.pop("smoothing", {})
    values = {_known(key, path): _value(actions[_known(key, path)], key, value, path) for key, value in table.items()}
    return values | {"steadiness": _steadiness(expert, path)}


def _steadiness(table: Any, path: Path) -> Steadiness:
    """Return the expert settings of the configuration file's [smoothing]."""
    names = [field.name for field in fields(Steadiness)]
    if not isinstance(table, dict) or not all(
        isinstance(v, (int, float)) and not isinstance(v, bool) and 0 <= v < 1000 for v in table.values()
    ):
        raise UsageError(f"The configuration {path} has a [smoothing] that is no table of numbers from 0 to 1000.")
    if unknown := sorted(set(table) - set(names)):
        raise UsageError(
            f"The configuration {path} has an unknown key '{unknown[0]}' in [smoothing]. Known are: {', '.join(names)}."
        )
    return Steadiness(**{name: float(value) for name, value in table.items()})


def _known(key: str, path: Path) -> str:
    name = key.replace("-", "_")
    if name in _DEFAULTS:
        return name
    names = [known.replace("_", "-") for known in _DEFAULTS]
    near = difflib.get_close_matches(key, names, 1)
    hint = f"Did you mean '{near[0]}'?" if near else f"Known are: {', '.join(names)}."
    raise UsageError(f"The configuration {path} has an unknown key '{key}'. {hint}")


def _value(action: argparse.Action, key: str, value: Any, path: Path) -> Any:
    """Check a value as the command line would."""
    if action.nargs == 0:
        if isinstance(value, bool):
            return value
        raise UsageError(f"The configuration {path} has {key} = {value!r}; it is true or false.")
    if key in ("output", "timeline"):
        return [str(item) for item in value] if isinstance(value, list) else [str(value)]
    try:
        checked = action.type(str(value)) if callable(action.type) else str(value)
    except (argparse.ArgumentTypeError, ValueError) as error:
        raise UsageError(f"The configuration {path} has {key} = {value!r}: {error}") from error
    if action.choices is not None and checked not in action.choices:
        raise UsageError(f"The configuration {path} has {key} = {value!r}; it is one of {', '.join(action.choices)}.")
    return checked


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{2,5})[xX](\d{2,5})", text)
    if not match:
        raise argparse.ArgumentTypeError(f"'{text}' is no size; write it as 1280x720")
    return int(match[1]), int(match[2])


def _emotions(text: str) -> tuple[str, ...]:
    names = tuple(ADVICE) if text == "all" else tuple(text.split(","))
    if unknown := [name for name in names if name not in ADVICE]:
        raise argparse.ArgumentTypeError(f"'{unknown[0]}' is none of {', '.join(ADVICE)}; or write all")
    return names


def _share(text: str) -> float:
    number = _not_negative(text)
    if number > 1:
        raise argparse.ArgumentTypeError(f"'{text}' is more than 1")
    return number


def _cpu_limit(text: str) -> str | float:
    return text if text in ("auto", "off") else _positive(text)


def _name(text: str) -> str:
    if not re.fullmatch(r"[\w-]{1,40}", text):
        raise argparse.ArgumentTypeError(f"'{text}' is no name; letters, digits, _ and - make one")
    return text


def _not_negative(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise argparse.ArgumentTypeError(f"'{text}' is no number of 0 or more")
    return number


def _positive(text: str) -> float:
    number = _not_negative(text)
    if number == 0:
        raise argparse.ArgumentTypeError("it must be more than 0")
    return number
