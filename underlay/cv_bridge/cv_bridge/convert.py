# SPDX-License-Identifier: Apache-2.0
"""From one encoding to another: colours by OpenCV, then bit depth."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from cv_bridge.encodings import CvBridgeError, Encoding

# Full scale maps to full scale between 8 and 16 bits; every other change of depth keeps the value.
_SCALE = {(1, 2): 65535.0 / 255.0, (2, 1): 255.0 / 65535.0}


def convert(image: NDArray[Any], source: Encoding, target: Encoding) -> NDArray[Any]:
    """`image` of encoding `source` as encoding `target`; the image itself where nothing has to change."""
    if source.colour and target.colour:
        image = _change_colour(image, source, target)
    elif source.channels != target.channels:
        raise CvBridgeError(
            f"encoding '{source.name}' has {source.channels} channels, "
            f"'{target.name}' has {target.channels}; only colours convert to another number of channels"
        )
    return _change_depth(image, source.dtype, target.dtype)


def _change_colour(image: NDArray[Any], source: Encoding, target: Encoding) -> NDArray[Any]:
    if source.colour == target.colour:
        return image
    try:
        return cv2.cvtColor(image, getattr(cv2, f"COLOR_{source.colour}2{target.colour}"))
    except cv2.error as error:
        raise CvBridgeError(
            f"image of shape {image.shape} does not convert from '{source.name}' to '{target.name}': {error}"
        ) from error


def _change_depth(image: NDArray[Any], source: np.dtype[Any], target: np.dtype[Any]) -> NDArray[Any]:
    if source == target:
        return image
    scaled = image.astype(np.float64) * _SCALE.get((source.itemsize, target.itemsize), 1.0)
    if target.kind == "f":
        return scaled.astype(target)
    limits = np.iinfo(target)
    # As OpenCV does: round half to even, saturate. NaN becomes 0, which in depth images means "no return".
    whole = np.clip(np.rint(scaled), limits.min, limits.max)
    return np.asarray(np.nan_to_num(whole, nan=0.0).astype(target))
