"""From what is known of the people in a frame to a picture in which they are covered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from realtime.drawing import placement as places
from realtime.drawing.anonymize import blur_head
from realtime.drawing.covers import Cover, hides_faces, load_cover
from realtime.drawing.head import Spot
from realtime.drawing.overlay import Overlay, Shown
from realtime.engine.life import Life
from realtime.engine.privacy import StrictMask
from realtime.engine.reactions import Reactions
from realtime.engine.stats import Stats
from realtime.faces.quality import yaw
from realtime.limits import check_frame
from realtime.packs.library import PackLibrary
from realtime.packs.pack import Pack
from realtime.planes import Planes
from realtime.records import Frame, Reading, Suspect

# What lies behind emoji that are shown alone.
PLAIN_BGR = (70, 50, 40)


class Library(Protocol):
    """Holds the pack in use; `realtime.packs.library.PackLibrary` is one."""

    @property
    def current(self) -> Pack: ...
    @property
    def chosen(self) -> str: ...
    def next_pack(self) -> None: ...
    def next_skin(self) -> None: ...
    def reload(self) -> None: ...
    def choose(self, chosen: str) -> None: ...
    def choose_skin(self, skin: str | None) -> None: ...


class Prompts(Protocol):
    """Asks for expressions; `realtime.engine.teaching.Teaching` is one."""

    def draw(self, image: np.ndarray, pack: Pack) -> None:
        """Draw what is asked for into a picture, uint8 (H, W, 3) BGR, in place."""


class Painter:
    """Covers the faces of a picture."""

    def __init__(
        self,
        library: Library,
        cover: Cover | None = None,
        placement: str = "face",
        *,
        crop: str = "off",
        overlay: Overlay | None = None,
        life: Life | None = None,
        reactions: Reactions | None = None,
        strict_mask: StrictMask | None = None,
        prompts: Prompts | None = None,
        stats: Stats | None = None,
    ) -> None:
        """Put a painter together; `Painter.open` makes one by the names of a pack and a cover.

        Args:
            library: holds the emoji pack in use.
            cover: what hides a face; the emoji without one.
            placement: where the emoji is, one of PLACEMENTS.
            crop: one of CROPS: "head" shows emoji alone, and nothing of the frame.
            overlay: draws emoji, remembering what each person is shown as.
            life: lets drawings move as faces do; without it they stay as they are.
            reactions: drawn around people who laugh.
            strict_mask: blurs whatever can't be trusted, for strict privacy.
            prompts: asks for expressions, which are drawn too.
            stats: takes the time of drawing.
        """
        self.library = library
        self._cover = cover or load_cover("emoji")
        self._placement = placement
        self._crop = crop
        self._overlay = overlay or Overlay()
        self._life = life
        self._reactions = reactions
        self._strict_mask = strict_mask
        self._prompts = prompts
        self._stats = stats or Stats()

    @classmethod
    def open(cls, pack: str = "classic", cover: str = "emoji", placement: str = "face") -> Painter:
        """Return a painter with a pack (a name, a folder or a .zip) and a cover by its name.

        Raises:
            AssetError: the pack can't be used.
        """
        return cls(PackLibrary(pack), load_cover(cover), placement)

    def wear(self, cover: str = "", placement: str = "", crop: str = "") -> None:
        """Change what hides faces from the next frame on, as the options of these names have it; "" leaves it."""
        self._cover = load_cover(cover) if cover else self._cover
        self._placement = placement or self._placement
        self._crop = crop or self._crop

    def keep_strict(self, strict: bool) -> None:
        """Blur whatever can't be trusted from the next frame on, or no longer."""
        self._strict_mask = (self._strict_mask or StrictMask()) if strict else None

    def paint(
        self, frame: Frame, readings: Sequence[Reading], suspects: Sequence[Suspect] = (), gender: str = "auto"
    ) -> np.ndarray:
        """Return the frame's picture with every face covered, larger faces in front; uint8 (H, W, 3) BGR, new.

        Args:
            frame: the picture; it is not written to.
            readings: of everybody who is known; who is not among them is forgotten.
            suspects: where something may be a face: blurred where that is likely, and always with strict privacy.
            gender: which drawings to use: "auto" follows each face, else one of PRESENTATIONS.

        Raises:
            ValueError: the frame's picture is none, uint8 (H, W, 3), or its time no number.
        """
        check_frame(frame.image, frame.time_s)
        with self._stats.timed("draw"):
            self._keep(readings)
            image = self._ground(frame, readings, suspects)
            if hides_faces(self._cover, self._placement) and self._crop == "off":
                for suspect in suspects:
                    if suspect.likely:
                        blur_head(image, suspect.region)
            for reading in sorted(readings, key=lambda reading: reading.face.region.size_px):
                self._cover_face(image, reading, gender, frame.time_s)
            if self._placement == "corner" and (main := places.main_face(readings)) is not None:
                self._draw_emoji(image, main, places.corner(image.shape[1::-1]), gender, frame.time_s)
            if self._reactions is not None:
                self._reactions.draw(image, readings, frame.time_s)
            if self._prompts is not None:
                self._prompts.draw(image, self.library.current)
            return image

    def covered(
        self, frame: Frame, readings: Sequence[Reading], suspects: Sequence[Suspect] = (), gender: str = "auto"
    ) -> Frame:
        """Return the frame with what `paint` makes of it."""
        return replace(frame, image=self.paint(frame, readings, suspects, gender))

    def draws_coded(self, suspects: Sequence[Suspect]) -> bool:
        """Return whether `draw_coded` does all that is to be done: nothing but emoji over faces is drawn."""
        more = (self._reactions, self._strict_mask, self._prompts)
        emoji = self._cover.with_emoji and not self._cover.hides
        alone = emoji and self._placement == "face" and self._crop == "off" and all(part is None for part in more)
        return alone and not any(suspect.likely for suspect in suspects)

    def draw_coded(self, planes: Planes, readings: Sequence[Reading], gender: str, time_s: float) -> None:
        """Cover every face of a picture in place, larger faces in front."""
        with self._stats.timed("draw"):
            self._keep(readings)
            for reading in sorted(readings, key=lambda reading: reading.face.region.size_px):
                self._draw_emoji(planes, reading, places.over_face(reading.face.region), gender, time_s)

    def _keep(self, readings: Sequence[Reading]) -> None:
        """Forget everybody but these."""
        tracks = [reading.track for reading in readings]
        self._overlay.keep(tracks)
        if self._life is not None:
            self._life.keep(tracks)

    def _ground(self, frame: Frame, readings: Sequence[Reading], suspects: Sequence[Suspect]) -> np.ndarray:
        """Return a new picture for everything else to be drawn on; with a crop, nothing in it is of the frame."""
        if self._crop == "head":
            return np.full(frame.image.shape, PLAIN_BGR, np.uint8)
        if self._strict_mask is None:
            return frame.image.copy()
        return self._strict_mask.over(frame, readings, suspects)

    def _cover_face(self, image: np.ndarray, reading: Reading, gender: str, time_s: float) -> None:
        """Hide a face in a picture in place, or do whatever else the user wants."""
        region = reading.face.region
        self._cover.cover(image, reading)
        if self._placement == "beside":
            self._draw_emoji(image, reading, places.beside(region, image.shape[1::-1]), gender, time_s)
        elif self._cover.with_emoji and self._placement == "face":
            self._draw_emoji(image, reading, places.over_face(region), gender, time_s)

    def _draw_emoji(self, image: np.ndarray | Planes, reading: Reading, spot: Spot, gender: str, time_s: float) -> None:
        presentation = reading.presentation if gender == "auto" else gender
        pack = self.library.current
        # A pack may have no drawing for an expression of one's own.
        shows = reading.own if reading.own in pack.own else reading.emotion
        sprite = pack.sprite(shows, presentation, reading.strong, time_s)
        shown = Shown(sprite, (pack, shows, presentation, reading.strong))
        if self._life is not None and (pose := self._life.pose(reading.track, reading.movement, time_s)).alive > 0.01:
            life = pack.life(shows, presentation, reading.strong)
            if shows == reading.own:  # its eyes are drawn as they are to be, as those of a wink
                pose = replace(pose, blinks=(0.0, 0.0))
            shown = replace(shown, life=life, pose=pose)
        self._overlay.draw(image, reading.track, shown, spot, time_s, yaw(reading.face))
