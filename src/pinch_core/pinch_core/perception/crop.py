# SPDX-License-Identifier: Apache-2.0
"""Depth crops aligned with a grasp: the same code cuts them for training and for planning (P IV, Fig. 3).

**Crops are relative**: their values are the depth of the scene minus the depth of the grasp [m]. So the
generator stores them, datasets and training keep them, and networks take them, with the depths of the
grasps beside. Only what is cut out of an image (:func:`crop_depth`) and what other programs wrote (the
published Dex-Net 2.0, recorded attempts) has the depth from the camera; :func:`relative_crops` converts it,
once, where it is cut or read. Networks that were trained on the depth from the camera, as imported ones,
add it themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

# OpenCV's images have fewer rows and columns than this.
MAX_ROWS = 32_000


@dataclass(frozen=True)
class CropShape:
    """``size`` x ``size`` pixels, ``spacing`` pixels of the image apart.

    The grasp centre lands on index [size // 2, size // 2], the closing axis on the middle row, pointing to
    higher columns. With a spacing above one, each value is the mean over a square of that side, as if a
    larger crop had been shrunk.
    """

    size: int
    spacing: int = 1


# 96 x 96 pixels as in the paper, and the same field of view at a third of the resolution.
CROP_96 = CropShape(96)
CROP_32 = CropShape(32, 3)


def crop_shape(size: int) -> CropShape:
    """The shape in which crops of that many pixels show the paper's field of view, or nearly so."""
    return CropShape(size, max(1, round(CROP_96.size / size)))


def crop_depth(depth: Float32, centers: Float64, angles: Float64, shape: CropShape) -> Float32:
    """Float32[N, size, size]: the image around each centre, rotated so that the closing axis is horizontal; 0
    outside.

    Args:
        depth: Float32[H, W].
        centers: Float64[N, 2], pixel (column, row) of the grasp centres.
        angles: Float64[N], of the closing axes in the image [rad], rows counting down.
    """
    return sample_crops(averaged(depth, shape), centers, angles, shape)


def averaged(depth: Float32, shape: CropShape) -> Float32:
    """Float32[H, W]: the image as crops of a shape take it, each value the mean over one of their pixels."""
    if shape.spacing == 1:
        return depth
    return np.asarray(cv2.blur(depth, (shape.spacing, shape.spacing)), dtype=np.float32)


def sample_crops(depth: Float32, centers: Float64, angles: Float64, shape: CropShape) -> Float32:
    """As :func:`crop_depth`, of an image that is :func:`averaged` already."""
    count, size = len(centers), shape.size
    offset = (np.arange(size, dtype=np.float32) - size // 2) * np.float32(shape.spacing)
    cosine, sine = (function(angles).astype(np.float32)[:, None, None] for function in (np.cos, np.sin))
    along, across = offset[None, None, :], offset[None, :, None]
    column = centers[:, 0].astype(np.float32)[:, None, None] + cosine * along - sine * across
    row = centers[:, 1].astype(np.float32)[:, None, None] + sine * along + cosine * across
    crops = np.empty((count, size, size), dtype=np.float32)
    at_once = MAX_ROWS // size
    for start in range(0, count, at_once):
        part = slice(start, min(start + at_once, count))
        cv2.remap(
            depth,
            column[part].reshape(-1, size),
            row[part].reshape(-1, size),
            cv2.INTER_LINEAR,
            dst=crops[part].reshape(-1, size),
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=0,
        )
    return crops


def relative_crops(crops: Float32, depths: NDArray[np.floating]) -> Float32:
    """Float32[N, size, size]: crops with the depth from the camera [m], minus the ``depths`` of their grasps,
    Float[N] [m].
    """
    return crops - depths.astype(np.float32)[:, None, None]


def fill_gaps(crops: Float32) -> Float32:
    """Float32[N, size, size]: crops as networks take them, for training and for planning alike.

    Pixels without return (NaN) take the largest depth of the crop: mostly they are table, in the shadow of
    an object. A crop without any return stays as it is.
    """
    gaps = np.isnan(crops)
    if not gaps.any():
        return crops
    farthest = np.where(gaps, -np.inf, crops).max(axis=(1, 2), keepdims=True)
    return np.where(gaps & np.isfinite(farthest), farthest, crops)
