"""Drawing emoji into a picture: following a head, fading into one another, cut cleanly at the borders."""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable
from dataclasses import dataclass, replace

import cv2
import numpy as np

from realtime.drawing.coded import CodedDrawing
from realtime.drawing.head import Spot
from realtime.drawing.pose import REST, Pose, lay, pieces
from realtime.packs.pack import Sprite
from realtime.packs.rig import Rig
from realtime.packs.rigs import Life
from realtime.planes import Planes

# A prepared drawing serves again until a larger one is wanted, ...
_LARGER = 0.0
# ... one that is smaller by this share, ...
_SMALLER = 0.012
# ... or one that is turned or leans by this much more or less. None of it can be seen, and a still head costs half.
_TURNED_RAD = 0.006
# Drawings are prepared larger by this share, so that they serve a head that comes nearer too.
_RESERVE = 0.006
# Heads are longer than wide and emoji round, which hides a fifth more of the picture than need be: over a head they are
# made narrower, down to this share of their width.
_NARROWEST = 0.81
# The place of a head that moves by so many of its radii a second is less certain: its emoji stays round, and is larger
# by this share, ...
_CALM, _FAST, _LARGER_IN_MOTION = 0.3, 1.5, 0.1
# ... until the head has been at rest for about this long.
_CALMED_S = 0.4
# One drawing turns into the next over this long.
_BLEND_S = 0.15
# With motion, an emoji leans by this much for a nose as far beside the middle as the eyes are apart.
_LEAN = 0.25
# It never leans by more than this.
_MAX_LEAN = 0.16
# With motion, an emoji breathes by this share of its size.
_BREATH = 0.012
# The length of a breath.
_BREATH_S = 4.0
# A drawing larger than this is prepared only where it can be seen, and not kept.
_MAX_KEPT_PX = 1_500_000
# Blending goes over the picture in bands that stay in the processor's cache: 0.4 instead of 0.7 ms for 560x560.
_BAND_ROWS = 64


@dataclass(frozen=True)
class _Shape:
    """How a drawing is laid on: scale, width against its own, angle, and sideways lean by height (a shear)."""

    scale: float
    narrow: float
    roll_rad: float
    lean: float = 0.0


@dataclass(frozen=True, eq=False)
class _Prepared:
    """A drawing in one shape, ready to be pasted.

    corner: (left, top) from the middle of its spot, px. colours: uint8 (H, W, 3) BGR, multiplied by alpha. through:
    uint8 (H, W, 3), how much of the picture shows through. kept: whether it may serve again. linear, offset: from
    pixels of the drawing to those of the arrays, float (2, 2) and (2,).
    """

    sprite: Sprite
    shape: _Shape
    corner: np.ndarray
    colours: np.ndarray
    through: np.ndarray
    kept: bool
    linear: np.ndarray
    offset: np.ndarray

    def serves(self, sprite: Sprite, shape: _Shape) -> bool:
        change = shape.scale / self.shape.scale - 1
        turned = abs(math.remainder(shape.roll_rad - self.shape.roll_rad, 2 * math.pi))
        leant = abs(shape.lean - self.shape.lean)
        wider = shape.narrow / self.shape.narrow * (1 + change) - 1
        fits = all(-_SMALLER < more <= _LARGER for more in (change, wider))
        fits = fits and turned < _TURNED_RAD and leant < _TURNED_RAD
        return self.kept and sprite is self.sprite and fits


@dataclass(frozen=True, eq=False)
class Shown:
    """What is drawn over somebody.

    key: what the sprite stands for: the next frame of an animation has the same key, another drawing another one.
    life: what lets it move, in a pose; None for a drawing that stays as it is.
    """

    sprite: Sprite
    key: Hashable = None
    life: Life | None = None
    pose: Pose = REST

    @property
    def base(self) -> Sprite:
        """What is drawn below all that moves."""
        return self.life.behind if isinstance(self.life, Rig) else self.sprite


@dataclass
class _Memory:
    """What was drawn over somebody last.

    spot, time_s: where, and when. speed: in radii a second, of late. before: the drawing that fades away, since
    `since_s`; None when none does.
    """

    shown: Shown
    spot: Spot
    time_s: float
    speed: float = 0.0
    before: Shown | None = None
    since_s: float = -math.inf
    prepared: _Prepared | None = None
    front: _Prepared | None = None
    coded: tuple[_Prepared, CodedDrawing] | None = None

    def paste_coded(self, planes: Planes, prepared: _Prepared, middle: np.ndarray) -> None:
        """Paste a prepared drawing into a coded picture; what was prepared for that serves again."""
        left, top = (middle + prepared.corner).tolist()
        odd = left % 2, top % 2
        if self.coded is None or self.coded[0] is not prepared or self.coded[1].odd != odd:
            self.coded = prepared, CodedDrawing.of(prepared.colours, prepared.through, odd)
        self.coded[1].paste(planes, (left, top))

    def move(self, spot: Spot, time_s: float) -> None:
        """Take in where the head is now."""
        elapsed_s = time_s - self.time_s
        if elapsed_s > 0:
            now = math.dist(spot.center, self.spot.center) / max(spot.radii) / elapsed_s
            self.speed = max(now, self.speed * math.exp(-elapsed_s / _CALMED_S))
        self.spot, self.time_s = spot, time_s


class Overlay:
    """Draws emoji, remembering what is shown over each person."""

    def __init__(self, motion: bool = False) -> None:
        """Begin with nobody.

        Args:
            motion: lean with a head that turns, and breathe gently.
        """
        self._motion = motion
        self._memories: dict[int, _Memory] = {}

    def draw(
        self, image: np.ndarray | Planes, track: int, shown: Shown, spot: Spot, time_s: float = 0.0, yaw: float = 0.0
    ) -> None:
        """Draw a sprite so that its opaque ellipse holds the whole spot; one with another key fades in.

        Args:
            image: uint8 (H, W, 3) BGR, or as it is coded; drawn into in place.
            track: id of the person.
            shown: what is to be seen over that person.
            spot: where; it may lie beyond the borders.
            time_s: of the frame, seconds.
            yaw: how far the head is turned sideways, from `realtime.faces.quality`.
        """
        memory = self._memories.setdefault(track, _Memory(shown, spot, time_s))
        memory.move(spot, time_s)
        if shown.key != memory.shown.key:
            memory.before, memory.since_s = memory.shown, time_s
        memory.shown = shown
        shape, middle = self._shape(memory, time_s, yaw), _pixel(spot)
        size = image[0].shape if isinstance(image, tuple) else image.shape
        if memory.prepared is None or not memory.prepared.serves(shown.base, shape):
            memory.prepared = _prepare(shown.base, _with_reserve(shape), middle, size)
            memory.front = _front(shown, memory.prepared, middle, size)
        prepared, share = memory.prepared, (time_s - memory.since_s) / _BLEND_S
        if prepared is not None:
            prepared = _posed(prepared, memory.front, shown, middle, size)
        if prepared is not None and memory.before is not None:
            if 0 <= share < 1:
                before = _prepare(memory.before.base, prepared.shape, middle, size)
                if before is not None:
                    front = _front(memory.before, before, middle, size)
                    fading = replace(memory.before, pose=shown.pose)
                    before = _posed(before, front, fading, middle, size)
                prepared = _mixed(before, prepared, share)
            else:
                memory.before = None
        if prepared is None:
            return
        if isinstance(image, tuple):
            memory.paste_coded(image, prepared, middle)
        else:
            _paste(image, prepared, middle)

    def keep(self, tracks: Collection[int]) -> None:
        """Forget the drawings of everybody but these."""
        self._memories = {track: memory for track, memory in self._memories.items() if track in tracks}

    def _shape(self, memory: _Memory, time_s: float, yaw: float) -> _Shape:
        sprite, spot = memory.shown.sprite, memory.spot
        shape = _shape_over(sprite, spot, memory.speed)
        if not self._motion:
            return shape
        lean = max(min(_LEAN * yaw, _MAX_LEAN), -_MAX_LEAN)
        # A leaning ellipse is narrower across; this makes up for it.
        steep = abs(lean) * sprite.cover_radii[1] / (sprite.cover_radii[0] * shape.narrow)
        scale = shape.scale / (math.sqrt(1 + steep * steep / 4) - steep / 2)
        breath = _BREATH * (1 + math.sin(2 * math.pi * time_s / _BREATH_S)) / 2
        return _Shape(scale * (1 + breath), shape.narrow, spot.roll_rad, lean)


def draw_sprite(image: np.ndarray, sprite: Sprite, spot: Spot) -> None:
    """Draw a sprite once, so that its opaque ellipse holds the whole spot, and remember nothing.

    Args:
        image: uint8 (H, W, 3) BGR, drawn into in place.
        sprite: what is drawn.
        spot: where; it may lie beyond the borders.
    """
    middle = _pixel(spot)
    prepared = _prepare(sprite, _with_reserve(_shape_over(sprite, spot)), middle, image.shape)
    if prepared is not None:
        _paste(image, prepared, middle)


def _shape_over(sprite: Sprite, spot: Spot, speed: float = 0.0) -> _Shape:
    """Return the shape in which a sprite's opaque ellipse just holds a spot, no narrower than what looks well.

    speed: of the head, in its radii a second.
    """
    across, along = (wanted / opaque for wanted, opaque in zip(spot.radii, sprite.cover_radii, strict=True))
    scale = max(across, along)
    if not spot.snug:
        return _Shape(scale, 1.0, spot.roll_rad)
    narrow = max(across / scale, _NARROWEST)
    hurry = min(max((speed - _CALM) / (_FAST - _CALM), 0.0), 1.0)
    return _Shape(scale * (1 + _LARGER_IN_MOTION * hurry), narrow + (1 - narrow) * hurry, spot.roll_rad)


def _with_reserve(shape: _Shape) -> _Shape:
    return replace(shape, scale=shape.scale * (1 + _RESERVE))


def _pixel(spot: Spot) -> np.ndarray:
    """Return the middle of a spot in whole pixels, int (2,)."""
    return np.floor(np.array(spot.center) + 0.5).astype(int)


def _prepare(sprite: Sprite, shape: _Shape, middle: np.ndarray, picture: tuple[int, ...]) -> _Prepared | None:
    """Bring a drawing into a shape; None for a huge one that can't be seen. middle: of the spot, int (2,) px."""
    scale = shape.scale
    level = min(max(int(math.log2(1 / scale)), 0), len(sprite.levels) - 1) if scale < 1 else 0
    drawing = sprite.levels[level]
    height, width = drawing.shape[:2]
    shrunk = width / sprite.size_wh[0], height / sprite.size_wh[1]
    cos, sin = math.cos(shape.roll_rad), math.sin(shape.roll_rad)
    turned = np.array([[cos, -sin], [sin, cos]]) @ np.array([[shape.narrow, -shape.lean], [0, 1]])
    linear = scale * turned / np.array(shrunk)
    offset = -linear @ (np.array(sprite.cover_center) * shrunk)
    corners = np.array([(0, 0), (width, 0), (0, height), (width, height)]) @ linear.T + offset
    start, end = np.floor(corners.min(0)).astype(int), np.ceil(corners.max(0)).astype(int)
    kept = int(np.prod(end - start)) <= _MAX_KEPT_PX
    if not kept:
        start, end = np.maximum(start, -middle), np.minimum(end, np.array(picture[1::-1]) - middle)
        if (end <= start).any():
            return None
    # OpenCV counts from the centre of the first pixel, the records from its corner: hence the halves.
    shift = offset - start + linear @ (0.5, 0.5) - 0.5
    pasted = cv2.warpAffine(drawing, np.column_stack([linear, shift]), tuple((end - start).tolist()))
    through = cv2.cvtColor(cv2.bitwise_not(cv2.extractChannel(pasted, 3)), cv2.COLOR_GRAY2BGR)
    colours = cv2.cvtColor(pasted, cv2.COLOR_BGRA2BGR)
    # From the whole drawing, whatever level was taken.
    return _Prepared(sprite, shape, start, colours, through, kept, linear * np.array(shrunk), offset - start)


def _front(shown: Shown, below: _Prepared | None, middle: np.ndarray, picture: tuple[int, ...]) -> _Prepared | None:
    """Prepare what of a rig is in front of its parts, as what is below was prepared."""
    if below is None or not isinstance(shown.life, Rig):
        return None
    return _prepare(shown.life.front, below.shape, middle, picture)


def _posed(
    prepared: _Prepared, front: _Prepared | None, shown: Shown, middle: np.ndarray, picture: tuple[int, ...]
) -> _Prepared:
    """Return a prepared drawing in its pose; where it was opaque, it still is. front: of a rig."""
    life, pose = shown.life, shown.pose
    if life is None:
        return prepared
    if isinstance(life, Rig):
        moved = replace(prepared, colours=prepared.colours.copy(), through=prepared.through.copy())
        for piece in pieces(life, pose):
            lay(moved.colours, moved.through, piece, prepared.linear, prepared.offset)
        if front is not None and front.colours.shape == moved.colours.shape:
            _blend(moved.through, np.zeros_like(front.colours), front.through)
            _blend(moved.colours, front.colours, front.through)
        return moved
    for sprite, share in ((life.mouth_open, pose.mouth * pose.alive), (life.blink, max(pose.blinks))):
        if sprite is not None and share > 0:
            prepared = _mixed(prepared, _prepare(sprite, prepared.shape, middle, picture), min(share, 1.0))
    return prepared


def _mixed(before: _Prepared | None, after: _Prepared | None, share: float) -> _Prepared:
    """Return a drawing on its way to another; where both are opaque, so is it."""
    if after is None:
        assert before is not None  # one of them can be seen
        return before
    if before is None or before.colours.shape != after.colours.shape:  # drawings of another size: no way between them
        return after
    colours = cv2.addWeighted(before.colours, 1 - share, after.colours, share, 0)
    through = cv2.addWeighted(before.through, 1 - share, after.through, share, 0)
    return replace(after, colours=colours, through=through)


def _paste(image: np.ndarray, prepared: _Prepared, middle: np.ndarray) -> None:
    """Paste a prepared drawing into a picture in place, cut at the borders. middle: of its spot, int (2,) px."""
    left, top = middle + prepared.corner
    height, width = prepared.colours.shape[:2]
    rows = slice(max(-top, 0), min(image.shape[0] - top, height))
    columns = slice(max(-left, 0), min(image.shape[1] - left, width))
    if rows.start < rows.stop and columns.start < columns.stop:
        target = image[top + rows.start : top + rows.stop, left + columns.start : left + columns.stop]
        _blend(target, prepared.colours[rows, columns], prepared.through[rows, columns])


def _blend(target: np.ndarray, colours: np.ndarray, through: np.ndarray) -> None:
    """Blend colours, multiplied by alpha, into a picture of the same size in place."""
    for top in range(0, len(target), _BAND_ROWS):
        shown, band = target[top : top + _BAND_ROWS], slice(top, top + _BAND_ROWS)
        cv2.multiply(shown, through[band], dst=shown, scale=1 / 255)
        cv2.add(shown, colours[band], dst=shown)
