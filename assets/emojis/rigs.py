#!/usr/bin/env python3
"""Build the rigs of the emoji packs: from the same SVG layers as the drawings, the parts that move.

In the group "face" of svg/expressions/NAME.svg, data-part says which part an element belongs to: eyes, brows or mouth.
What has none stays still. An attribute of a mouth may have a second value for the mouth wide open (data-open-d for d,
data-open-ry for ry, ...) and one for the mouth closed (data-closed-d), if the drawing shows it open; between them its
numbers are interpolated, so paths must keep their commands. svg/lids.svg has the closed eyes, which are moved to where
an expression has its eyes. The windows in [rig] of pack.toml say where parts may be.

Each drawing gets an atlas of its parts beside it, as realtime/packs/rig.py describes: happy_female.rig.webp.
"""

from __future__ import annotations

import argparse
import copy
import io
import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.etree import ElementTree

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[2])]

import numpy as np  # noqa: E402
from PIL import Image  # noqa: E402
from render import (  # noqa: E402
    SIZE,
    STACK,
    SVG,
    Pack,
    PackError,
    difference,
    groups_of,
    pack_names,
    rasterise,
    read_layer,
    read_layers,
)

from realtime.packs.manifest import RIG_ENDING, Windows  # noqa: E402
from realtime.packs.rig import MOUTHS, atlas_size, cells  # noqa: E402

PARTS = ("eyes", "brows", "mouth")
OPEN, CLOSED = "data-open-", "data-closed-"
NUMBER = re.compile(r"-?\d*\.?\d+")
# Closed eyes are drawn where there are eyes: so many pixels at least.
LEAST_EYE_PX = 600
# The middle of a closed eye is this much of the eye's height below its middle.
LID_SINK = 0.16
QUALITY = 86
# So much may an atlas differ from its sources, in the mean of 4 x 4 pixels: colours are kept at half the size.
LOSS = 48


def between(first: str, second: str, share: float, what: str) -> str:
    """Return a value of an attribute on its way from one to another."""
    if NUMBER.split(first) != NUMBER.split(second):
        raise PackError(f"{what}: '{first}' and '{second}' differ in more than numbers.\nGive both the same commands.")
    pairs = iter(zip(NUMBER.findall(first), NUMBER.findall(second), strict=True))

    def number(_: re.Match) -> str:
        one, other = (float(text) for text in next(pairs))
        return f"{one + (other - one) * share:.2f}"

    return NUMBER.sub(number, first)


def with_mouth(layer: ElementTree.Element, opening: float) -> ElementTree.Element:
    """Return an expression with its mouth so far open, 0 to 1."""
    shaped = copy.deepcopy(layer)
    elements = list(shaped.iter())
    at_rest = 0.5 if any(name.startswith(CLOSED) for e in elements for name in e.attrib) else 0.0
    prefix, share = (OPEN, (opening - at_rest) / (1 - at_rest)) if opening >= at_rest else (CLOSED, 1 - 2 * opening)
    for element in elements:
        for name in [name for name in element.attrib if name.startswith(prefix)]:
            plain = name.removeprefix(prefix)
            element.set(plain, between(element.get(plain, ""), element.get(name, ""), share, layer.get("prefix", "")))
    return shaped


def picture(layers: dict, elements: list, rendered: dict[str, Image.Image]) -> Image.Image:
    """Render some elements with the styles and definitions of the layers, RGBA 512 x 512."""
    root = ElementTree.Element(f"{{{SVG}}}svg", {"viewBox": f"0 0 {SIZE} {SIZE}"})
    styled = any(e.get("class") for one in elements for e in one.iter())
    for layer in layers.values():
        root.extend((layer.findall(f"{{{SVG}}}style") if styled else []) + layer.findall(f"{{{SVG}}}defs"))
    root.extend(elements)
    text = ElementTree.tostring(root, encoding="unicode")
    if text not in rendered:
        rendered[text] = rasterise(text, "a rig")
    return rendered[text]


def stacked(layers: dict, groups: tuple, rendered: dict[str, Image.Image]) -> Image.Image:
    """Lay whole groups over each other."""
    image = Image.new("RGBA", (SIZE, SIZE))
    for file, group in groups:
        if any(len(one) for one in groups_of(layers[file], group)):
            one = {file: layers[file]} if file != "expression" else layers
            image = Image.alpha_composite(image, picture(one, groups_of(layers[file], group), rendered))
    return image


def parts(folder: Path, expression: str, presentation: str, rendered: dict[str, Image.Image]) -> dict[str, Image.Image]:
    """Return the parts of a drawing by the names of their cells, RGBA 512 x 512."""
    layers = read_layers(folder, expression, presentation)
    middle = STACK.index(("expression", "face"))

    def face(part: str, layer: ElementTree.Element) -> Image.Image:
        found = [e for group in groups_of(layer, "face") for e in group if e.get("data-part", "still") == part]
        return picture(layers | {"expression": layer}, found, rendered)

    found = {
        "behind": stacked(layers, STACK[:middle], rendered),
        "still": face("still", layers["expression"]),
        "front": stacked(layers, STACK[middle + 1 :], rendered),
        "eyes": face("eyes", layers["expression"]),
        "brows": face("brows", layers["expression"]),
    }
    lids = picture(layers | {"lids": (lid := read_layer(folder / "lids.svg"))}, groups_of(lid, "lids"), rendered)
    found["lids"] = lids_over(found["eyes"], lids)
    for n in range(MOUTHS):
        found[f"mouth {n}"] = face("mouth", with_mouth(layers["expression"], n / (MOUTHS - 1)))
    return found


def lids_over(eyes: Image.Image, lids: Image.Image) -> Image.Image:
    """Move closed eyes to where the eyes are; there are none where there is no eye."""
    moved, half = Image.new("RGBA", eyes.size), SIZE // 2
    for box in ((0, 0, half, SIZE), (half, 0, SIZE, SIZE)):
        eye, lid = eyes.crop(box), lids.crop(box)
        solid = eye.getchannel("A").point(lambda alpha: 255 * (alpha > 127))
        if np.count_nonzero(solid) < LEAST_EYE_PX or lid.getbbox() is None:
            continue
        (left, top, right, bottom), (l_left, l_top, l_right, l_bottom) = solid.getbbox(), lid.getbbox()
        across = (left + right - l_left - l_right) // 2
        down = round((top + bottom) / 2 + LID_SINK * (bottom - top) - (l_top + l_bottom) / 2)
        moved.alpha_composite(lid.transform(lid.size, Image.Transform.AFFINE, (1, 0, -across, 0, 1, -down)), box[:2])
    return moved


def windows_of(pack: Pack) -> Windows:
    """Return the windows that a pack names."""
    try:
        return Windows(*(tuple(pack.rig[part]) for part in PARTS))
    except KeyError as error:
        raise PackError(
            f"[rig] of {pack.folder / 'pack.toml'} lacks {error}.\nAdd it: [left, top, width, height]."
        ) from None


def build(pack: Pack, keys: list | None = None) -> Iterator[tuple[Path, Image.Image]]:
    """Give the atlases of a pack, each with the file it belongs in. keys: of which drawings; None for all."""
    windows, rendered = windows_of(pack), {}
    for key in keys or list(pack.files):
        found = parts(pack.folder / "svg", *key, rendered)
        atlas = Image.new("RGBA", atlas_size(windows, (SIZE, SIZE)))
        for name, at, (left, top, width, height) in cells(windows, (SIZE, SIZE)):
            box = (left, top, left + width, top + height)
            cut = found[name].crop(box)
            if name != "behind" and np.count_nonzero(cut.getchannel("A")) < np.count_nonzero(
                found[name].getchannel("A")
            ):
                raise PackError(f"{key}: {name} reaches out of its window {box}.\nMake it larger in pack.toml.")
            atlas.paste(cut, at)
        yield pack.files[key].with_suffix(RIG_ENDING), atlas


def faults(pack: Pack, atlases: Iterable[tuple[Path, Image.Image]]) -> list[str]:
    """Tell which atlases are missing or differ from their sources, and which mouths pack.toml is wrong about."""
    found = []
    for path, atlas in atlases:
        if not path.exists():
            found.append(f"{path}: missing")
        elif difference(Image.open(path).convert("RGBA"), padded(atlas)) > LOSS:
            found.append(f"{path}: differs from its sources")
    for name in pack.emotions:
        text = (pack.folder / "svg" / "expressions" / f"{name}.svg").read_text(encoding="utf-8")
        if (CLOSED in text) != (name in pack.rig.get("open", [])):
            found.append(f"{pack.folder / 'pack.toml'}: open in [rig] should name {name} if its mouth has {CLOSED}...")
    return found


def padded(atlas: Image.Image) -> Image.Image:
    """Bring an atlas to sides that four divides."""
    return atlas.crop((0, 0, -(-atlas.width // 4) * 4, -(-atlas.height // 4) * 4))


def write(atlas: Image.Image, path: Path) -> None:
    """Write an atlas, its transparency exactly, under a temporary name first."""
    buffer = io.BytesIO()
    padded(atlas).save(buffer, "WEBP", quality=QUALITY, alpha_quality=100, method=4)
    temporary = path.with_name(path.name + ".part")
    temporary.write_bytes(buffer.getvalue())
    os.replace(temporary, path)


def main() -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(description="Build the rigs of the emoji packs from their SVG layers.")
    parser.add_argument("packs", nargs="*", metavar="PACK", help="folder of a pack (default: all that have a [rig])")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a rig differs")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="names of drawings (default: all)")
    arguments = parser.parse_args()
    status = 0
    for pack in filter(lambda pack: pack.rig, map(Pack, arguments.packs or pack_names())):
        keys = [key for key in pack.files if not arguments.only or key[0] in arguments.only]
        if arguments.check:
            told = faults(pack, build(pack, keys))
            print("\n".join(told) or f"{pack.folder.name}: {len(keys)} rigs match their sources")
            status = 1 if told else status
        else:
            for path, atlas in build(pack, keys):
                write(atlas, path)
            print(f"{pack.folder.name}: {len(keys)} rigs written")
    return status


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (PackError, OSError) as error:
        sys.exit(f"error: {error}")
