# SPDX-License-Identifier: Apache-2.0
"""A scale error: the whole image is multiplied by one factor alpha (Dex-Net 2.0, S I)."""

from __future__ import annotations

import numpy as np

from pinch_core.config import configclass, setting
from pinch_core.depth_frame import Float32
from pinch_core.geometry.camera import CameraIntrinsics


@configclass
class MultiplicativeNoise:
    """alpha is Gamma distributed: mean ``shape * scale``, standard deviation ``sqrt(shape) * scale``."""

    shape: float = setting(default=1000.0, help="shape of the Gamma distribution", lower=1.0, upper=1e9)
    scale: float = setting(default=0.001, help="scale of the Gamma distribution", lower=1e-9, upper=1.0)

    def apply(self, depth: Float32, intrinsics: CameraIntrinsics, rng: np.random.Generator) -> Float32:
        """See :class:`DepthNoise`."""
        return np.asarray(depth * np.float32(rng.gamma(self.shape, self.scale)))
