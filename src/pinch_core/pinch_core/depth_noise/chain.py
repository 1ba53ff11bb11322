# SPDX-License-Identifier: Apache-2.0
"""The protocol of a depth-noise model, and several models applied in sequence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from pinch_core.depth_frame import Float32
from pinch_core.geometry.camera import CameraIntrinsics


class DepthNoise(Protocol):
    """A model of depth noise: a pure function of the ideal image and a generator."""

    def apply(self, depth: Float32, intrinsics: CameraIntrinsics, rng: np.random.Generator) -> Float32:
        """Float32[H, W] [m], NaN = no return: what a sensor gives for ideal ``depth`` of the same form."""
        ...


@dataclass(frozen=True)
class NoiseChain:
    """Models applied in order; without models the image stays as it is."""

    models: tuple[DepthNoise, ...] = ()

    def apply(self, depth: Float32, intrinsics: CameraIntrinsics, rng: np.random.Generator) -> Float32:
        """See :class:`DepthNoise`."""
        for model in self.models:
            depth = model.apply(depth, intrinsics, rng)
        return depth
