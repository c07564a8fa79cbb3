"""What is told of emoji packs: which there are, and what is in one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from realtime.drawing.moving_sheet import as_webp, moving_drawings, moving_sheet
from realtime.errors import AssetError
from realtime.images import replacing
from realtime.packs.check import check_pack as _check_pack
from realtime.packs.check import describe_packs as describe_packs
from realtime.packs.pack import find_packs, load_pack


def check_pack(chosen: str) -> Iterator[str]:
    """Give what is to be said of a pack, line by line, and write sheets of its drawings, still and moving.

    chosen: a name, a folder or a .zip. Raises AssetError for a pack that can't be used, OutputError.
    """
    yield from _check_pack(chosen)
    path = find_packs(chosen)[0]
    pack = load_pack(path)
    if not pack.rigs.data:
        yield "No drawing moves with the face; assets/emojis/README.md tells how they can."
        return
    keys = moving_drawings(pack)
    if len(keys) < len(pack.rigs.data):
        raise AssetError(f"{len(pack.rigs.data) - len(keys)} drawings of {path} can't move.", "The log says why.")
    sheet = Path(f"{path.resolve().stem}-check.webp")
    with replacing(sheet) as part:
        part.write_bytes(as_webp(moving_sheet(pack, keys)))
    yield f"How {len(keys)} drawings move: {sheet}"
