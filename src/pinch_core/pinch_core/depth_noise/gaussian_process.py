# SPDX-License-Identifier: Apache-2.0
"""Spatially correlated additive noise: a Gaussian process over the image (Dex-Net 2.0, S I)."""

from __future__ import annotations

import numpy as np

from pinch_core.config import configclass, setting
from pinch_core.depth_frame import Float32
from pinch_core.depth_noise.smooth_noise import grid_noise
from pinch_core.geometry.camera import CameraIntrinsics


@configclass
class GaussianProcessNoise:
    """Normal noise on a coarse grid, upsampled by cubic interpolation, as the paper does for speed.

    A crop of 32 x 32 pixels has 8 x 8 nodes: one every 4 pixels of the crop, which are 12 pixels of the
    image that the crop is made from. The correlation is then that of a squared exponential with a
    bandwidth of 2.1 pixels of the crop; the paper's process has sqrt(2). The deviation is ``sigma`` at every
    pixel, where interpolation alone would leave 0.86 of it between the nodes.
    """

    sigma: float = setting(default=0.005, unit="m", help="standard deviation", lower=0.0, upper=0.1)
    pixels_per_node: float = setting(
        default=12.0, unit="px", help="distance of the nodes; 4 for a crop of 32 x 32", lower=1.0, upper=200.0
    )

    def apply(self, depth: Float32, intrinsics: CameraIntrinsics, rng: np.random.Generator) -> Float32:
        """See :class:`DepthNoise`."""
        return np.asarray(depth + np.float32(self.sigma) * grid_noise(depth.shape, self.pixels_per_node, rng))
