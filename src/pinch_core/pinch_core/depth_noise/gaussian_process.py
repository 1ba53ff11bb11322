# SPDX-License-Identifier: Apache-2.0
"""An additive error that neighbours share: a Gaussian process over the image (Dex-Net 2.0, S I)."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pinch_core.config import setting, validate
from pinch_core.depth_frame import Float32
from pinch_core.geometry.camera import CameraIntrinsics


@dataclass(frozen=True)
class GaussianProcessNoise:
    """Normal noise on a coarse grid, enlarged by cubic interpolation.

    The paper draws it on 8 x 8 nodes for a crop of 32 x 32 pixels, which is a node every 12 pixels of the image
    that the crop is made from.
    """

    sigma: float = setting(0.005, unit="m", help="standard deviation at the nodes", lower=0.0, upper=0.1)
    pixels_per_node: float = setting(12.0, unit="px", help="distance of the nodes", lower=1.0, upper=200.0)

    def __post_init__(self) -> None:
        validate(self)

    def apply(self, depth: Float32, intrinsics: CameraIntrinsics, rng: np.random.Generator) -> Float32:
        """See :class:`DepthNoise`."""
        height, width = depth.shape
        nodes = (int(np.ceil(side / self.pixels_per_node)) + 1 for side in (height, width))
        coarse = rng.standard_normal(tuple(nodes), dtype=np.float32) * np.float32(self.sigma)
        side = round(coarse.shape[1] * self.pixels_per_node), round(coarse.shape[0] * self.pixels_per_node)
        return depth + cv2.resize(coarse, side, interpolation=cv2.INTER_CUBIC)[:height, :width]
