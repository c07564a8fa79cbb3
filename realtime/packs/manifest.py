"""What a pack says of itself in its pack.toml, and what its file names say. Who wrote them is not trusted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TypeVar

from realtime.errors import AssetError
from realtime.packs.archive import Archive, printable
from realtime.packs.table import MANIFEST, Table, Window, read_table
from realtime.records import EMOTIONS, PRESENTATIONS, UNSURE, is_own_word

# The pack that is used unless another one is chosen.
DEFAULT_PACK = "classic"
# A drawing is called after what it shows: an emotion, its calm variant, or that the expression can't be told.
CALM = "_calm"
NAMES = (*(name for emotion in EMOTIONS for name in (emotion, emotion + CALM)), UNSURE)
CARDS = ("paused", "lost")
# A pack has drawings for so many expressions of one's own at most.
_MOST_OWN = 32
# What a drawing may show besides, as happy_mouth_open.png or happy_blink_female.png; blink.png is neutral's.
MOMENTS = ("mouth_open", "blink")
# The atlas of a rig is called after its drawing.
RIG_ENDING = ".rig.webp"
ENDINGS = (".png", ".apng", ".webp", ".gif")

_NEUTRAL = ("neutral", "neutral" + CALM)
_MAX_PX = 10_000

# (name, presentation) of a drawing.
Key = tuple[str, str]
# x and y of the centre, and the radii along x and y, in pixels.
Ellipse = tuple[float, float, float, float]
_Meaning = TypeVar("_Meaning")


@dataclass(frozen=True)
class Windows:
    """The parts of the drawing that move, each as a window of it."""

    eyes: Window
    brows: Window
    mouth: Window


@dataclass(frozen=True)
class Manifest:
    """A pack's files and what they are for.

    cover: in which every drawing is opaque; None where that has to be found out.
    drawings: (one of NAMES or of own, presentation) -> file. skins: name -> file. cards: one of CARDS -> file.
    own: expressions of one's own, as "wink", for which it has drawings besides.
    windows: where the parts of rigs are; None without rigs. open_mouths: names of drawings whose mouth is open at rest.
    moments: (one of MOMENTS, drawing) -> file.
    """

    name: str
    author: str
    licence: str
    cover: Ellipse | None
    drawings: dict[Key, str]
    skins: dict[str, str]
    cards: dict[str, str]
    own: tuple[str, ...] = ()
    windows: Windows | None = None
    open_mouths: frozenset[str] = frozenset()
    moments: dict[tuple[str, Key], str] = field(default_factory=dict)


def read_manifest(files: Archive) -> Manifest:
    """Return what the pack.toml maps, else what the files are called by convention. Raises AssetError.

    By convention happy.png (or .apng, .webp, .gif) is a drawing for everybody, happy_female.png one for a presentation,
    happy_calm.png a mild one, and paused.png a card; wink.png is a drawing where own = ["wink"] says so.
    """
    table = read_table(files)
    own = _own(table)
    manifest = Manifest(
        name=table.text("name") or printable(files.path.resolve().stem),
        author=table.text("author"),
        licence=table.text("licence"),
        cover=_cover(table),
        drawings=_conventional(files, _KEYS | _keys_of(own), _drawings(table, own)),
        skins=table.sub("skins").files(),
        cards=_conventional(files, {card: card for card in CARDS}, table.sub("cards").files(CARDS)),
        own=own,
        windows=_windows(table),
        open_mouths=frozenset(table.sub("rig").names("open", (*NAMES, *own))),
        moments=_conventional(files, _MOMENT_KEYS, {}),
    )
    if not any(name in _NEUTRAL for name, _ in manifest.drawings):
        raise AssetError(
            f"The pack {files.path} has no neutral drawing, which stands in for all that are missing.",
            f"Add a neutral.png, or name one under [drawings.neutral] of a {MANIFEST}.",
        )
    for word in own:
        if not any(name == word for name, _ in manifest.drawings):
            raise table.wrong(f"names '{word}' under own, of which there is no drawing", f"Add a {word}.png.")
    return manifest


def rig_file(drawing: str) -> str:
    """Return the name of the atlas that belongs to a drawing's file."""
    return PurePath(drawing).stem + RIG_ENDING


def nearest(there: Collection[Key], emotion: str, presentation: str, strong: bool = True) -> Key:
    """Return the drawing that is shown for an emotion or "unsure" and a presentation.

    Of those there are, it is the first in this order: with the right presentation the right strength, then the other;
    the same with the neutral presentation, then with any other; then the same for the emotion "neutral".
    """
    presentations = (presentation, "neutral", *PRESENTATIONS)
    for strengths in ((emotion, emotion + CALM), _NEUTRAL):
        for presented in presentations:
            for name in strengths if strong else reversed(strengths):
                if (name, presented) in there:
                    return name, presented
    raise KeyError(emotion)  # a pack without a neutral drawing is refused


def _keys_of(names: Iterable[str]) -> dict[str, Key]:
    """Return what the files of drawings may be called without their endings, and what they are then."""
    names = tuple(names)
    return {name: (name, "neutral") for name in names} | {
        f"{name}_{presentation}": (name, presentation) for name in names for presentation in PRESENTATIONS
    }


_KEYS = _keys_of(NAMES)

_MOMENT_KEYS: dict[str, tuple[str, Key]] = {
    **{moment: (moment, ("neutral", "neutral")) for moment in MOMENTS},
    **{
        stem: (moment, (name, presentation))
        for moment in MOMENTS
        for name in NAMES
        for presentation in PRESENTATIONS
        for stem in (f"{name}_{moment}_{presentation}", *((f"{name}_{moment}",) * (presentation == "neutral")))
    },
}


def _cover(table: Table) -> Ellipse | None:
    if "cover" not in table.values:
        return None
    cover = table.sub("cover").values
    pairs = [cover.get(key) for key in ("center", "radii")]
    numbers = [number for pair in pairs if isinstance(pair, list) and len(pair) == 2 for number in pair]
    if len(numbers) != 4 or not all(type(number) in (int, float) and 0 < number < _MAX_PX for number in numbers):
        raise table.wrong(
            "has no valid [cover]",
            "It needs center = [x, y] and radii = [x, y], in pixels; without [cover] it is found.",
        )
    x, y, radius_x, radius_y = (float(number) for number in numbers)
    return x, y, radius_x, radius_y


def _windows(table: Table) -> Windows | None:
    if "rig" not in table.values:
        return None
    rig = table.sub("rig")
    rig.known(("eyes", "brows", "mouth", "open"))
    return Windows(rig.window("eyes"), rig.window("brows"), rig.window("mouth"))


def _own(table: Table) -> tuple[str, ...]:
    values = table.values.get("own", [])
    if not isinstance(values, list) or len(values) > _MOST_OWN or not all(is_own_word(str(value)) for value in values):
        raise table.wrong(
            "has an 'own' that is no list of words",
            'Write own = ["wink"], in small letters, with words that no other drawing is called by.',
        )
    return tuple(dict.fromkeys(values))


def _drawings(table: Table, own: Sequence[str]) -> dict[Key, str]:
    drawings = table.sub("drawings")
    drawings.known((*NAMES, *own))
    return {
        (name, presentation): file
        for name in drawings.values
        for presentation, file in drawings.sub(name).files(PRESENTATIONS).items()
    }


def _conventional(files: Archive, meanings: dict[str, _Meaning], mapped: dict[_Meaning, str]) -> dict[_Meaning, str]:
    """Add the files whose names tell what they mean to those that were mapped."""
    found = dict(mapped)
    for file in files.names:
        path = PurePath(file)
        meaning = meanings.get(path.stem.casefold()) if path.suffix.casefold() in ENDINGS else None
        if meaning is None or meaning in mapped:
            continue
        if meaning in found:
            raise AssetError(
                f"The pack {files.path} has both '{found[meaning]}' and '{file}' for one thing.", "Remove one of them."
            )
        found[meaning] = file
    return found
