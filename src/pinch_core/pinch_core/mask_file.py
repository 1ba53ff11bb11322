# SPDX-License-Identifier: Apache-2.0
"""Segmentation masks on disk, in the forms that labelling tools and networks write."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pinch_core.errors import MaskError
from pinch_core.file_content import read_content
from pinch_core.file_kinds import Wanted
from pinch_core.stored_array import decode_array

UInt8 = NDArray[np.uint8]

_OPAQUE = 255


def read_segmask(path: Path) -> UInt8:
    """The mask of the objects to grasp: bool or integers, non-zero = object, from .npy, or an image whose
    channels agree, or which has two colours, one of them black. Returns UInt8[H, W].

    Raises:
        MaskError: missing, or of another kind.
        DamagedFileError: truncated or corrupt.
    """
    stored = decode_array(read_content(path, MaskError, Wanted.MASK.value), path, Wanted.MASK)
    shape = tuple(side for side in stored.shape if side != 1)
    if path.suffix.lower() == ".npy":
        if stored.ndim != 2 and len(shape) == 2:
            stored = stored.reshape(shape)
        if stored.ndim == 3 and (stored.shape[2] not in (3, 4) or stored.dtype != np.uint8):
            raise MaskError(
                f"{path} holds {stored.shape[0]} x {stored.shape[1]} x {stored.shape[2]} values, as many "
                f'masks; save one of them with: python3 -c "import numpy as np; '
                f"np.save('{path.stem}_0.npy', np.load('{path}')[0])\"."
            )
    if stored.ndim == 3:
        stored = _one_channel(stored, path)
    if stored.ndim != 2:
        raise MaskError(f"{path} has the shape {stored.shape}; a mask has rows and columns.")
    if stored.dtype == np.uint8:
        return np.asarray(stored, dtype=np.uint8)
    if stored.dtype.kind not in "bui" and not (
        stored.dtype.kind == "f" and np.isin(stored, (0.0, 1.0, 255.0)).all()
    ):
        raise MaskError(
            f"{path} holds {stored.dtype} other than 0 and 1, as a network's probabilities are; apply a "
            f'threshold with: python3 -c "import numpy as np; '
            f"np.save('{path.stem}_mask.npy', np.load('{path}') > 0.5)\"."
        )
    return np.where(stored != 0, 255, 0).astype(np.uint8)


def _one_channel(image: NDArray[np.generic], path: Path) -> NDArray[np.generic]:
    """The channel that all agree on, or where a colour is, if there is one beside black."""
    channels = image.shape[2]
    colours = image[:, :, :3] if channels == 4 else image
    if channels == 4 and not (image[:, :, 3] == np.iinfo(image.dtype.str).max).all():
        raise MaskError(
            f"{path} has an alpha channel that varies, so colour and transparency both may be the mask; "
            f'save the one that is meant, transparency for example with: python3 -c "import cv2; '
            f"cv2.imwrite('{path.stem}_mask.png', cv2.imread('{path}', -1)[:, :, 3])\"."
        )
    if (colours == colours[:, :, :1]).all():
        return colours[:, :, 0]
    found = np.unique(colours.reshape(-1, colours.shape[2]), axis=0)
    if len(found) <= 2 and not found[0].any():
        return np.where(colours.any(axis=2), 255, 0).astype(np.uint8)
    red, green, blue = (int(value) for value in found[-1][::-1][:3])
    raise MaskError(
        f"{path} has {len(found)} colours, and nothing tells which of them is the object; save one of them, "
        f'red {red}, green {green}, blue {blue} for example, with: python3 -c "import cv2; '
        f"cv2.imwrite('{path.stem}_mask.png', cv2.inRange(cv2.imread('{path}'), ({blue}, {green}, {red}), "
        f'({blue}, {green}, {red})))".'
    )
