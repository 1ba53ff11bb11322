# SPDX-License-Identifier: Apache-2.0
"""Protocols of models that score grasps, for any engine. This module imports no engine."""

from __future__ import annotations

import os
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pinch_core.errors import InvalidDepthError
from pinch_core.networks.errors import NetworkError

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

# Crops at once that a CPU's cache holds.
CPU_BATCH = 100


class QualityModel(Protocol):
    """A trained network, run by any engine."""

    @property
    def crop_size(self) -> int:
        """Side of the crops it was trained on [px]."""
        ...

    @property
    def engine(self) -> str:
        """What runs it, in words."""
        ...

    def predict(self, crops: Float32, depths: Float32) -> Float64:
        """Float64[N] in [0, 1]: the probability that each grasp succeeds.

        Args:
            crops: Float32[N, S, S], aligned with the grasps and relative to them [m].
            depths: Float32[N], of the grasps [m].

        Raises:
            NetworkError: crops of another size than the network's.
            InvalidDepthError: a pixel or depth is not finite.
        """
        ...


class DenseQualityModel(Protocol):
    """A fully convolutional network, run by any engine.

    Cell (i, j) answers for the crop whose first pixel is (``stride`` * i, ``stride`` * j); its grasp is at
    index ``crop_size`` // 2 of that.
    """

    @property
    def crop_size(self) -> int: ...

    @property
    def stride(self) -> int: ...

    def predict_maps(self, images: Float32, depths: Float32) -> Float32:
        """Float32[N, h, w] in [0, 1]: quality at every cell.

        Args:
            images: Float32[N, H, W], relative to the grasps as crops are [m], closing axes along the rows,
                H and W at least a crop.
            depths: Float32[N], of the grasps in each [m].
        """
        ...


def cpu_threads(threads: int) -> int:
    """Number of threads; 0 stands for one for each core that this process may use."""
    return threads or len(os.sched_getaffinity(0))


def check_crops(crops: Float32, depths: Float32, crop_size: int) -> None:
    """Raise what :meth:`QualityModel.predict` says unless these are finite crops of that size."""
    if crops.shape != (len(depths), crop_size, crop_size) or depths.ndim != 1:
        raise NetworkError(
            f"the crops have the shape {crops.shape} and their depths {depths.shape}, but the network needs "
            f"({len(depths)}, {crop_size}, {crop_size}) and ({len(depths)},); cut crops of its size."
        )
    if not (np.isfinite(crops).all() and np.isfinite(depths).all()):
        count = int((~np.isfinite(crops).all((1, 2)) | ~np.isfinite(depths)).sum())
        raise InvalidDepthError(
            f"{count} of {len(crops)} crops hold pixels or depths that are not finite; fill holes in the "
            "depth image first."
        )
