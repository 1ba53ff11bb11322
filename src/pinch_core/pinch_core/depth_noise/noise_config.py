# SPDX-License-Identifier: Apache-2.0
"""Which noise models are applied to a depth image."""

from __future__ import annotations

from dataclasses import dataclass

from pinch_core.depth_noise.chain import DepthNoise, NoiseChain
from pinch_core.depth_noise.gaussian_process import GaussianProcessNoise
from pinch_core.depth_noise.multiplicative import MultiplicativeNoise
from pinch_core.depth_noise.stereo import StereoNoise
from pinch_core.depth_noise.structured_light import StructuredLightNoise


@dataclass(frozen=True)
class NoiseConfig:
    """Models in the order in which they are applied; those left out are off."""

    structured_light: StructuredLightNoise | None = None
    stereo: StereoNoise | None = None
    multiplicative: MultiplicativeNoise | None = None
    gaussian_process: GaussianProcessNoise | None = None

    def chain(self) -> NoiseChain:
        """The models that are on."""
        models: tuple[DepthNoise | None, ...] = (
            self.structured_light,
            self.stereo,
            self.multiplicative,
            self.gaussian_process,
        )
        return NoiseChain(tuple(model for model in models if model is not None))
