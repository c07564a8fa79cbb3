"""Two detectors, one list of faces: near ones in every frame, far, turned and half hidden ones where that pays."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import cv2
import numpy as np

from realtime.faces.looks import is_cut, is_mirrored, look_around, looks_at_first, looks_for, next_look
from realtime.faces.yunet import Look
from realtime.records import Face, Frame, Region

log = logging.getLogger(__name__)

# The middle of a face lies no farther outside the picture than this share of its size.
_OUTSIDE = 0.2
# While everybody known is found, the far detector looks for others this often.
_FAR_S = 0.15
# That look is put off for this long at most by close looks at those who are known.
_PUT_OFF_S = 0.04
# Somebody whom a look at all of the picture shows where they are expected, no farther from it than such a share of
# their size, is looked at closely only so often (the share, and the seconds).
_CLOSE_S = ((0.25, 0.09), (0.06, 0.19))
# Close looks are taken at the same place until a face has moved by this share of its size, grown or shrunk by this one,
# or turned by this angle: what a look at another place shows differs by a hundredth, and a still face would tremble.
_MOVED, _GROWN, _TURNED_RAD = 0.2, 0.15, 0.2
# A face whose region is smaller is looked at in that part anew: enlarged, true ones score 0.89 and more, even with 12
# pixels from crown to chin, and what is none 0.81 at most. At their own size both score anything.
_ENLARGED_PX = 24
# In a picture of no more than this many sizes of a face, a look at all of it is close enough: a close look, which takes
# in more, would show the face's mirror images beside it. (At 1.25 a close look is the more exact one again.)
_FILLED = 1.15
# A face that a close look is less sure of may stand on its head, where another look is as sure as this; true ones score
# 0.88 and more in it, the wrong way round 0.42 to 0.63.
_CLEAR_SCORE = 0.75
# At more people than this in a frame no close look is taken; the far detector's look at the whole has to do.
_MOST_CLOSE = 6
# What is seen in a mirror is no face of its own if more than this part of it belongs to one that is seen without.
_PART = 0.6
# Two faces are the same person's if their middles are nearer than this, in sizes of the larger one.
_SAME_DISTANCE = 0.5


@dataclass(frozen=True, eq=False)
class _Followed:
    """Somebody who was found again: as seen last, where the last close look was taken, and when."""

    face: Face
    place: Region
    looked_s: float


class NearDetector(Protocol):
    """Finds near faces; `realtime.faces.blazeface.BlazeFace` is the real one."""

    def detect(self, frame: Frame) -> list[Face]: ...
    def look(self, image: np.ndarray, region: Region) -> Face | None: ...


class FarDetector(Protocol):
    """Finds faces in a part of a picture; `realtime.faces.yunet.YuNet` is the real one."""

    def look(self, image: np.ndarray, look: Look) -> list[Face]: ...


class FaceSearch:
    """Finds the faces of a frame with both detectors.

    The near one looks at every frame. People who are known are also looked at closely by it, in a part of the picture
    in which every face is near: five to ten times a second, and in every frame in which the look at all of it does not
    show them where they should be. The far one takes its place where a close look shows nothing, looks at all of the
    picture while somebody is lost or nobody is known, and else looks for others several times a second: now in the
    whole picture, now in a part of it, now in the picture turned over.
    """

    def __init__(
        self,
        near: NearDetector | None,
        far: FarDetector | None,
        *,
        stills: bool = False,
        closely: str = "auto",
        allowed: Callable[[], bool] = lambda: True,
        min_face_px: float = 0.0,
    ) -> None:
        """Search with two detectors, which stay the caller's to close; either may be missing.

        Args:
            near: finds near faces.
            far: finds far faces.
            stills: the frames are single pictures, worth a look at every part of them.
            closely: "auto"; "on" to look at a part of the picture in every frame; "off" to look at the whole only.
            allowed: says no where the machine can't keep up with looks for more people.
            min_face_px: faces whose boxes are narrower are left out.
        """
        self._near, self._far = near, far
        self._stills, self._closely, self._allowed, self._min_face_px = stills, closely, allowed, min_face_px
        self._followed: list[_Followed] = []
        self._far_s = -math.inf  # when the far detector last looked for others
        self._turn = 0

    def detect(self, frame: Frame, known: Sequence[Region] | None = None) -> list[Face]:
        """Return the faces of a frame, in its pixels, the surest first.

        Args:
            frame: what is searched.
            known: where people are expected; None if nothing is known of this picture, as of the first one and after
                a cut.
        """
        near = self._near.detect(frame) if self._near is not None else []
        if known is None:
            self._followed, self._far_s, self._turn = [], frame.time_s, 0
            looks = looks_at_first(_size_wh(frame), fine=self._closely != "off", stills=self._stills)
            new = _merged(near, self._look_far(frame, looks, near))
            return self._wide([self._refined(frame, face) for face in new])
        apart = [region for region in known if not _fills(region, frame)]
        found = self._found_again(frame, apart, near) if len(known) <= _MOST_CLOSE else []
        lost = [region for region in known if not _at(region, found)]
        far = self._look_far(frame, self._looks(frame, lost, bool(known)), [*found, *near])
        found = [_confirmed_by(face, far) for face in found]
        new = [face for face in _merged(near, far) if not _at(face.region, found)]
        refined = [self._refined(frame, face) for face in new[:_MOST_CLOSE]]
        return self._wide(found + refined + new[_MOST_CLOSE:])

    def _wide(self, faces: Sequence[Face]) -> list[Face]:
        """Return each face once, the surest first, without those that are too narrow."""
        wide = [face for face in _distinct(faces) if face.box[2] - face.box[0] >= self._min_face_px]
        return sorted(wide, key=lambda face: -face.score)

    def _found_again(self, frame: Frame, known: Sequence[Region], near: Sequence[Face]) -> list[Face]:
        """Return those who are still about where they are expected."""
        before, self._followed = self._followed, []
        for region in known:
            last = next((one for one in before if _same(one.face.region, region)), None)
            if last is not None and frame.time_s - last.looked_s < _close_after_s(region, near):
                self._followed.append(replace(last, face=last.face.moved_to(region)))
                continue
            place = last.place if last is not None and _still_fits(last.place, region) else region
            if (face := self._look_again(frame, region, place)) is not None:
                self._followed.append(_Followed(face, place, frame.time_s))
        return _distinct([one.face for one in self._followed])

    def _look_again(self, frame: Frame, region: Region, place: Region) -> Face | None:
        """Return who is expected somewhere, None if they are not there.

        region: where they are expected, which the far detector is shown. place: of the close look, nearby.
        """
        face = self._look_close(frame, place)
        if face is not None:
            enlarged = self._enlarged(frame, region) if region.size_px < _ENLARGED_PX else None
            return face if enlarged is None else replace(face, score=enlarged.score)
        enlarged = self._enlarged(frame, region)
        return enlarged if enlarged is not None and enlarged.sure else None

    def _enlarged(self, frame: Frame, region: Region) -> Face | None:
        """Return who is somewhere as the far detector sees them in the part of the picture around."""
        far = self._look_far(frame, [look_around(region, _size_wh(frame))])
        return max((face for face in far if _same(face.region, region)), key=lambda face: face.score, default=None)

    def _refined(self, frame: Frame, face: Face) -> Face:
        """Return a face as a close look shows it; as it is, where that shows nothing."""
        if _fills(face.region, frame):
            return face
        if face.region.size_px < _ENLARGED_PX and (enlarged := self._enlarged(frame, face.region)) is not None:
            face = enlarged
        close = self._look_close(frame, face.region)
        if close is None or not _same(close.region, face.region):
            return face
        return replace(close, score=face.score, sure=face.sure)

    def _look_close(self, frame: Frame, region: Region) -> Face | None:
        """Return the face at a place as a close look shows it; None if it shows none that is sure and in the picture.

        Where it is in doubt, the place is looked at upside down too: both detectors take some faces that stand on their
        heads for ones that don't and lie higher, which would leave their eyes bare.
        """
        found = self._closely_seen(frame, region)
        if found is None or found.score < _CLEAR_SCORE:
            turned = self._closely_seen(frame, replace(region, roll_rad=region.roll_rad + math.pi))
            if turned is not None and turned.score >= _CLEAR_SCORE:
                return turned
        return found if found is not None and found.sure else None

    def _closely_seen(self, frame: Frame, region: Region) -> Face | None:
        face = self._near.look(frame.image, region) if self._near is not None else None
        return face if face is not None and _is_inside(face, frame) else None

    def _look_far(self, frame: Frame, looks: Iterable[Look], near: Sequence[Face] = ()) -> list[Face]:
        """Return what looks of the far detector show. near: who has been found without a mirror."""
        if self._far is None:
            return []
        try:
            size_wh = _size_wh(frame)
            found = [(look, face) for look in looks for face in self._far.look(frame.image, look)]
            found = [
                (look, face) for look, face in found if _is_inside(face, frame) and not is_cut(face, look, size_wh)
            ]
            seen = [*near, *(face for look, face in found if not is_mirrored(look, size_wh))]
            return [
                face for look, face in found if not is_mirrored(look, size_wh) or not _is_part_of(face, seen, size_wh)
            ]
        except cv2.error as error:
            log.warning("The detector of far faces fails, and is not used any more: %s.", str(error.err).rstrip("."))
            self._far = None
            return []

    def _looks(self, frame: Frame, lost: Sequence[Region], known: bool) -> Iterator[Look]:
        """Give the looks of the far detector that this frame deserves.

        lost: where people are expected who were not found. known: whether there is anybody.
        """
        if lost or not known:
            yield from looks_for(lost, _size_wh(frame))
        # A frame with close looks takes long enough already.
        wait_s = _FAR_S + (_PUT_OFF_S if any(one.looked_s == frame.time_s for one in self._followed) else 0.0)
        due = self._closely == "on" or not 0 <= frame.time_s - self._far_s < wait_s
        if due and self._allowed():
            self._far_s = frame.time_s
            yield next_look(self._turn, _size_wh(frame), parts=self._closely != "off")
            self._turn += 1


def _size_wh(frame: Frame) -> tuple[int, int]:
    return frame.image.shape[1], frame.image.shape[0]


def _fills(region: Region, frame: Frame) -> bool:
    """Return whether a face fills the picture."""
    return _FILLED * region.size_px > max(_size_wh(frame))


def _is_inside(face: Face, frame: Frame) -> bool:
    """Return whether a face lies in the picture, and is not the mirror image of one beyond its border."""
    height, width = frame.image.shape[:2]
    (x, y), margin = face.region.center, _OUTSIDE * face.region.size_px
    return -margin <= x <= width + margin and -margin <= y <= height + margin


def _is_part_of(face: Face, seen: Sequence[Face], size_wh: tuple[int, int]) -> bool:
    """Return whether what lies in the picture of a face seen in the mirror is part of one that is surely seen without.

    A face that nearly fills the picture makes another one with its mirror image, half as far to the side.
    """
    left, top, right, bottom = (min(max(edge, 0.0), size_wh[n % 2]) for n, edge in enumerate(face.box))
    return any(
        one.sure and _shared(left, right, one.box[0], one.box[2]) * _shared(top, bottom, one.box[1], one.box[3]) > _PART
        for one in seen
    )


def _shared(start: float, end: float, other_start: float, other_end: float) -> float:
    """Return the share of a length that another one has, too."""
    return max(min(end, other_end) - max(start, other_start), 0.0) / max(end - start, 1e-6)


def _close_after_s(region: Region, near: Sequence[Face]) -> float:
    """Return how long after a close look at somebody the next is due, by where a look at all of the picture shows them.

    region: where they are expected.
    """
    away = min((math.dist(face.region.center, region.center) for face in near if face.sure), default=math.inf)
    return max((wait_s for share, wait_s in _CLOSE_S if away < share * region.size_px), default=0.0)


def _still_fits(place: Region, region: Region) -> bool:
    """Return whether a close look at a place shows a face as well as one taken right at it would."""
    moved = math.dist(place.center, region.center) / place.size_px
    grown = abs(math.log(region.size_px / place.size_px))
    turned = abs(math.remainder(region.roll_rad - place.roll_rad, 2 * math.pi))
    return moved < _MOVED and grown < _GROWN and turned < _TURNED_RAD


def _merged(near: Sequence[Face], far: Sequence[Face]) -> list[Face]:
    """Return one face for each place, the surest first, with the keypoints of the far detector where it saw it too.

    Where both have found a face, they are more certain together than either is.
    """
    near, far = (_distinct(sorted(faces, key=lambda face: -face.score)) for faces in (near, far))
    merged = []
    for face in _distinct([*far, *near]):
        others = near if any(face is one for one in far) else far
        doubt = min((1 - other.score for other in others if _same(face.region, other.region)), default=1.0)
        merged.append(replace(face, score=1 - (1 - face.score) * doubt))
    return sorted(merged, key=lambda face: -face.score)


def _confirmed_by(face: Face, far: Sequence[Face]) -> Face:
    """Return a face with the far detector's score where that is higher."""
    return replace(face, score=max([face.score, *(one.score for one in far if _same(one.region, face.region))]))


def _distinct(faces: Sequence[Face]) -> list[Face]:
    """Return one face for each place, the first."""
    kept: list[Face] = []
    for face in faces:
        if not _at(face.region, kept):
            kept.append(face)
    return kept


def _at(region: Region, faces: Sequence[Face]) -> bool:
    return any(_same(region, face.region) for face in faces)


def _same(one: Region, other: Region) -> bool:
    distance = math.dist(one.center, other.center)
    return distance < _SAME_DISTANCE * max(one.size_px, other.size_px)
