"""What artists want to know of a pack: what there is, what is missing, what is wrong, and how it looks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from realtime.errors import AssetError
from realtime.images import write_picture
from realtime.packs.archive import Archive, open_archive, printable
from realtime.packs.manifest import CALM, NAMES, Key, Manifest, nearest, read_manifest, rig_file
from realtime.packs.pack import Drawing, Pack, Sprite, find_packs, load_pack
from realtime.packs.table import MANIFEST
from realtime.records import EMOTIONS, PRESENTATIONS, UNSURE

_CELL_PX, _MARGIN_PX, _HEAD_PX = 144, 8, 96
_PAPER, _STAND_IN, _INK, _OUTLINE = (235, 235, 235), (190, 190, 215), (40, 40, 40), (200, 120, 0)
_MOST_SHOWN = 10


def describe_packs(chosen: str) -> Iterator[str]:
    """Give a line for each pack there is to choose, the chosen one first. Raises AssetError if that is not there."""
    for path in find_packs(chosen):
        try:
            yield f"{path.stem:12} {_title(read_manifest(open_archive(path)))}"
        except AssetError as error:
            yield f"{path.stem:12} can't be used. {error}"


def check_pack(chosen: str) -> Iterator[str]:
    """Give what is to be said of a pack, line by line, and write NAME-check.png in the current folder.

    chosen: a name, a folder or a .zip. Raises AssetError for a pack that can't be used, OutputError.
    """
    path = find_packs(chosen)[0]
    files = open_archive(path)
    manifest = read_manifest(files)
    yield _title(manifest)
    yield from _drawings(manifest)
    yield from _remarks(files, manifest)
    packs, problems = [], []
    for skin in manifest.skins or [None]:
        try:
            packs.append(load_pack(path, skin))
        except AssetError as error:
            problems.append(f"Problem{f' with skin {skin}' if skin else ''}: {error}")
    for pack in packs[:1]:
        yield from _measures(pack)
        sheet = Path(f"{path.resolve().stem}-check.png")
        write_picture(sheet, contact_sheet(pack))
        yield f"How it looks: {sheet}"
    yield from problems
    if problems:
        raise AssetError(
            f"The pack {path} can't be used, for what is listed above.", "Correct that, and check it again."
        )
    yield "The pack can be used."


def contact_sheet(pack: Pack) -> np.ndarray:
    """Draw all that is shown for each emotion (rows) and presentation, strong and calm (columns): uint8 (H, W, 3) BGR.

    Stand-ins are marked with their name. A line shows what hides a face.
    """
    columns = [(presentation, strong) for strong in (True, False) for presentation in PRESENTATIONS]
    rows = (*EMOTIONS, UNSURE, *pack.own)
    shape = (_MARGIN_PX * 4 + _CELL_PX * len(rows), _HEAD_PX + _CELL_PX * len(columns), 3)
    sheet = np.full(shape, _PAPER, np.uint8)
    for column, (presentation, strong) in enumerate(columns):
        title = presentation if strong else f"{presentation}, calm"
        _write(sheet, title, (_HEAD_PX + column * _CELL_PX + _MARGIN_PX, 3 * _MARGIN_PX))
    for row, emotion in enumerate(rows):
        top = 4 * _MARGIN_PX + row * _CELL_PX
        _write(sheet, emotion, (_MARGIN_PX, top + _CELL_PX // 2))
        for column, (presentation, strong) in enumerate(columns):
            left = _HEAD_PX + column * _CELL_PX
            key = nearest(pack.drawings, emotion, presentation, strong)
            wanted = emotion + CALM if not strong and emotion in EMOTIONS else emotion
            stands_in = key != (wanted, presentation)
            _draw(sheet[top : top + _CELL_PX, left : left + _CELL_PX], pack.drawings[key], " ".join(key) * stands_in)
    return sheet


def _title(manifest: Manifest) -> str:
    author, licence = manifest.author or "nobody", manifest.licence or "no licence"
    skins = f", skins {', '.join(manifest.skins)}" if manifest.skins else ""
    return f"{manifest.name}, by {author}, {licence}, {_count(len(manifest.drawings))}{skins}"


def _count(drawings: int) -> str:
    return f"{drawings} drawing{'s' * (drawings != 1)}"


def _drawings(manifest: Manifest) -> Iterator[str]:
    """Tell the file of each drawing, or in parentheses what stands in for it."""
    for name in (*NAMES, *manifest.own):
        if name == "neutral" + CALM and not any(name == there for there, _ in manifest.drawings):
            continue
        files = {presentation: _file(manifest, (name, presentation)) for presentation in PRESENTATIONS}
        if any((name, presentation) in manifest.drawings for presentation in PRESENTATIONS):
            yield f"  {name:14} {', '.join(f'{presentation} {file}' for presentation, file in files.items())}"
        else:
            yield f"  {name:14} missing {', '.join(dict.fromkeys(files.values()))}"


def _file(manifest: Manifest, key: Key) -> str:
    """Return a drawing's file, or the one that stands in for it, in parentheses."""
    name, presentation = key
    found = nearest(manifest.drawings, name.removesuffix(CALM), presentation, not name.endswith(CALM))
    file = printable(manifest.drawings[found])
    return file if found == key else f"({file})"


def _remarks(files: Archive, manifest: Manifest) -> Iterator[str]:
    used = {MANIFEST, *manifest.drawings.values(), *manifest.skins.values(), *manifest.cards.values()}
    used |= {*manifest.moments.values(), *(rig_file(file) for file in manifest.drawings.values() if manifest.windows)}
    if idle := [name for name in files.names if name not in used]:
        more = f" and {len(idle) - _MOST_SHOWN} more" * (len(idle) > _MOST_SHOWN)
        yield f"Not used: {', '.join(idle[:_MOST_SHOWN])}{more}"
    if manifest.cards:
        yield f"Cards: {', '.join(manifest.cards)}"
    for missing in [key for key in ("author", "licence") if not getattr(manifest, key)]:
        yield f'No {missing} is named: add {missing} = "..." to {MANIFEST} before you pass the pack on.'


def _measures(pack: Pack) -> Iterator[str]:
    """Tell the sizes of a pack's drawings, what hides a face, and which of them move."""
    found: dict[str, int] = {}
    for drawing in pack.drawings.values():
        sprite = drawing.sprites[0]
        (x, y), (radius_x, radius_y) = sprite.cover_center, sprite.cover_radii
        height, width = sprite.levels[0].shape[:2]
        text = f"{width}x{height}, opaque around {x:.0f}, {y:.0f} within {radius_x:.0f} and {radius_y:.0f} pixels"
        found[text] = found.get(text, 0) + 1
    for text, times in found.items():
        yield f"Size: {text} ({_count(times)})"
    for (name, presentation), drawing in pack.drawings.items():
        if len(drawing.sprites) > 1:
            yield f"Moves: {name} {presentation}, {len(drawing.sprites)} frames, {drawing.ends_s[-1]:.2f} s"


def _draw(cell: np.ndarray, drawing: Drawing, stand_in: str) -> None:
    """Draw a cell of the sheet in place."""
    area = cell[_MARGIN_PX:-_MARGIN_PX, _MARGIN_PX:-_MARGIN_PX]
    if stand_in:
        area[:] = _STAND_IN
    side = area.shape[0] - 2 * _MARGIN_PX
    sprite = drawing.sprites[0]
    scale = side / max(sprite.levels[0].shape[:2])
    shown = _fitted(sprite, scale)
    height, width = shown.shape[:2]
    left, top = (area.shape[1] - width) // 2, 0
    target = area[top : top + height, left : left + width]
    through = 1 - shown[:, :, 3:] / 255
    target[:] = np.minimum(shown[:, :, :3] + target * through + 0.5, 255)
    center = (round(left + sprite.cover_center[0] * scale), round(top + sprite.cover_center[1] * scale))
    radii = (round(sprite.cover_radii[0] * scale), round(sprite.cover_radii[1] * scale))
    cv2.ellipse(area, center, radii, 0, 0, 360, _OUTLINE, 1, cv2.LINE_AA)
    count = len(drawing.sprites)
    note = f"= {stand_in}" if stand_in else f"{count} frames" * (count > 1)
    _write(area, note, (2, area.shape[0] - 4), 0.33)


def _fitted(sprite: Sprite, scale: float) -> np.ndarray:
    height, width = sprite.levels[0].shape[:2]
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    return cv2.resize(sprite.levels[0], size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)


def _write(image: np.ndarray, text: str, at: tuple[int, int], scale: float = 0.42) -> None:
    cv2.putText(image, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, _INK, 1, cv2.LINE_AA)
