#!/usr/bin/env python3
"""Render the emoji packs: merge the hand-drawn SVG layers into one PNG per drawing.

A pack is a folder next to this file:

    classic/pack.toml                    which drawings there are, and the cover ellipse
    classic/svg/head.svg                 the head                       groups: head
    classic/svg/expressions/NAME.svg     one file per emotion           groups: under face over
    classic/svg/presentations/NAME.svg   one file per presentation      groups: behind under front
    classic/svg/cards/NAME.svg           a picture of its own, 1280 x 720
    avatar/svg/skin.svg                  the skin, if it has tones      groups: skin
    classic/*.png                        the pictures, rendered by this command, in 256 colours
    classic/contact_sheet.png            all of them on one labelled sheet

Every layer is a complete 512 x 512 SVG that can be edited on its own. A drawing stacks the
groups of its three files in the order of STACK below; a group may be missing or empty. Ids are
private to a file. What a presentation may change in the features of an expression is the looks
of the classes "brow", "lash" and "lip", by the <style> of its file.

To add an emotion, a strength of one, or a presentation: draw the layer, then name the drawings
in pack.toml. [drawings.X] is drawn from expressions/X.svg, and its key Y from presentations/Y.svg.
X_calm is the mild form of the emotion X.

A pack with [skins] has drawings without skin: the program lays them over one of the skins. Skin X
is skin.svg with the colours of [tones] X, each the CSS colour of the class it is named after.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import sys
from itertools import combinations, cycle
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
CARD_SIZE = (1280, 720)
SVG = "http://www.w3.org/2000/svg"
# So much may a shipped picture differ from its sources, in the mean of 4 x 4 pixels: it has 256 colours only.
REDUCTION = 18
# Added to 2 x 2 pixels before colours are reduced, so that gradients show no bands.
DITHER = np.array([[-1, 1], [1, -1]])
# Two emotions of a pack may be so alike (see similarities): strong ones, and pairs with a calm one or "unsure".
STRONG_ALIKE, CALM_ALIKE = 0.5, 0.62
CALM, UNSURE = "_calm", "unsure"

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
GROUPS = {group for _, group in STACK} | {"skin", "lids"}


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
    for group in root.findall(f"{{{SVG}}}g"):
        if group.get("id", "").removeprefix(prefix) not in GROUPS:
            raise PackError(
                f"{path} has an outermost group with the id {group.get('id', '').removeprefix(prefix)!r}, "
                "which no drawing would show.\n"
                f"Give it one of the ids {', '.join(sorted(GROUPS))}."
            )
    return root


def read_layers(folder: Path, expression: str, presentation: str) -> dict[str, ElementTree.Element]:
    """The three files that make a drawing, by the names they have in STACK."""
    return {
        "head": read_layer(folder / "head.svg"),
        "expression": read_layer(folder / "expressions" / f"{expression}.svg"),
        "presentation": read_layer(folder / "presentations" / f"{presentation}.svg"),
    }


def groups_of(layer: ElementTree.Element, group: str) -> list[ElementTree.Element]:
    """The outermost groups of a file with an id."""
    return layer.findall(f"{{{SVG}}}g[@id='{layer.get('prefix')}{group}']")


def merge_layers(layers: dict[str, ElementTree.Element]) -> str:
    """One SVG text of the three files that make a drawing."""
    merged = ElementTree.Element(f"{{{SVG}}}svg", {"viewBox": f"0 0 {SIZE} {SIZE}"})
    for layer in layers.values():
        merged.extend(layer.findall(f"{{{SVG}}}style") + layer.findall(f"{{{SVG}}}defs"))
    for file, group in STACK:
        merged.extend(groups_of(layers[file], group))
    return ElementTree.tostring(merged, encoding="unicode")


def split_layers(layers: dict[str, ElementTree.Element]) -> list[str]:
    """An SVG text for each group of the three files that make a drawing, from the back to the front.

    It holds what the group needs and nothing else, so that drawings that share a group share its text: a presentation
    changes the looks of classes only.
    """
    texts = []
    for file, group in STACK:
        found = groups_of(layers[file], group)
        if not any(len(one) for one in found):
            continue
        part = ElementTree.Element(f"{{{SVG}}}svg", {"viewBox": f"0 0 {SIZE} {SIZE}"})
        if any(element.get("class") for one in found for element in one.iter()):
            for layer in layers.values():
                part.extend(layer.findall(f"{{{SVG}}}style"))
        part.extend(layers[file].findall(f"{{{SVG}}}defs") + found)
        texts.append(ElementTree.tostring(part, encoding="unicode"))
    return texts


def rasterise(svg: str, source: str, size: tuple[int, int] = (SIZE, SIZE), style: str = "") -> Image.Image:
    """Render an SVG text, RGBA. Raises PackError that names its source."""
    width, height = size
    try:
        png = resvg_py.svg_to_bytes(
            svg_string=svg, width=width, height=height, style_sheet=style or None, skip_system_fonts=True
        )
    except ValueError as error:
        raise PackError(f"{source} cannot be rendered ({error}).\nLook for the mistake there.") from None
    return Image.open(io.BytesIO(bytes(png))).convert("RGBA")


def render_drawing(folder: Path, expression: str, presentation: str) -> Image.Image:
    """Render one drawing, RGBA 512 x 512, without skin if the pack has skins. Raises PackError."""
    layers = read_layers(folder, expression, presentation)
    return rasterise(merge_layers(layers), f"{folder}: {expression} + {presentation}")


def compose_drawing(folder: Path, expression: str, presentation: str, rendered: dict[str, Image.Image]) -> Image.Image:
    """Lay one drawing together from its groups: as render_drawing but for rounding, and faster from drawing to drawing.

    rendered: the groups that are there by their SVG text; those that are missing are added. Raises PackError.
    """
    drawing = Image.new("RGBA", (SIZE, SIZE))
    for svg in split_layers(read_layers(folder, expression, presentation)):
        if svg not in rendered:
            rendered[svg] = rasterise(svg, f"{folder}: {expression} + {presentation}")
        drawing = Image.alpha_composite(drawing, rendered[svg])
    return drawing


def render_skin(folder: Path, colours: dict[str, str]) -> Image.Image:
    """Render the skin in one tone, RGBA 512 x 512. Raises PackError."""
    svg = ElementTree.tostring(read_layer(folder / "skin.svg"), encoding="unicode")
    style = "".join(f".{name} {{ color: {colour} }}" for name, colour in colours.items())
    return rasterise(svg, str(folder / "skin.svg"), style=style)


def render_card(path: Path) -> Image.Image:
    """Render a full-frame card, RGBA 1280 x 720. Raises PackError."""
    try:
        svg = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise PackError(
            f"{path} does not exist, but [cards] in pack.toml needs it.\nDraw it, or take the card out of pack.toml."
        ) from None
    if 'viewBox="0 0 {} {}"'.format(*CARD_SIZE) not in svg:
        raise PackError(f'{path} is no card: its page must be viewBox="0 0 {CARD_SIZE[0]} {CARD_SIZE[1]}".')
    return rasterise(svg, str(path), CARD_SIZE)


# ---------------------------------------------------------------- fewer colours


def multiplied(pixels: np.ndarray) -> np.ndarray:
    """RGBA pixels as they are seen: float, the colours multiplied by alpha."""
    pixels = np.asarray(pixels, dtype=float)
    return np.concatenate([pixels[..., :3] * pixels[..., 3:] / 255, pixels[..., 3:]], axis=-1)


def split_colours(colours: np.ndarray, weights: np.ndarray, count: int) -> np.ndarray:
    """The middles of at most so many groups of alike colours (N, 4): the widest group is split until it is enough."""

    def middle(group):
        return np.average(colours[group], axis=0, weights=weights[group])

    def spread(group):
        return weights[group] @ (colours[group] - middle(group)) ** 2

    groups = [np.arange(len(colours))]
    spreads = [spread(groups[0])]
    while len(groups) < count:
        widest = int(np.argmax([values.max() for values in spreads]))
        group, channel = groups[widest], int(spreads[widest].argmax())
        low = colours[group, channel] < middle(group)[channel]
        if low.all() or not low.any():
            break
        groups[widest : widest + 1] = [group[low], group[~low]]
        spreads[widest : widest + 1] = [spread(group[low]), spread(group[~low])]
    return np.array([middle(group) for group in groups])


def reduce_colours(image: Image.Image) -> Image.Image:
    """A picture of at most 256 colours with alpha; what is opaque or transparent stays so, and nothing else is."""
    pixels = np.array(image).astype(int)
    noise = np.tile(DITHER, (image.height // 2, image.width // 2))[..., None]
    alpha = pixels[..., 3:]
    pixels[..., :3] = np.clip(pixels[..., :3] + noise, 0, 255) * (alpha > 0)
    pixels[..., 3:] = np.where((alpha > 0) & (alpha < 255), np.clip(alpha + noise, 1, 254), alpha)
    found, place, number = np.unique(
        pixels.astype(np.uint8).view(np.uint32).ravel(), return_inverse=True, return_counts=True
    )
    found = found.view(np.uint8).reshape(-1, 4)
    seen, weights = multiplied(found), np.sqrt(number)

    opaque, shaded = found[:, 3] == 255, (found[:, 3] > 0) & (found[:, 3] < 255)
    root = np.sqrt([opaque.sum(), shaded.sum()])
    for_opaque = int(np.clip(round(255 * root[0] / root.sum()), 1, 254))
    index, palette = np.zeros(len(found), int), np.zeros((1, 4))  # the first is transparent
    for part, count in ((opaque, for_opaque), (shaded, 255 - for_opaque)):
        if part.any():
            middles = split_colours(seen[part], weights[part], count)
            distance = (middles**2).sum(1) - 2 * seen[part] @ middles.T
            index[part] = len(palette) + distance.argmin(1)
            palette = np.concatenate([palette, middles])
    palette[:, :3] *= 255 / np.maximum(palette[:, 3:], 1)
    reduced = Image.fromarray(index[place].reshape(image.height, image.width).astype(np.uint8))
    reduced.putpalette(np.clip(np.round(palette), 0, 255).astype(np.uint8).tobytes(), "RGBA")
    return reduced


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
            self.skins = {tone: self.folder / file for tone, file in manifest.get("skins", {}).items()}
            self.tones = {tone: manifest["tones"][tone] for tone in self.skins}
            self.rig = manifest.get("rig", {})
            self.cards = {name: self.folder / file for name, file in manifest.get("cards", {}).items()}
        except KeyError as error:
            raise PackError(
                f'{self.folder / "pack.toml"} lacks {error}.\nAdd it; the pack "classic" shows what a manifest holds.'
            ) from None
        self.emotions = list(dict.fromkeys(emotion for emotion, _ in self.files))
        self.presentations = list(dict.fromkeys(presentation for _, presentation in self.files))

    def render(self, composed: bool = False) -> dict[Path, Image.Image]:
        """Every picture of the pack by the file it belongs in. composed: a fourth of the time, see compose_drawing."""
        svg = self.folder / "svg"
        if composed:
            rendered: dict[str, Image.Image] = {}
            pictures = {path: compose_drawing(svg, *key, rendered) for key, path in self.files.items()}
        else:
            pictures = {path: render_drawing(svg, *key) for key, path in self.files.items()}
        pictures.update({path: render_skin(svg, self.tones[tone]) for tone, path in self.skins.items()})
        pictures.update({path: render_card(svg / "cards" / f"{name}.svg") for name, path in self.cards.items()})
        return pictures

    def shown(self, pictures: dict[Path, Image.Image], tone: str = "") -> dict[tuple[str, str], Image.Image]:
        """The drawings as they are seen: over the skin of a tone (default: the first), if the pack has skins."""
        drawings = {key: pictures[path] for key, path in self.files.items()}
        if not self.skins:
            return drawings
        skin = pictures[self.skins[tone or next(iter(self.skins))]]
        return {key: Image.alpha_composite(skin, drawing) for key, drawing in drawings.items()}

    def inside_cover(self, scale: float = 1.0) -> np.ndarray:
        """Which pixels of a drawing lie in the cover ellipse, or in a scaled copy of it."""
        y, x = np.mgrid[:SIZE, :SIZE] + 0.5
        (cx, cy), (rx, ry) = self.cover_center, self.cover_radii
        return ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 <= scale**2


def pack_names() -> list[str]:
    """Return the names of all packs beside this file."""
    return sorted(path.parent.name for path in PACKS_FOLDER.glob("*/pack.toml"))


# ---------------------------------------------------------------- contact sheet


LEFT, CELL, MARGIN = 132, 200, 28


def contact_sheet(pack: Pack, pictures: dict[Path, Image.Image]) -> Image.Image:
    """All drawings with labels, strong and calm, large and small and in grey; then the skins and the cards."""
    calm = [emotion for emotion in pack.emotions if emotion.endswith(CALM) or emotion == UNSURE]
    strong = [emotion for emotion in pack.emotions if emotion not in calm]
    drawings = pack.shown(pictures)
    sheet = Image.new("RGB", (LEFT + CELL * max(len(strong), len(calm)) + MARGIN, 4000), "#f3f1ec")
    y = 0
    for columns in filter(None, (strong, calm)):
        rows = {row: [drawings.get((emotion, row)) for emotion in columns] for row in pack.presentations}
        y = draw_panel(sheet, y, columns, rows)
        for size, text, height, grey in ((64, "64 px", 80, False), (48, "48 px grey", 60, True)):
            label(sheet, (LEFT - 24, y + height // 2), text, "rm", 17)
            for row, cells in enumerate(rows.values()):
                for column, drawing in enumerate(cells):
                    x = LEFT + CELL * column + CELL // 2 + round((row - (len(rows) - 1) / 2) * CELL / len(rows))
                    paste_centred(sheet, drawing, size, (x, y + height // 2), grey)
            y += height
    if pack.skins:
        happy = cycle(pictures[pack.files["happy", row]] for row in pack.presentations)
        tones = [Image.alpha_composite(pictures[path], next(happy)) for path in pack.skins.values()]
        y = draw_panel(sheet, y, list(pack.skins), {"skins": tones})
    if pack.cards:
        y = draw_panel(sheet, y, list(pack.cards), {"cards": [pictures[path] for path in pack.cards.values()]}, 2)
    return sheet.crop((0, 0, sheet.width, y + MARGIN // 2))


def draw_panel(sheet: Image.Image, y: int, columns: list[str], rows: dict[str, list], cells: int = 1) -> int:
    """Draw labelled rows of pictures, each so many cells wide, below y; return where the panel ends."""
    top = y + 76
    bottom = top + CELL * len(rows) + 8
    box = (LEFT - 8, top - 8, LEFT + CELL * cells * len(columns) + 8, bottom)
    ImageDraw.Draw(sheet).rounded_rectangle(box, radius=26, fill="#fbfaf7", outline="#e4e0d7", width=2)
    for column, name in enumerate(columns):
        x = LEFT + CELL * cells * column + CELL * cells // 2
        label(sheet, (x, top - 32), name.replace("_", ", "), "mm", 21)
        for row, pictures in enumerate(rows.values()):
            paste_centred(sheet, pictures[column], CELL - 24, (x, top + CELL * row + CELL // 2))
    for row, name in enumerate(rows):
        label(sheet, (LEFT - 24, top + CELL * row + CELL // 2), name, "rm", 21)
    return bottom + 12


def label(sheet: Image.Image, place: tuple[int, int], text: str, anchor: str, size: int) -> None:
    """Write a word on the sheet."""
    ImageDraw.Draw(sheet).text(place, text, "#4a4338", ImageFont.load_default(size), anchor=anchor)


def paste_centred(
    sheet: Image.Image, picture: Image.Image | None, height: int, center: tuple[int, int], grey: bool = False
) -> None:
    """Paste a picture, if there is one, at a height in px, with its middle at a place."""
    if picture is None:
        return
    small = picture.resize((picture.width * height // picture.height, height), Image.Resampling.LANCZOS)
    colours = small.convert("LA").convert("RGBA") if grey else small
    sheet.paste(colours, (center[0] - small.width // 2, center[1] - height // 2), small)


# ---------------------------------------------------------------- checks


def similarities(pack: Pack, drawings: dict[tuple[str, str], Image.Image]) -> list[tuple[float, str, str, str]]:
    """(correlation, presentation, emotion, emotion), the most alike first.

    Two emotions of one presentation are compared the hard way: 48 px, grey, and only the inner
    face, where the features are; 1 is the same picture and 0 is unrelated. The calm and the strong
    drawing of one emotion are not compared: they may be alike.
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
        if a.removesuffix(CALM) != b.removesuffix(CALM)
        if (a, presentation) in grey and (b, presentation) in grey
    ]
    return sorted(pairs, reverse=True)


def alike_bound(a: str, b: str) -> float:
    """How alike two emotions may be."""
    strong = not (a.endswith(CALM) or b.endswith(CALM) or UNSURE in (a, b))
    return STRONG_ALIKE if strong else CALM_ALIKE


def print_similarities(pack: Pack, drawings: dict[tuple[str, str], Image.Image]) -> None:
    """Print the pairs that look most alike, strong ones and others."""
    pairs = similarities(pack, drawings)
    print(f"{pack.title}: emotions most alike at 48 px in grey (1 = the same)")
    for bound, kind in ((STRONG_ALIKE, "strong"), (CALM_ALIKE, f"with a calm one or {UNSURE!r}")):
        print(f"  {kind}, at most {bound}:")
        for value, presentation, a, b in [pair for pair in pairs if alike_bound(*pair[2:]) == bound][:10]:
            print(f"  {value:6.3f}  {presentation:8} {a} / {b}")


def difference(file: Image.Image, image: Image.Image) -> float:
    """By how much two pictures differ at most, in the means of 4 x 4 pixels."""
    if file.size != image.size:
        return 255.0
    change = multiplied(np.asarray(file)) - multiplied(np.asarray(image))
    height, width, channels = change.shape
    return float(np.abs(change.reshape(height // 4, 4, width // 4, 4, channels).mean((1, 3))).max())


def shipped(pack: Pack) -> dict[Path, Image.Image]:
    """The pictures of a pack as the files hold them. Raises PackError."""
    pictures = {}
    for path in [*pack.files.values(), *pack.skins.values(), *pack.cards.values()]:
        try:
            pictures[path] = Image.open(path).convert("RGBA")
        except OSError as error:
            raise PackError(f"{path} cannot be read ({error}).\nRender the pack again.") from None
    return pictures


def faults(pack: Pack, pictures: dict[Path, Image.Image]) -> list[str]:
    """What is wrong with some pictures of a pack: holes in the cover ellipse, and emotions that look alike."""
    found = []
    cover = pack.inside_cover()
    for tone in pack.skins or [""]:
        for key, drawing in pack.shown(pictures, tone).items():
            lowest = np.asarray(drawing)[..., 3][cover].min()
            if lowest < 255:
                over = f" over the skin {tone!r}" if tone else ""
                found.append(
                    f"{pack.files[key]}: not fully opaque inside the cover ellipse of pack.toml{over} "
                    f"(alpha falls to {lowest})"
                )
    for value, presentation, a, b in similarities(pack, pack.shown(pictures)):
        if value > alike_bound(a, b):
            found.append(f"{pack.folder}: {a} and {b}, {presentation}, look too much alike when small ({value:.3f})")
    return found


def stale(pack: Pack, pictures: dict[Path, Image.Image]) -> list[str]:
    """Which files differ from the pictures that their sources give."""
    found = []
    for path, image in pictures.items():
        if not path.exists():
            found.append(f"{path}: missing")
        elif difference(Image.open(path).convert("RGBA"), image) > REDUCTION:
            found.append(f"{path}: differs from its sources")
    return found


# ---------------------------------------------------------------- command


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description="Render the emoji packs from their SVG layers.",
        epilog="Without an option, the pictures and the contact sheet are written.",
    )
    parser.add_argument("packs", nargs="*", metavar="PACK", help="folder of a pack (default: all packs)")
    parser.add_argument(
        "--check",
        action="store_true",
        help="write nothing; exit with 1 and name the pictures that differ from their "
        "sources, have a hole in the cover ellipse or look too much like another",
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
        pictures = pack.render(composed=arguments.check or arguments.similarity)
        if arguments.similarity:
            print_similarities(pack, pack.shown(pictures))
        if arguments.check:
            found = stale(pack, pictures) + faults(pack, pictures)
            print("\n".join(found) or f"{name}: {len(pictures)} pictures match their sources")
            if found:
                print(
                    f"Run  python assets/emojis/render.py {name}  to render the pictures again; correct the cover "
                    "ellipse in pack.toml or the drawings if they are named above.",
                    file=sys.stderr,
                )
                status = 1
        if not (arguments.check or arguments.similarity):
            for path, image in pictures.items():
                write_png(reduce_colours(image), path)
            write_png(contact_sheet(pack, pictures), pack.folder / "contact_sheet.png")
            print(f"{name}: {len(pictures)} pictures and the contact sheet written to {pack.folder}")
    return status


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (PackError, OSError) as error:
        sys.exit(f"error: {error}")
