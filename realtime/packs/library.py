"""The pack in use, and how it is changed while the program runs."""

from __future__ import annotations

import logging
from pathlib import Path

from realtime.errors import AssetError
from realtime.packs.archive import open_archive
from realtime.packs.manifest import DEFAULT_PACK, read_manifest
from realtime.packs.pack import PACKS, Pack, find_packs, load_pack

logger = logging.getLogger(__name__)


class PackLibrary:
    """Holds the pack in use; others are loaded when they are asked for.

    current: the pack. A pack that can't be loaded is told in a warning, and what was in use stays.
    """

    current: Pack

    def __init__(self, chosen: str = DEFAULT_PACK, skin: str | None = None) -> None:
        """Load the chosen pack: a name, a folder or a .zip. Raises AssetError."""
        self._paths = find_packs(chosen)
        self._at = 0
        # Remembered for packs that have it, while others are in use.
        self._skin = skin
        self.current = load_pack(self._paths[0], skin)

    @property
    def chosen(self) -> str:
        """The pack in use, as a user would name it."""
        path = self._paths[self._at]
        return path.name if path.parent == PACKS else str(path)

    def choose(self, chosen: str) -> None:
        """Change to a pack: a name, a folder or a .zip. Raises AssetError, and what was in use stays."""
        paths = find_packs(chosen)
        self.current = load_pack(paths[0], self._worn_in(paths[0]))
        self._paths, self._at = paths, 0

    def choose_skin(self, skin: str | None) -> None:
        """Change to a skin of the pack, None for its first. Raises AssetError, and what was in use stays."""
        self.current = load_pack(self._paths[self._at], skin)
        self._skin = skin

    def next_pack(self) -> None:
        """Change to the next pack that can be loaded."""
        for step in range(1, len(self._paths)):
            at = (self._at + step) % len(self._paths)
            if self._take(self._paths[at]):
                self._at = at
                return

    def next_skin(self) -> None:
        """Change to the next skin of the pack, if it has any."""
        skins, in_use = self.current.skins, self.current.skin
        if in_use is not None:
            before, self._skin = self._skin, skins[(skins.index(in_use) + 1) % len(skins)]
            if not self._take(self._paths[self._at]):
                self._skin = before

    def reload(self) -> None:
        """Read the pack in use again."""
        self._take(self._paths[self._at])

    def _take(self, path: Path) -> bool:
        try:
            self.current = load_pack(path, self._worn_in(path))
        except AssetError as error:
            logger.warning("%s The pack in use stays.", error)
            return False
        return True

    def _worn_in(self, path: Path) -> str | None:
        """Return the skin to use in a pack: the one remembered, if the pack has it."""
        return self._skin if self._skin in read_manifest(open_archive(path)).skins else None
