"""From a picture and a region to the grey patch that the network reads.

This is the only preprocessing in the repository: training and the live program both cut their faces here, so that the
two can't drift apart. Scaling and normalisation are part of the exported network.
"""

from __future__ import annotations

import cv2
import numpy as np

from realtime.faces.region import square_around
from realtime.records import Region

# Written into every exported model. Raise it whenever `face_patch` gives other pixels.
PATCH_VERSION = 1
# Sides of a patch in pixels, as FER-2013's pictures have them.
PATCH_SIZE = 48

# A large face is sampled on a grid up to this many times finer than the patch, then averaged.
_MAX_OVERSAMPLING = 4


def face_patch(image: np.ndarray, region: Region, size: int = PATCH_SIZE) -> np.ndarray:
    """Cut the region out of the picture as an upright grey square.

    Args:
        image: uint8 (H, W, 3) BGR or (H, W) grey.
        region: What to cut out, in pixels; beyond the picture its border is repeated.
        size: Sides of the patch in pixels.

    Returns:
        uint8 (size, size), grey. A whole picture of the patch's own size comes back unchanged.

    Raises:
        ValueError: The picture is empty or the region has no size.
    """
    if image.size == 0 or not region.size_px > 0:
        raise ValueError(f"no face patch from a picture of shape {image.shape} and a region of {region.size_px} px")
    oversampling = min(max(round(region.size_px / size), 1), _MAX_OVERSAMPLING)
    side = size * oversampling
    patch = cv2.warpAffine(
        image,
        square_around(region, region.size_px, side),
        (side, side),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    if patch.ndim == 3:
        patch = cv2.cvtColor(patch, cv2.COLOR_BGR2GRAY)
    if oversampling > 1:
        patch = cv2.resize(patch, (size, size), interpolation=cv2.INTER_AREA)
    return patch
