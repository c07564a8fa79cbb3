"""The options of the program, each written once: command line, configuration file, trace and README derive from here.

Importing this loads neither OpenCV nor onnxruntime nor MediaPipe, so that --help and --version answer at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any

from realtime.cli import values
from realtime.controls import GENDER_CHOICES
from realtime.drawing.covers import COVERS
from realtime.drawing.placement import CROPS, PLACEMENTS
from realtime.engine.analysis import Zone
from realtime.media import MAX_SIDE_PX
from realtime.outputs.kinds import AUDIO_CHOICES, DEFAULT_QUALITY, KINDS, VIDEO_CODECS
from realtime.packs.manifest import DEFAULT_PACK
from realtime.people.steadiness import Steadiness
from realtime.practice.advice import ADVICE
from realtime.records import REACTIONS
from realtime.report.formats import TABLE_FORMATS
from realtime.stimulus.orders import ORDERS, PAUSE_S
from realtime.words import LANGUAGES

# The parts of the help and of the README's tables, in order.
SECTIONS = ("Camera and files", "What is seen", "Privacy", "Reading faces", "Records", "The program")


# OpenCV can't cut patches from longer pictures, so nobody can allow them.
_LONGEST_SIDE_PX = 32_766

# What strict privacy can't promise, as help and doctor say it.
STRICT_LIMIT = "what is not found, does not move and lies within the outline of a body is not hidden"


@dataclass(frozen=True)
class Spec:
    """What there is to say of an option besides its name and default.

    parse: from text to a value, ValueError or ArgumentTypeError for what is none. flags: its names on the command line,
    if they are not made from the field's. without_value: what it means when no value follows. traced: whether a trace
    must keep it to be repeated. lists: whether it may be given several times. many: whether several values may follow
    it. action: whether it is done in place of a run, and so has no place in the configuration file.
    """

    section: str
    help: str
    parse: Callable[[str], Any] | None = None
    metavar: str | None = None
    choices: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    without_value: Any = None
    traced: bool = False
    lists: bool = False
    many: bool = False
    action: bool = False


def _option(default: Any, section: str, text: str, **spec: Any) -> Any:
    return field(default=default, metadata={"spec": Spec(section, text, **spec)})


_FILES, _SEEN, _PRIVACY, _READING, _RECORDS, _PROGRAM = SECTIONS


@dataclass(frozen=True)
class Options:
    """What the user wants of a run. `realtime.cli.parse.parse` makes one; the defaults are the program's."""

    source: str = _option(
        "auto",
        _FILES,
        "auto (the first camera that works, else the demo), a camera's number or part of its name, /dev/videoN, a "
        "video or animation, a picture, a folder or a pattern like '*.mp4' of these, a stream URL, or demo; "
        "default: auto",
        metavar="WHAT",
    )
    output: tuple[str, ...] = _option(
        (),
        _FILES,
        f"auto (a window, else a file in this folder), {', '.join(kind.usage for kind in KINDS)}; may be given several "
        "times; default: auto, with --json none. The window is mirrored like a mirror, everything else is not",
        metavar="WHERE",
        lists=True,
    )
    size: tuple[int, int] = _option(
        (1280, 720),
        _FILES,
        "size of camera and virtual camera; default: 1280x720",
        parse=values.size,
        metavar="WxH",
    )
    fps: float = _option(
        30.0,
        _FILES,
        "frame rate of camera and virtual camera; default: 30",
        parse=values.positive,
        metavar="N",
        traced=True,
    )
    on_demand: bool = _option(
        False,
        _FILES,
        "with --output virtual on Linux: use the camera only while another program watches the virtual one, and five "
        "seconds longer",
    )
    codec: str | None = _option(
        None,
        _FILES,
        "how videos are written; default: h264, which plays everywhere (.webm: VP9)",
        choices=VIDEO_CODECS,
    )
    quality: int = _option(
        DEFAULT_QUALITY,
        _FILES,
        f"of videos: more is larger and more like the original; default: {DEFAULT_QUALITY}",
        parse=values.whole(100),
        metavar="0..100",
    )
    audio: str = _option(
        "mute",
        _FILES,
        "the sound of a video in the one that is written: none, as it is, or with another pitch (a voice can tell who "
        "speaks, and how it speaks still can then); default: mute",
        choices=AUDIO_CHOICES,
    )
    keep_audio: bool = _option(False, _FILES, "the same as --audio keep")
    keep_metadata: bool = _option(
        False,
        _FILES,
        "carry over what a video says of itself, such as title, time and place, to the one that is written",
    )
    max_size: int = _option(
        MAX_SIDE_PX,
        _FILES,
        f"refuse videos with longer sides, before they are decoded; default: {MAX_SIDE_PX}",
        parse=values.whole(_LONGEST_SIDE_PX, 16),
        metavar="PX",
    )
    max_seconds: float | None = _option(
        None, _FILES, "stop after this much of the source's time", parse=values.positive, metavar="S"
    )
    passes: str = _option(
        "2",
        _FILES,
        "of a video file that is written to files: 2, look at all of it first and then draw, so that everybody is "
        "covered from before they are seen until after; 1, do both at once; default: 2",
        choices=("1", "2"),
    )
    review: bool = _option(
        False,
        _FILES,
        "look for the faces of a video, then open a page in your browser in which you see all of them, change what is "
        "covered, and write the video; needs pip install -r requirements-panel.txt",
    )
    no_report: bool = _option(
        False,
        _FILES,
        "after two passes, write no report (OUT.report.json) and no contact sheet (OUT.contact.jpg) beside the video",
    )
    jobs: int = _option(
        1,
        _FILES,
        "for a folder or a pattern: work on so many files at once, each in a process of its own; default: 1",
        parse=values.processes,
        metavar="N",
    )
    ray: str | None = _option(
        None,
        _FILES,
        "for a folder or a pattern: have Ray do the files, on this machine or on the cluster at an address; it opens "
        "sockets, and needs pip install -r requirements-ray.txt",
        metavar="ADDRESS",
        without_value="local",
    )
    again: bool = _option(
        False, _FILES, "for a folder or a pattern: do the files again that an earlier run has finished"
    )

    gender: str = _option(
        "auto",
        _SEEN,
        "which drawings to use; auto follows each face, and takes the neutral one when unsure; default: auto",
        choices=GENDER_CHOICES,
        traced=True,
    )
    pack: str = _option(
        DEFAULT_PACK,
        _SEEN,
        f"emoji pack, by name or where it is; default: {DEFAULT_PACK}",
        metavar="NAME|DIR|ZIP",
        traced=True,
    )
    skin: str | None = _option(
        None,
        _SEEN,
        "skin of the emoji, in packs that have several; default: the pack's first",
        metavar="NAME",
        traced=True,
    )
    cover: str = _option(
        "emoji",
        _SEEN,
        "what hides a face; none: only boxes and labels; default: emoji",
        choices=tuple(COVERS),
        traced=True,
    )
    placement: str = _option(
        "face",
        _SEEN,
        "where the emoji is: over the face, beside the head, or one in the corner for the main face; beside and corner "
        "show the face, unless --cover is blur, pixelate or solid; default: face",
        choices=PLACEMENTS,
        traced=True,
    )
    crop: str = _option(
        "off",
        _PRIVACY,
        "head: only the emoji, on a plain ground: nothing of the room, and of nobody in it, leaves the program, but "
        "where heads are and how large; default: off",
        choices=CROPS,
        traced=True,
    )
    motion: bool = _option(
        False,
        _SEEN,
        "let emoji lean with a head that turns, and breathe; default: no",
        flags=("--no-motion",),
        traced=True,
    )
    alive: int | None = _option(
        None,
        _SEEN,
        "let the emoji of the largest face, or of the N largest, blink, talk, raise its brows and turn as the face "
        "does, in packs whose drawings can; 0: of none; default: 1 with a camera, while there is time for it, else 0",
        parse=values.faces,
        metavar="N",
        without_value=1,
        traced=True,
    )
    reactions: str | None = _option(
        None,
        _SEEN,
        "a burst around whoever has laughed for two seconds: hearts, confetti, or calm, a few hearts that rise slowly, "
        "for people who avoid flashing; default: none",
        choices=REACTIONS,
        traced=True,
    )
    mirror: bool = _option(
        True,
        _SEEN,
        "mirror the preview window, as people expect of themselves; default: yes",
        flags=("--no-mirror",),
    )
    practise: tuple[str, ...] = _option(
        (),
        _SEEN,
        "show in the window how each expression is made by parts of the face, and how far yours are: all, or those you "
        "name, in that order, like happy,surprise or brows,mouth; mirror: name what is seen; game: which drawing fits "
        "(docs/practice.md); with --placement corner you see your face too",
        parse=values.practice,
        metavar="WHAT",
        flags=("--practice",),
        without_value=tuple(ADVICE),
        traced=True,
    )
    practise_with: tuple[str, ...] = _option(
        (),
        _SEEN,
        "with --practise, with commas: calm (nothing moves fast), large (letters), shuffle (another order each round), "
        "progress (keep how often each was shown, as numbers), step=N (percent of the way from your resting face to a "
        "strong expression; 30), hold=N (seconds to show it; 1), seconds=N (go on after that; never), break=N (seconds "
        "between rounds; 0)",
        parse=values.practice_settings,
        metavar="HOW",
        flags=("--practice-with",),
    )

    privacy: str = _option(
        "normal",
        _PRIVACY,
        "strict: show only covered heads and the bodies below them, not what has just moved of these, and blur all "
        "else; blur everything while no face is found; show a privacy picture when anything fails or takes too long; "
        f"{STRICT_LIMIT}; default: normal",
        choices=("normal", "strict"),
        traced=True,
    )
    pictures: str = _option(
        "cover",
        _PRIVACY,
        "faces in pictures: cover them, or ignore those on clothes (less than half as large as their wearer's) and "
        "small ones on walls (less than a tenth of the frame's height) that have not moved for 5 s; default: cover",
        choices=("cover", "ignore"),
        traced=True,
    )
    min_face: float = _option(
        0.0, _PRIVACY, "leave faces narrower than this uncovered; default: 0", parse=values.not_negative, metavar="PX"
    )
    keep: tuple[int, ...] = _option(
        (),
        _PRIVACY,
        "leave this person of a video visible, by the number in its report or analysis; may be given several times",
        parse=values.face_id,
        metavar="ID",
        lists=True,
    )
    exclude: tuple[int, ...] = _option(
        (),
        _PRIVACY,
        "draw nothing over this, which is no face, by the number in the video's report or analysis; may be given "
        "several times",
        parse=values.face_id,
        metavar="ID",
        lists=True,
    )
    zone: tuple[Zone, ...] = _option(
        (),
        _PRIVACY,
        "always blur this part of a video (left, top, width, height in pixels), or from one second to another; may be "
        "given several times",
        parse=values.zone,
        metavar="X,Y,W,H[@FROM-TO]",
        lists=True,
    )
    zone_off: tuple[Zone, ...] = _option(
        (),
        _PRIVACY,
        "never cover a face of a video whose middle is in this part of the picture; may be given several times",
        parse=values.zone,
        metavar="X,Y,W,H[@FROM-TO]",
        lists=True,
    )
    require_clean: bool = _option(
        False,
        _PRIVACY,
        "end with exit code 7 where the report of a video names something that somebody should look at",
    )

    smooth: float = _option(
        0.5,
        _READING,
        "how steady emoji are: 0 follows every flicker, 1 is slow; default: 0.5 (single settings: [smoothing] in the "
        "configuration file)",
        parse=values.share,
        metavar="0..1",
        traced=True,
    )
    detector: str = _option(
        "both",
        _READING,
        "what finds faces: both detectors; only MediaPipe's, which saves time and misses faces that are far away, "
        "turned or half hidden; or only YuNet, where MediaPipe can't be had, which also covers what only looks like a "
        "face; default: both",
        choices=("both", "mediapipe", "yunet"),
    )
    far: str = _option(
        "auto",
        _READING,
        "look closely at a part of the picture for faces far away: in every frame, never, or a few times a second; "
        "default: auto",
        choices=("on", "off", "auto"),
    )
    cpu_limit: str | float = _option(
        "auto",
        _READING,
        "do less when more than this of one core is used, or (auto) when the camera is faster than the machine: first "
        "emoji don't move (--alive), then nobody else is looked for far away, then faces are looked for in every other "
        "frame; the cover always stays; "
        "default: auto",
        parse=values.cpu_limit,
        metavar="PERCENT|auto|off",
    )
    neutral: str = _option(
        "profile",
        _READING,
        "what expressions are measured against: your own resting face once it was learnt, a running average of each "
        "face, or nothing; default: profile",
        choices=("profile", "running", "off"),
        traced=True,
    )
    calibrate: bool = _option(
        False, _READING, "begin by learning your resting face for 2 s, like the key c", traced=True
    )
    teach: tuple[str, ...] = _option(
        (),
        _READING,
        "begin by learning how you show each expression, 2 s each: all of them, or those you name, two at least, like "
        "happy,neutral; from then on your face is read by it; and 5 s for one of your own for which the pack has a "
        "drawing, like neutral,happy,wink",
        parse=values.taught,
        metavar="EMOTIONS",
        without_value=tuple(ADVICE),
    )
    profile: str = _option(
        "default",
        _READING,
        "whose resting face and expressions are used and learnt; default: default",
        parse=values.profile_name,
        metavar="NAME",
    )
    model: Path | None = _option(
        None, _READING, "expression model; default: models/face_expression.onnx", parse=Path, metavar="FILE"
    )

    json: bool = _option(False, _RECORDS, "print one JSON object per face and frame, and nothing else, to stdout")
    metrics: bool = _option(
        False,
        _RECORDS,
        "tell more of each face in --json and in the figures of the window: valence, expressiveness, and what brows, "
        "eyes and mouth of the main faces do (docs/metrics.md)",
    )
    report: str | None = _option(
        None,
        _RECORDS,
        "keep what the main person's face shows over time, numbers only, in a folder of its own within this one, and "
        "make a page of it at the end; the key e marks a moment; without DIR in the program's own folder",
        metavar="DIR",
        without_value="",
    )
    report_format: str | None = _option(
        None,
        _RECORDS,
        "tables of --report; default: parquet (pip install -r requirements-report.txt), else csv",
        choices=TABLE_FORMATS,
    )
    everyone: bool = _option(
        False, _RECORDS, "with --report: about everybody in view, whom you have asked; default: the main person alone"
    )
    against: tuple[str, ...] = _option(
        (),
        _RECORDS,
        "with --report: show these videos with their sound on a page in your browser, and keep what the viewer's face "
        "shows by their time, numbers only",
        metavar="FILE",
        lists=True,
        many=True,
    )
    against_order: str | None = _option(
        None,
        _RECORDS,
        "in which the videos of --against are shown; default: random, and the report tells the order",
        choices=ORDERS,
    )
    against_pause: float | None = _option(
        None,
        _RECORDS,
        f"grey with a cross before each video of --against; default: {PAUSE_S:g}",
        parse=values.not_negative,
        metavar="S",
    )
    timeline: tuple[str, ...] = _option(
        (),
        _RECORDS,
        "at the end, draw how the expressions of each face went over time (.png), or write a table (.csv); may be "
        "given several times",
        metavar="FILE",
        lists=True,
    )
    record_trace: Path | None = _option(
        None,
        _RECORDS,
        "write what was found in every frame (numbers, no picture)",
        parse=Path,
        metavar="FILE",
    )
    replay: Path | None = _option(
        None,
        _RECORDS,
        "repeat a run from its trace: same trace, same pictures",
        parse=Path,
        metavar="FILE",
    )
    analysis: Path | None = _option(
        None,
        _RECORDS,
        "write what was found in all of a video (numbers, no picture), to be drawn again later; with --output none "
        "nothing is drawn now",
        parse=Path,
        metavar="FILE",
    )
    from_analysis: Path | None = _option(
        None,
        _RECORDS,
        "draw a video as analysed, in another pack or with another cover if you like, without looking for faces",
        parse=Path,
        metavar="FILE",
    )

    forget_profile: bool = _option(
        False, _PROGRAM, "remove the resting face and the expressions that were learnt, and stop", action=True
    )
    delete_my_data: bool = _option(
        False,
        _PROGRAM,
        "list all that the program has kept of anybody in its own folders, remove it if you say so, and stop",
        action=True,
    )
    list_cameras: bool = _option(
        False, _PROGRAM, "show the cameras of this machine, with names and sizes, and stop", action=True
    )
    list_packs: bool = _option(False, _PROGRAM, "show the emoji packs and their skins, and stop", action=True)
    check_pack: str = _option(
        "",
        _PROGRAM,
        "tell what is in a pack of yours, missing or wrong, draw a contact sheet of it, and stop",
        metavar="DIR|ZIP",
        action=True,
    )
    doctor: bool = _option(
        False,
        _PROGRAM,
        "look at packages, models, cameras and the virtual camera, tell what is wrong and what to do, and stop; with "
        "--output virtual a virtual camera that is missing is a fault; with --json for a bug report; "
        "exit code 0, or that of the first fault, which the README lists",
        action=True,
    )
    panel: bool = _option(
        False,
        _PROGRAM,
        "open a page in your browser that starts, stops and steers the camera; needs pip install -r "
        "requirements-panel.txt",
        action=True,
    )
    control: int | None = _option(
        None,
        _PROGRAM,
        "let other programs of this machine steer the camera and read what it sees, at a loopback address and with a "
        "token (docs/control.md); default: off, without a number a port that is free",
        parse=values.whole(65535),
        metavar="PORT",
        without_value=0,
    )
    language: str = _option(
        "auto",
        _PROGRAM,
        "of the panel, the window and practising; default: auto, your system's",
        choices=("auto", *LANGUAGES),
    )
    menu_entry: str = _option(
        "",
        _PROGRAM,
        "put the panel into the menu of programs (Linux, Windows), or take it out, and stop",
        choices=("on", "off"),
        action=True,
    )
    start_at_login: str = _option(
        "", _PROGRAM, "start the panel when you log in, or not any more, and stop", choices=("on", "off"), action=True
    )
    verbose: bool = _option(False, _PROGRAM, "show details, and what the libraries have to say")

    # The configuration file's [smoothing]; it has no option.
    smoothing: Steadiness = field(default_factory=Steadiness)

    def traced(self) -> dict[str, Any]:
        """Return what a trace must tell of the options to be repeated; JSON values."""
        told = {name: getattr(self, name) for name, spec in specs().items() if spec.traced}
        return told | {"smoothing": vars(self.smoothing)}


def _spec_of(member: Field[Any]) -> Spec | None:
    return member.metadata.get("spec")


def specs() -> dict[str, Spec]:
    """Return what there is to say of each option, by the name of its field."""
    return {member.name: spec for member in fields(Options) if (spec := _spec_of(member)) is not None}


def flag(name: str) -> str:
    """Return the name of an option on the command line."""
    return "--" + name.replace("_", "-")


def usage(name: str) -> str:
    """Return an option as users write it: its name and what follows."""
    spec = specs()[name]
    default = {member.name: member.default for member in fields(Options)}[name]
    shown = "--no-" + flag(name)[2:] if default is True else flag(name)
    value = spec.metavar or "|".join(spec.choices)
    if spec.without_value is not None:
        return f"{shown} [{value}]"
    if spec.many:
        return f"{shown} {value} [{value} ...]"
    return f"{shown} {value}".rstrip()


def readme_tables() -> str:
    """Return the options as the README's tables, in Markdown, one for each section."""
    parts = []
    for section in SECTIONS:
        rows: Sequence[str] = [
            f"| `{usage(name).replace('|', chr(92) + '|')}` | {spec.help[0].upper()}{spec.help[1:]} |"
            for name, spec in specs().items()
            if spec.section == section
        ]
        parts.append("\n".join([f"| {section} | |", "| --- | --- |", *rows]))
    return "\n\n".join(parts) + "\n"
