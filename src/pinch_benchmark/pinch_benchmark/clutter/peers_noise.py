# SPDX-License-Identifier: Apache-2.0
"""The noise of the published decluttering benchmark: a scaled image, and on half of the frames bumps."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from pinch_core.depth_frame import Float32
from pinch_core.depth_noise.gaussian_process import GaussianProcessNoise
from pinch_core.depth_noise.multiplicative import MultiplicativeNoise
from pinch_core.geometry.camera import CameraIntrinsics


@dataclass(frozen=True)
class PeersNoise:
    """A :class:`DepthNoise`: a factor with a deviation of 3 % on every frame; on a ``share`` of them also a
    Gaussian process of 5 mm.
    """

    scale: MultiplicativeNoise = field(default_factory=MultiplicativeNoise)
    bumps: GaussianProcessNoise = field(
        default_factory=lambda: GaussianProcessNoise(sigma=0.005, pixels_per_node=4.0)
    )
    share: float = 0.5

    def apply(self, depth: Float32, intrinsics: CameraIntrinsics, rng: np.random.Generator) -> Float32:
        """See :class:`DepthNoise`."""
        scaled = self.scale.apply(depth, intrinsics, rng)
        return self.bumps.apply(scaled, intrinsics, rng) if rng.random() < self.share else scaled
