"""What speaks for a face being one, and how long it takes to be sure."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from realtime.records import Face, Landmarks, Region

# Looks for landmarks where a face was found; None if there are none.
Ask = Callable[[Region], "Landmarks | None"]

# A face that neither detector is sure of has to be confirmed this often.
_ANSWERS_UNSURE = 2
# Each time it was refused, a face is shown to the verifier in another size, as detectors misjudge small ones, and a bit
# higher, as they place those too low that are turned or cut by the upper border: zoom, and shift in sizes of the face.
_VIEWS = ((1.0, 0.0), (1.25, 0.08), (0.85, 0.0), (1.25, 0.16))
# Once refused, a face is asked about again after these times in seconds, then always after the last of them.
_PATIENCE_S = (0.0, 0.0, 0.1, 0.2, 0.5)
# After this number of refusals nothing new is expected.
_SETTLED = 3
# A face of at least this score may be one although it has no landmarks, as behind a mask or a hand: if it has it at
# first sight, or twice within the time below, which a print on a shirt hardly does.
_LIKELY_SCORE = 0.8
# A face with a smaller region needs this score: enlarged, a tiny head from behind has 0.81.
_SMALL_PX = 24
_LIKELY_SCORE_SMALL = 0.85
# It stays likely for this long after it last had that score.
_LIKELY_FOR_S = 1.0
# Where nobody can be asked, a face that the detector is not sure of counts after this number of sightings ...
_SIGHTINGS = 3
# ... if they fall within this time.
_SIGHTINGS_S = 1.0


class Evidence:
    """Whether a track is a person: confirmed for good, likely for now, or neither."""

    def __init__(self, face: Face, time_s: float) -> None:
        """Begin with the first sighting."""
        self.face = face
        self.confirmed = False
        self._seen_s = self._since_s = time_s
        self._high_s = self._likely_s = -math.inf
        self._sightings = 0
        self._answers = self._refusals = 0
        self._next_ask_s = -math.inf

    def seen(self, face: Face, time_s: float) -> None:
        """Take in a sighting."""
        self.face, self._seen_s = face, time_s
        self._sightings += 1
        likely = _LIKELY_SCORE if face.region.size_px >= _SMALL_PX else _LIKELY_SCORE_SMALL
        if face.sure and face.score >= likely:
            if self._sightings == 1 or time_s - self._high_s <= _LIKELY_FOR_S:
                self._likely_s = time_s
            self._high_s = time_s
        if time_s - self._since_s > _SIGHTINGS_S:
            self._sightings, self._since_s = 1, time_s

    def trust_detector(self) -> None:
        """Go by the detector's word, as there is nobody to ask: at once where it is sure, else after some sightings."""
        self.confirmed |= self.face.sure or self._sightings >= _SIGHTINGS

    def wants_answer(self, time_s: float) -> bool:
        """Return whether to ask about this face now."""
        enough = self.face.sure or self._sightings > 1
        return enough and not self.confirmed and self._seen_s == time_s and time_s >= self._next_ask_s

    @property
    def region(self) -> Region:
        """What to ask about: the face, seen in another way after each refusal."""
        region, (zoom, up) = self.face.region, _VIEWS[self._refusals % len(_VIEWS)]
        x, y = region.center
        center = (
            x + up * region.size_px * math.sin(region.roll_rad),
            y - up * region.size_px * math.cos(region.roll_rad),
        )
        return replace(region, center=center, size_px=region.size_px * zoom)

    @property
    def urgency(self) -> tuple[bool, bool, float]:
        """By which to sort those to ask about: never asked about first, then sure, then large."""
        return self.asked, not self.face.sure, -self.face.region.size_px

    def answer(self, landmarks: Landmarks | None, time_s: float) -> None:
        """Take in what was found where the face is."""
        if landmarks is None:
            self._next_ask_s = time_s + _PATIENCE_S[min(self._refusals, len(_PATIENCE_S) - 1)]
            self._refusals += 1
            self._answers = 0
        else:
            self._answers += 1
            self.confirmed = self._answers >= (1 if self.face.sure else _ANSWERS_UNSURE)

    @property
    def asked(self) -> bool:
        """Whether there was an answer yet."""
        return self._answers + self._refusals > 0

    @property
    def settled(self) -> bool:
        """Whether no further answer will change much."""
        return self.confirmed or self._refusals >= _SETTLED

    @property
    def likely(self) -> bool:
        """Whether to hide the face although it is not confirmed."""
        return self._seen_s - self._likely_s <= _LIKELY_FOR_S or (self.face.sure and not self.asked)
