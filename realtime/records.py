"""The records that flow through the program, and the names of their classes.

Coordinates are in pixels of the frame, continuous, x to the right and y down, with the
origin at the top left corner of the picture (so the centre of the first pixel is at 0.5).
Angles are in radians, positive clockwise as seen on the screen.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

# MediaPipe's names of what moves in a face, in its order; "_neutral" is what is left of 1.
BLENDSHAPES = (
    *("_neutral", "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight", "cheekPuff"),
    *("cheekSquintLeft", "cheekSquintRight", "eyeBlinkLeft", "eyeBlinkRight", "eyeLookDownLeft", "eyeLookDownRight"),
    *("eyeLookInLeft", "eyeLookInRight", "eyeLookOutLeft", "eyeLookOutRight", "eyeLookUpLeft", "eyeLookUpRight"),
    *("eyeSquintLeft", "eyeSquintRight", "eyeWideLeft", "eyeWideRight", "jawForward", "jawLeft", "jawOpen", "jawRight"),
    *("mouthClose", "mouthDimpleLeft", "mouthDimpleRight", "mouthFrownLeft", "mouthFrownRight", "mouthFunnel"),
    *("mouthLeft", "mouthLowerDownLeft", "mouthLowerDownRight", "mouthPressLeft", "mouthPressRight", "mouthPucker"),
    *("mouthRight", "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper", "mouthSmileLeft"),
    *("mouthSmileRight", "mouthStretchLeft", "mouthStretchRight", "mouthUpperUpLeft", "mouthUpperUpRight"),
    *("noseSneerLeft", "noseSneerRight"),
)

EMOTIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")

# What a reading says in place of an emotion where the face can't be read: too dark, too small, too far turned.
UNSURE = "unsure"

# Perceived gender presentation, for choosing a drawing. It says nothing about identity.
GENDERS = ("female", "male")

# The average probability a drawing needs, order GENDERS, where a model does not say.
GENDER_THRESHOLDS = (0.75, 0.75)
# What is drawn around people who laugh; "calm" is for people who avoid flashing: few hearts that rise slowly.
REACTIONS = ("hearts", "confetti", "calm")

# What a drawing can show: a presentation, or "neutral" where it is unknown or not wanted.
PRESENTATIONS = (*GENDERS, "neutral")

# An expression of one's own is one word of small letters and digits, ...
_OWN_WORD = re.compile(r"[a-z][a-z0-9]{1,23}")
# ... that stands for nothing else where expressions, drawings and files of drawings are named.
_TAKEN = {*EMOTIONS, UNSURE, *PRESENTATIONS, "all", "blink", "lost", "paused"}

# Half the width and half the height of a head, hair and chin included, in sides of the face's region: FER's framing
# puts the eyes at 40 % and the mouth at 78 % of its height, and the eyes lie halfway between chin and crown.
HEAD_RADII = (0.575, 0.70)


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """A picture as most video files have it: where another shows the same, it is this, without any rounding.

    planes: brightness, uint8 (H, W), and blue and red differences, uint8 (H / 2, W / 2), of BT.709 with video levels;
    H and W are even. image: the same, uint8 (H, W, 3), BGR. stands_in: whether that one is all black, as nobody needs
    it; planes then tell of no other picture. None of it is ever written to.
    """

    planes: tuple[np.ndarray, np.ndarray, np.ndarray]
    image: np.ndarray
    stands_in: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of a source.

    image: uint8 (H, W, 3), BGR, never written to. index: 0-based number within the source.
    time_s: seconds; monotonic clock at capture for devices, media time for files.
    source: the device, file or address it came from, as a user would write it.
    coded: what it was before anything was drawn, of which whoever encodes it takes what is still the same.
    """

    image: np.ndarray
    index: int
    time_s: float
    source: str
    coded: Coded | None = None


@dataclass(frozen=True, slots=True)
class Region:
    """The rotated square a face patch is cut from.

    center: (x, y) in pixels. size_px: side length in pixels. roll_rad: rotation of the head.
    """

    center: tuple[float, float]
    size_px: float
    roll_rad: float = 0.0

    @classmethod
    def whole(cls, image: np.ndarray) -> Region:
        """Return the smallest upright square that holds a whole picture (H, W[, C])."""
        height, width = image.shape[:2]
        return cls((width / 2, height / 2), float(max(height, width)))


@dataclass(frozen=True, slots=True, eq=False)
class Keypoints:
    """Points of a face, x and y in pixels, by name.

    points: float32 (4, 2), all of them, in the order of the properties.
    """

    points: np.ndarray

    @property
    def left_eye(self) -> np.ndarray:
        """The eye at the picture's left, float32 (2,)."""
        return self.points[0]

    @property
    def right_eye(self) -> np.ndarray:
        """The eye at the picture's right, float32 (2,)."""
        return self.points[1]

    @property
    def nose(self) -> np.ndarray:
        """The tip of the nose, float32 (2,)."""
        return self.points[2]

    @property
    def yaw(self) -> float:
        """How far a head is turned to the side, positive to the right, without a unit.

        It is how far the nose lies beside the middle of the eyes, in distances of the eyes.
        """
        across = self.right_eye - self.left_eye
        return float((self.nose - (self.left_eye + self.right_eye) / 2) @ across / max(float(across @ across), 1e-6))

    @property
    def mouth(self) -> np.ndarray:
        """The middle of the mouth, float32 (2,)."""
        return self.points[3]


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A detected face.

    box: (left, top, right, bottom) in pixels, not clipped to the picture.
    score: detector confidence, 0 to 1.
    sure: whether the detector's word is enough; what is not sure takes several sightings to count.
    """

    box: tuple[float, float, float, float]
    score: float
    keypoints: Keypoints
    region: Region
    sure: bool = True

    def moved_to(self, region: Region) -> Face:
        """Return the face moved and scaled along with its region; it is not rolled."""
        scale = region.size_px / self.region.size_px
        (x, y), (old_x, old_y) = region.center, self.region.center
        left, top, right, bottom = self.box
        return replace(
            self,
            box=(
                x + (left - old_x) * scale,
                y + (top - old_y) * scale,
                x + (right - old_x) * scale,
                y + (bottom - old_y) * scale,
            ),
            keypoints=Keypoints(((self.keypoints.points - (old_x, old_y)) * scale + (x, y)).astype("float32")),
            region=region,
        )


@dataclass(frozen=True, slots=True)
class Landmarks:
    """What the landmarks of a face tell.

    center, radii: of the face's outline, forehead to chin, in pixels; radii across and along the face as it is rolled.
    yaw_rad: how far the face is turned, positive to the picture's right. pitch_rad: the same downwards.
    """

    center: tuple[float, float]
    radii: tuple[float, float]
    yaw_rad: float = 0.0
    pitch_rad: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class FaceMovement:
    """How the parts of a face are moved in one frame, and how the head is turned.

    blendshapes: how far each of the movements BLENDSHAPES is made, 0 to 1, by its name; left and right are the person's
    own. yaw_deg: positive to the picture's right. pitch_deg: positive downwards. roll_deg: positive
    clockwise as seen on the screen.
    """

    blendshapes: Mapping[str, float]
    yaw_deg: float
    pitch_deg: float
    roll_deg: float


@dataclass(frozen=True, slots=True)
class Suspect:
    """Where something is that may be a face, of which there is not enough evidence.

    likely: whether a person would rather call it one, as with a mask or a hand before the face.
    """

    region: Region
    likely: bool


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """Probabilities for one face.

    emotions: float32 (7,), sums to 1, order EMOTIONS. genders: float32 (2,), sums to 1, order GENDERS.
    features: what the model made them of, float32 (C,), of length 1; None where nobody asked for it. own: the
    expression of their own that the owner of the program makes, a word that they taught; empty for none.
    """

    emotions: np.ndarray
    genders: np.ndarray
    features: np.ndarray | None = None
    own: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """What was found in a frame, by the parts that look at pictures.

    cut: whether the frame begins something new. faces: None where they were not looked for. answers: of the verifier,
    in the order in which it was asked. predictions: for the faces of people, in the order of the faces. tracks: whose
    each of the faces is. movements: of the faces that were asked about, in the order in which they were.
    """

    cut: bool
    faces: Sequence[Face] | None
    answers: Sequence[Landmarks | None] = ()
    predictions: Sequence[Prediction] = ()
    tracks: Sequence[int] = ()
    movements: Sequence[FaceMovement | None] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """What one frame shows of one person.

    track: the person's id. patch: uint8 (S, S), grey, cut from the face's region. hint: what stands in the way of
    reading the face, in words to its owner; empty when nothing does.
    """

    track: int
    face: Face
    patch: np.ndarray
    prediction: Prediction
    hint: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What is known of one person in one frame.

    track: id, stable while the person is in view. face: smoothed geometry. raw: this frame's
    prediction, None while the face is only predicted to be there. prediction: average over time.
    emotion: one of EMOTIONS, or UNSURE. presentation: one of PRESENTATIONS, "neutral" where the gender heads are
    unsure. intensity: lead of the emotion over the next likely one, 0 to 1. strong: whether that is enough for the
    strong drawing. hint: what would help to read the face, empty when nothing stands in the way. movement: how the
    face moves in this frame; None where nobody asked, or it can't be seen. own: the expression of their own that is
    shown in place of the emotion, a word; empty for none.
    """

    track: int
    face: Face
    raw: Prediction | None
    prediction: Prediction
    emotion: str
    presentation: str
    intensity: float = 0.0
    strong: bool = True
    hint: str = ""
    movement: FaceMovement | None = None
    own: str = ""


def is_own_word(text: str) -> bool:
    """Return whether an expression of one's own may be called so."""
    return bool(_OWN_WORD.fullmatch(text)) and text not in _TAKEN
