#!/usr/bin/env python3
"""Render the emoji packs: merge the hand-drawn SVG layers into one PNG per drawing.

A pack is a folder next to this file:

    classic/pack.toml                    which drawings there are, and the cover ellipse
    classic/svg/head.svg                 the head                       groups: head
    classic/svg/expressions/NAME.svg     one file per emotion           groups: under face over
    classic/svg/presentations/NAME.svg   one file per presentation      groups: behind under front
    classic/NAME_NAME.png                the drawings, rendered by this command
    classic/contact_sheet.png            all of them on one labelled sheet

Every layer is a complete 512 x 512 SVG that can be edited on its own. A drawing stacks the
groups of its three files in the order of STACK below; a group may be missing or empty. Ids are
private to a file. What a presentation may change in the features of an expression is the looks
of the classes "brow" and "lash", by the <style> of its file.

To add an emotion, a strength of one, or a presentation: draw the layer, then name the drawings
in pack.toml. [drawings.X] is drawn from expressions/X.svg, and its key Y from presentations/Y.svg.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import sys
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

try:
    import numpy as np
    import resvg_py
    from PIL import Image, ImageDraw, ImageFont
except ModuleNotFoundError as error:
    sys.exit(
        f"error: the Python package {error.name!r} is missing, and rendering the emojis needs it.\n"
        "Install what the renderer uses:  pip install resvg-py pillow numpy"
    )
try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10
    try:
        import tomli as tomllib
    except ModuleNotFoundError:
        sys.exit(
            "error: this Python cannot read TOML files, and the packs are described in one.\n"
            "Use Python 3.11 or newer, or install the reader:  pip install tomli"
        )

PACKS_FOLDER = Path(__file__).resolve().parent
SIZE = 512
SVG = "http://www.w3.org/2000/svg"
# Processors may round a colour differently by so much.
ROUNDING = 2

# The layers of a drawing from the back to the front: (file, id of the group in it).
STACK = (
    ("presentation", "behind"),  # hair behind the head
    ("head", "head"),
    ("expression", "under"),  # tints and cheeks
    ("presentation", "under"),  # beard
    ("expression", "face"),  # eyes, brows, nose, mouth
    ("presentation", "front"),  # hair in front of the face
    ("expression", "over"),  # tears and sweat
)


class PackError(Exception):
    """What is wrong with a pack, why, and what to do about it."""


# ---------------------------------------------------------------- layers to pixels


def read_layer(path: Path) -> ElementTree.Element:
    """The root of an SVG file, its ids made unique by the name of the file."""
    try:
        root = ElementTree.parse(path).getroot()
    except FileNotFoundError:
        raise PackError(
            f"{path} does not exist, but a drawing in pack.toml needs it.\n"
            "Draw this layer, or take the drawing out of pack.toml."
        ) from None
    except ElementTree.ParseError as error:
        raise PackError(f"{path} is not valid SVG ({error}).\nCorrect the file or restore it.") from None
    if root.get("viewBox", "").split() != ["0", "0", str(SIZE), str(SIZE)]:
        raise PackError(
            f"{path} has the viewBox {root.get('viewBox')!r}, so it would not fit the other "
            f'layers.\nSet the page of the file to {SIZE} x {SIZE}: viewBox="0 0 {SIZE} {SIZE}".'
        )
    prefix = f"{path.parent.name}-{path.stem}-"
    for element in root.iter():
        for name, value in element.attrib.items():
            if name == "id":
                element.set(name, prefix + value)
            elif name.endswith("href") and value.startswith("#"):
                element.set(name, f"#{prefix}{value[1:]}")
            elif "url(#" in value:
                element.set(name, re.sub(r"url\(#", f"url(#{prefix}", value))
    root.set("prefix", prefix)
    known = {prefix + group for _, group in STACK}
    for group in root.findall(f"{{{SVG}}}g"):
        if group.get("id") not in known:
            raise PackError(
                f"{path} has an outermost group with the id {group.get('id', '').removeprefix(prefix)!r}, "
                "which no drawing would show.\n"
                f"Give it one of the ids {', '.join(sorted({group for _, group in STACK}))}."
            )
    return root


def merge_layers(folder: Path, expression: str, presentation: str) -> str:
    """One SVG text of the three files that make a drawing."""
    files = {
        "head": read_layer(folder / "head.svg"),
        "expression": read_layer(folder / "expressions" / f"{expression}.svg"),
        "presentation": read_layer(folder / "presentations" / f"{presentation}.svg"),
    }
    merged = ElementTree.Element(f"{{{SVG}}}svg", {"viewBox": f"0 0 {SIZE} {SIZE}"})
    for layer in files.values():
        merged.extend(layer.findall(f"{{{SVG}}}style") + layer.findall(f"{{{SVG}}}defs"))
    for file, group in STACK:
        layer = files[file]
        merged.extend(layer.findall(f"{{{SVG}}}g[@id='{layer.get('prefix')}{group}']"))
    return ElementTree.tostring(merged, encoding="unicode")


def render_drawing(folder: Path, expression: str, presentation: str) -> Image.Image:
    """Render one drawing, RGBA 512 x 512. Raises PackError."""
    svg = merge_layers(folder, expression, presentation)
    try:
        png = resvg_py.svg_to_bytes(svg_string=svg, width=SIZE, height=SIZE, skip_system_fonts=True)
    except ValueError as error:
        raise PackError(
            f"{expression} + {presentation} cannot be rendered ({error}).\nLook for the mistake in {folder}."
        ) from None
    return Image.open(io.BytesIO(bytes(png))).convert("RGBA")


def write_png(image: Image.Image, path: Path) -> None:
    """Write under a temporary name first, so that a reader never sees half a picture."""
    temporary = path.with_name(path.name + ".part")
    image.save(temporary, format="PNG", optimize=True)
    os.replace(temporary, path)


# ---------------------------------------------------------------- packs


class Pack:
    """A folder with its manifest."""

    def __init__(self, name: str):
        self.folder = PACKS_FOLDER / name
        try:
            manifest = tomllib.loads((self.folder / "pack.toml").read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise PackError(
                f"there is no pack {name!r}: {self.folder / 'pack.toml'} does not exist.\n"
                f"The packs are: {', '.join(pack_names()) or '(none)'}."
            ) from None
        except tomllib.TOMLDecodeError as error:
            raise PackError(f"{self.folder / 'pack.toml'} is not valid TOML ({error}).\nCorrect that line.") from None
        try:
            self.title = manifest["name"]
            self.cover_center = manifest["cover"]["center"]
            self.cover_radii = manifest["cover"]["radii"]
            self.files = {
                (emotion, presentation): self.folder / file
                for emotion, row in manifest["drawings"].items()
                for presentation, file in row.items()
            }
        except KeyError as error:
            raise PackError(
                f'{self.folder / "pack.toml"} lacks {error}.\nAdd it; the pack "classic" shows what a manifest holds.'
            ) from None
        self.emotions = list(dict.fromkeys(emotion for emotion, _ in self.files))
        self.presentations = list(dict.fromkeys(presentation for _, presentation in self.files))

    def render(self) -> dict[tuple[str, str], Image.Image]:
        return {key: render_drawing(self.folder / "svg", *key) for key in self.files}

    def inside_cover(self, scale: float = 1.0) -> np.ndarray:
        """Which pixels of a drawing lie in the cover ellipse, or in a scaled copy of it."""
        y, x = np.mgrid[:SIZE, :SIZE] + 0.5
        (cx, cy), (rx, ry) = self.cover_center, self.cover_radii
        return ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 <= scale**2


def pack_names() -> list[str]:
    """Return the names of all packs beside this file."""
    return sorted(path.parent.name for path in PACKS_FOLDER.glob("*/pack.toml"))


# ---------------------------------------------------------------- contact sheet


def contact_sheet(pack: Pack, drawings: dict[tuple[str, str], Image.Image]) -> Image.Image:
    """All drawings with labels, then small ones, then smaller ones in grey."""
    big, cell, left, top, margin = 204, 228, 132, 92, 28
    small_rows = ((64, "64 px", 92, False), (48, "48 px grey", 72, True))
    width = left + cell * len(pack.emotions) + margin
    height = top + cell * len(pack.presentations) + 24 + sum(row[2] for row in small_rows) + margin
    sheet = Image.new("RGB", (width, height), "#f3f1ec")
    pen = ImageDraw.Draw(sheet)
    label, minor = ImageFont.load_default(23), ImageFont.load_default(17)
    panel = (left - 8, top - 8, width - margin + 8, top + cell * len(pack.presentations) + 8)
    pen.rounded_rectangle(panel, radius=26, fill="#fbfaf7", outline="#e4e0d7", width=2)

    for column, emotion in enumerate(pack.emotions):
        x = left + cell * column + cell // 2
        pen.text((x, top - 38), emotion, "#4a4338", label, anchor="mm")
        for row, presentation in enumerate(pack.presentations):
            y = top + cell * row + cell // 2
            if column == 0:
                pen.text((left - 24, y), presentation, "#4a4338", label, anchor="rm")
            if (emotion, presentation) in drawings:
                paste_centred(sheet, drawings[emotion, presentation], big, (x, y))

    y = panel[3] + 16
    for size, text, row_height, grey in small_rows:
        pen.text((left - 24, y + row_height // 2), text, "#8a8172", minor, anchor="rm")
        step = cell // len(pack.presentations)
        for (emotion, presentation), drawing in drawings.items():
            x = (
                left
                + cell * pack.emotions.index(emotion)
                + cell // 2
                + round((pack.presentations.index(presentation) - (len(pack.presentations) - 1) / 2) * (step - 6))
            )
            paste_centred(sheet, drawing, size, (x, y + row_height // 2), grey)
        y += row_height
    return sheet


def paste_centred(sheet: Image.Image, drawing: Image.Image, size: int, center: tuple[int, int], grey=False) -> None:
    """Paste a drawing at a size, in px, with its middle at a place."""
    small = drawing.resize((size, size), Image.Resampling.LANCZOS)
    colours = small.convert("LA").convert("RGBA") if grey else small
    sheet.paste(colours, (center[0] - size // 2, center[1] - size // 2), small)


# ---------------------------------------------------------------- checks


def similarities(pack: Pack, drawings: dict[tuple[str, str], Image.Image]) -> list[tuple[float, str, str, str]]:
    """(correlation, presentation, emotion, emotion), the most alike first.

    Two emotions of one presentation are compared the hard way: 48 px, grey, and only the inner
    face, where the features are; 1 is the same picture and 0 is unrelated.
    """
    inner = Image.fromarray((pack.inside_cover(scale=0.8) * 255).astype(np.uint8))
    inner = np.asarray(inner.resize((48, 48), Image.Resampling.BOX)) > 127
    grey = {}
    for key, drawing in drawings.items():
        pixels = np.asarray(drawing.resize((48, 48), Image.Resampling.LANCZOS).convert("L"), dtype=float)[inner]
        grey[key] = (pixels - pixels.mean()) / pixels.std()
    pairs = [
        (float((grey[a, presentation] * grey[b, presentation]).mean()), presentation, a, b)
        for presentation in pack.presentations
        for a, b in combinations(pack.emotions, 2)
        if (a, presentation) in grey and (b, presentation) in grey
    ]
    return sorted(pairs, reverse=True)


def print_similarities(pack: Pack, drawings: dict[tuple[str, str], Image.Image]) -> None:
    """Print the pairs that look most alike, and the two that people confuse most."""
    pairs = similarities(pack, drawings)
    print(f"{pack.title}: emotions most alike at 48 px in grey (1 = the same)")
    for value, presentation, a, b in pairs[:12]:
        print(f"  {value:6.3f}  {presentation:8} {a} / {b}")
    for classic in ({"fear", "surprise"}, {"angry", "disgust"}):
        worst = [pair for pair in pairs if set(pair[2:]) == classic][:1]
        for value, presentation, a, b in worst:
            print(f"  {a} / {b}: at most {value:.3f} ({presentation})")


def faults(pack: Pack, drawings: dict[tuple[str, str], Image.Image]) -> list[str]:
    """What is wrong with the files of a pack, compared with its sources."""
    found = []
    cover = pack.inside_cover()
    for key, drawing in drawings.items():
        path = pack.files[key]
        pixels = np.asarray(drawing)
        if pixels[..., 3][cover].min() < 255:
            found.append(
                f"{path}: not fully opaque inside the cover ellipse of pack.toml "
                f"(alpha falls to {pixels[..., 3][cover].min()})"
            )
        if not path.exists():
            found.append(f"{path}: missing")
        elif np.abs(np.asarray(Image.open(path).convert("RGBA"), int) - pixels).max() > ROUNDING:
            found.append(f"{path}: differs from its sources")
    return found


# ---------------------------------------------------------------- command


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description="Render the emoji packs from their SVG layers.",
        epilog="Without an option, the drawings and the contact sheet are written.",
    )
    parser.add_argument("packs", nargs="*", metavar="PACK", help="folder of a pack (default: all packs)")
    parser.add_argument(
        "--check",
        action="store_true",
        help="write nothing; exit with 1 and name the drawings that differ from their "
        "sources or have a hole in the cover ellipse",
    )
    parser.add_argument(
        "--similarity",
        action="store_true",
        help="write nothing; print which emotions look most alike when small and grey",
    )
    return parser.parse_args()


def main() -> int:
    """Run the command; return its exit code."""
    arguments = parse_arguments()
    status = 0
    for name in arguments.packs or pack_names():
        pack = Pack(name)
        drawings = pack.render()
        if arguments.similarity:
            print_similarities(pack, drawings)
        if arguments.check:
            found = faults(pack, drawings)
            print("\n".join(found) or f"{name}: {len(drawings)} drawings match their sources")
            if found:
                print(
                    f"Run  python assets/emojis/render.py {name}  to render the drawings again, and correct "
                    "the cover ellipse in pack.toml if it is named above.",
                    file=sys.stderr,
                )
                status = 1
        if not (arguments.check or arguments.similarity):
            for key, drawing in drawings.items():
                write_png(drawing, pack.files[key])
            write_png(contact_sheet(pack, drawings), pack.folder / "contact_sheet.png")
            print(f"{name}: {len(drawings)} drawings and the contact sheet written to {pack.folder}")
    return status


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (PackError, OSError) as error:
        sys.exit(f"error: {error}")
