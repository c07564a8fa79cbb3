"""The expression model: one ONNX file, checked when it is opened, run on all faces of a frame at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime

from realtime.errors import AssetError
from realtime.faces.model_file import fingerprint, metadata_of, open_session
from realtime.faces.preprocess import PATCH_SIZE, PATCH_VERSION
from realtime.limits import one_line, strict_json
from realtime.records import EMOTIONS, GENDERS, Prediction
from realtime.shipped import SHIPPED_MODEL as SHIPPED_MODEL  # also for those who import it from here

# The name of the model's only input.
INPUT = "faces"
# Name of an output of the model -> number of its classes.
HEADS = {"emotion": len(EMOTIONS), "gender": len(GENDERS), "fer": len(EMOTIONS), "ferplus": 8}
# The output that tells faces apart more finely than classes do: what the heads are made of, at length 1.
FEATURES = "features"

# Larger batches are not faster, but take more memory: 40 MB with 30 faces.
_MAX_BATCH = 8
# A network has a few hundred features.
_MAX_FEATURES = 4096

_REMEDY = (
    "Use the model that came with the program (models/face_expression.onnx, restore it with "
    "'git checkout models'), or train one with 'python -m training.train'."
)


class Classifier:
    """Emotion and gender probabilities for face patches, by an ONNX file under our model contract."""

    def __init__(self, path: str | Path = SHIPPED_MODEL, features: bool | None = False) -> None:
        """Open and check the file.

        Args:
            path: An ONNX file.
            features: Whether predictions shall carry the features of the faces, which cost nothing where they don't;
                None: where the model has them.

        Raises:
            AssetError: It is missing, broken or of another contract, or has no features where they are wanted.
        """
        self.path = Path(path)
        self._session = open_session(self.path, _REMEDY)
        self.metadata = metadata_of(self.path, self._session, _REMEDY)
        _check_metadata(self.path, self.metadata)
        _check_signature(self.path, self._session)
        self.has_features = _has_features(self.path, self._session)
        if features and not self.has_features:
            raise AssetError(
                f"{self.path} has no output '{FEATURES}', by which a face is taught.",
                "Use the model that came with the program, or add the output with 'python -m training.features MODEL'.",
            )
        self._features = self.has_features if features is None else features

    def predict(self, patches: Sequence[np.ndarray]) -> list[Prediction]:
        """Classify patches.

        Args:
            patches: Each uint8 (S, S), grey, from `face_patch`.

        Returns:
            One prediction for each patch, in order.

        Raises:
            AssetError: The model fails, or gives anything but probabilities.
        """
        if len(patches) == 0:
            return []
        wanted = ("emotion", "gender", FEATURES) if self._features else ("emotion", "gender")
        heads = self.run(np.stack(patches)[:, None], wanted)
        return [Prediction(*rows) for rows in zip(*(heads[name] for name in wanted), strict=True)]

    def run(self, faces: np.ndarray, heads: Sequence[str] = tuple(HEADS)) -> dict[str, np.ndarray]:
        """Run a batch of patches.

        Args:
            faces: Patches, uint8 (N, 1, S, S), grey.
            heads: The outputs that are wanted, of HEADS, and FEATURES where the model has them.

        Returns:
            Probabilities by head, each float32: emotion (N, 7) in the order of EMOTIONS, gender (N, 2) in the order of
            GENDERS, fer (N, 7) in the order of EMOTIONS, ferplus (N, 8) in the order of the FER+ publication (Barsoum
            et al., 2016). Features, float32 (N, C), are no probabilities: each row has length 1.

        Raises:
            AssetError: The model fails, or gives anything but probabilities.
        """
        starts = range(0, max(len(faces), 1), _MAX_BATCH)
        parts = [self._run(faces[start : start + _MAX_BATCH], heads) for start in starts]
        return {head: np.concatenate(values) for head, values in zip(heads, zip(*parts, strict=True), strict=True)}

    def _run(self, faces: np.ndarray, heads: Sequence[str]) -> list[np.ndarray]:
        try:
            values = self._session.run(list(heads), {INPUT: faces})
        except Exception as error:  # onnxruntime's exceptions have no common public base
            raise AssetError(f"{self.path.name} failed while running: {one_line(error)}.", _REMEDY) from error
        for head, value in zip(heads, values, strict=True):
            if head == FEATURES:
                if not (np.isfinite(value).all() and np.allclose(np.square(value).sum(1), 1, atol=1e-3)):
                    raise AssetError(f"{self.path.name} gave features whose length is not 1.", _REMEDY)
            elif not (np.isfinite(value).all() and np.allclose(value.sum(1), 1, atol=1e-3)):
                raise AssetError(f"{self.path.name} gave numbers for '{head}' that are no probabilities.", _REMEDY)
        return list(values)


def model_fingerprint(path: Path) -> str:
    """Return what tells a model from every other: features mean something to the model alone that gave them."""
    return fingerprint(path, _REMEDY)


def _check_metadata(path: Path, metadata: dict[str, str]) -> None:
    expected = {
        "emotions": list(EMOTIONS),
        "genders": list(GENDERS),
        "patch_version": PATCH_VERSION,
        "size": PATCH_SIZE,
    }
    for key, value in expected.items():
        try:
            found = strict_json(metadata[key])
        except KeyError:
            raise AssetError(f"{path} does not say its '{key}', the program needs {value}.", _REMEDY) from None
        except ValueError:
            found = metadata[key]
        if found != value:
            raise AssetError(f"{path} has '{key}' {one_line(found)}, the program needs {value}.", _REMEDY)


def _check_signature(path: Path, session: onnxruntime.InferenceSession) -> None:
    try:
        inputs = {i.name: (i.type, i.shape[1:]) for i in session.get_inputs()}
        outputs = {o.name: (o.type, o.shape[1:]) for o in session.get_outputs()}
    except UnicodeDecodeError as error:
        raise AssetError(f"{path} has an input or output whose name is no text in UTF-8.", _REMEDY) from error
    expected_input = {INPUT: ("tensor(uint8)", [1, PATCH_SIZE, PATCH_SIZE])}
    if inputs != expected_input:
        raise AssetError(f"{path} takes {one_line(inputs)}, the program gives {expected_input}.", _REMEDY)
    for head, classes in HEADS.items():
        if outputs.get(head) != ("tensor(float)", [classes]):
            raise AssetError(
                f"{path} gives {outputs.get(head)} for '{head}', the program needs ('tensor(float)', [{classes}]).",
                _REMEDY,
            )


def _has_features(path: Path, session: onnxruntime.InferenceSession) -> bool:
    """Return whether a model gives features. Raises AssetError if what it calls so is something else."""
    found = {o.name: (o.type, o.shape) for o in session.get_outputs()}.get(FEATURES)
    if found is None:
        return False
    kind, shape = found
    if kind != "tensor(float)" or len(shape) != 2 or not isinstance(shape[1], int) or not 0 < shape[1] <= _MAX_FEATURES:
        raise AssetError(
            f"{path} gives {one_line(found)} for '{FEATURES}', the program needs ('tensor(float)', [N, C]).", _REMEDY
        )
    return True
