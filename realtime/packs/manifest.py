"""What a pack says of itself in its pack.toml, and what its file names say. Who wrote them is not trusted."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any, TypeVar

from realtime.errors import AssetError
from realtime.packs.archive import Archive, printable
from realtime.records import EMOTIONS, PRESENTATIONS, UNSURE
from realtime.toml import MAX_BYTES, strict_toml

# The pack that is used unless another one is chosen.
DEFAULT_PACK = "classic"
MANIFEST = "pack.toml"
# A drawing is called after what it shows: an emotion, its calm variant, or that the expression can't be told.
CALM = "_calm"
NAMES = (*(name for emotion in EMOTIONS for name in (emotion, emotion + CALM)), UNSURE)
CARDS = ("paused", "lost")
# What a drawing may show besides, as happy_mouth_open.png or happy_blink_female.png; blink.png is neutral's.
MOMENTS = ("mouth_open", "blink")
# The atlas of a rig is called after its drawing.
RIG_ENDING = ".rig.webp"
ENDINGS = (".png", ".apng", ".webp", ".gif")

_NEUTRAL = ("neutral", "neutral" + CALM)
_MAX_PX = 10_000
# No drawing is kept larger, so no part of one is.
_MAX_WINDOW_PX = 513

# (name, presentation) of a drawing.
Key = tuple[str, str]
# x and y of the centre, and the radii along x and y, in pixels.
Ellipse = tuple[float, float, float, float]
# A window of a drawing: left, top, width, height, in pixels.
Window = tuple[int, int, int, int]
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
    drawings: (one of NAMES, presentation) -> file. skins: name -> file. cards: one of CARDS -> file.
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
    windows: Windows | None = None
    open_mouths: frozenset[str] = frozenset()
    moments: dict[tuple[str, Key], str] = field(default_factory=dict)


def read_manifest(files: Archive) -> Manifest:
    """Return what the pack.toml maps, else what the files are called by convention. Raises AssetError.

    By convention happy.png (or .apng, .webp, .gif) is a drawing for everybody, happy_female.png one for a presentation,
    happy_calm.png a mild one, and paused.png a card.
    """
    table = _Table(files, _toml(files) if MANIFEST in files.names else {})
    manifest = Manifest(
        name=table.text("name") or printable(files.path.resolve().stem),
        author=table.text("author"),
        licence=table.text("licence"),
        cover=_cover(table),
        drawings=_conventional(files, _KEYS, _drawings(table)),
        skins=table.sub("skins").files(),
        cards=_conventional(files, {card: card for card in CARDS}, table.sub("cards").files(CARDS)),
        windows=_windows(table),
        open_mouths=frozenset(table.sub("rig").names("open")),
        moments=_conventional(files, _MOMENT_KEYS, {}),
    )
    if not any(name in _NEUTRAL for name, _ in manifest.drawings):
        raise AssetError(
            f"The pack {files.path} has no neutral drawing, which stands in for all that are missing.",
            f"Add a neutral.png, or name one under [drawings.neutral] of a {MANIFEST}.",
        )
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


_KEYS: dict[str, Key] = {
    **{name: (name, "neutral") for name in NAMES},
    **{f"{name}_{presentation}": (name, presentation) for name in NAMES for presentation in PRESENTATIONS},
}


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


class _Table:
    """A table of the manifest, whose values are checked as they are asked for."""

    def __init__(self, files: Archive, values: Any, name: str = "") -> None:
        self._files = files
        self._name = name
        if not isinstance(values, dict):
            raise self.wrong(f"has a '{name}' that is no table", f"Write it as [{name}].")
        self.values: dict[str, Any] = values

    def wrong(self, what: str, remedy: str) -> AssetError:
        return AssetError(f"{self._files.path / MANIFEST} {what}.", f"{remedy}")

    def sub(self, key: str) -> _Table:
        name = f"{self._name}.{key}" if self._name else key
        return _Table(self._files, self.values.get(key, {}), printable(name))

    def text(self, key: str) -> str:
        value = self.values.get(key, "")
        if not isinstance(value, str):
            raise self.wrong(f"has a {key} that is no text", f'Write it as {key} = "...".')
        return printable(value)

    def names(self, key: str) -> list[str]:
        values = self.values.get(key, [])
        if not isinstance(values, list) or not set(map(str, values)) <= set(NAMES):
            raise self.wrong(f"has a wrong '{key}' in [{self._name}]", f"It may name {', '.join(NAMES)}.")
        return values

    def window(self, key: str) -> Window:
        values = self.values.get(key)
        if not isinstance(values, list) or len(values) != 4 or not all(type(n) is int for n in values):
            raise self.wrong(f"has no valid '{key}' in [{self._name}]", "Write [left, top, width, height], in pixels.")
        left, top, width, height = values
        if min(left, top) < 0 or not all(0 < n < _MAX_WINDOW_PX for n in (width, height, left + width, top + height)):
            raise self.wrong(f"has a '{key}' in [{self._name}] that no drawing has", "Correct it.")
        return left, top, width, height

    def known(self, names: Collection[str]) -> None:
        for key in self.values:
            if key not in names:
                raise self.wrong(
                    f"has an unknown '{printable(key)}' in [{self._name}]", f"Known are: {', '.join(names)}."
                )

    def files(self, known: Collection[str] | None = None) -> dict[str, str]:
        if known is not None:
            self.known(known)
        return {printable(key): self._file(key, value) for key, value in self.values.items()}

    def _file(self, key: str, value: Any) -> str:
        where = f"{printable(key)} in [{self._name}]"
        if not isinstance(value, str):
            raise self.wrong(f"has a {where} that is no file's name", 'Write it as "file.png".')
        if PurePath(value).name != value or "\\" in value or ":" in value:
            raise self.wrong(
                f"names '{printable(value)}', which is outside the pack, for {where}", "Name files beside the manifest."
            )
        name = unicodedata.normalize("NFC", value)
        if name not in self._files.names:
            raise self.wrong(
                f"names '{printable(value)}' for {where}, a file that is not there",
                "Add the file, or correct its name.",
            )
        return name


def _toml(files: Archive) -> dict[str, Any]:
    path = files.path / MANIFEST
    try:
        return strict_toml(files.read(MANIFEST, MAX_BYTES))
    except ValueError as error:
        raise AssetError(
            f"{path} is no valid TOML: {printable(error)}.", "Correct it, or choose another --pack."
        ) from error


def _cover(table: _Table) -> Ellipse | None:
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


def _windows(table: _Table) -> Windows | None:
    if "rig" not in table.values:
        return None
    rig = table.sub("rig")
    rig.known(("eyes", "brows", "mouth", "open"))
    return Windows(rig.window("eyes"), rig.window("brows"), rig.window("mouth"))


def _drawings(table: _Table) -> dict[Key, str]:
    drawings = table.sub("drawings")
    drawings.known(NAMES)
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
