# SPDX-License-Identifier: Apache-2.0
"""Noise of a stereo camera: matching windows across edges, half-occluded strips beside objects.

The left image is the reference: its column u is column u - f b / z of the right camera, at baseline b. Block
matching finds one disparity per window, to a fraction of a pixel; at an edge the nearer surface wins
(Scharstein and Szeliski, IJCV 47, 2002).
"""

from __future__ import annotations

import cv2
import numpy as np
from scipy.special import ndtri

from pinch_core.config import configclass, setting
from pinch_core.depth_frame import Float32
from pinch_core.depth_noise.parallax import hidden_from_beside
from pinch_core.depth_noise.smooth_noise import grid_noise, smooth_noise
from pinch_core.errors import ConfigError
from pinch_core.geometry.camera import CameraIntrinsics


@configclass
class StereoNoise:
    """A :class:`DepthNoise`: strength of each effect; 0, or a window of 1, switches it off."""

    baseline: float = setting(
        default=0.055, unit="m", help="distance of the right camera, along +x", lower=1e-3, upper=1.0
    )
    window: int = setting(default=5, unit="px", help="side of the matching window, odd", lower=1, upper=31)
    disparity_sigma: float = setting(
        default=0.06,
        unit="px",
        help="standard deviation of the disparity on textured surfaces",
        lower=0.0,
        upper=5.0,
    )
    disparity_step: float = setting(
        default=0.03125,
        unit="px",
        help="resolution of the disparity",
        lower=0.0,
        upper=2.0,
    )
    poor_texture_share: float = setting(
        default=0.15, help="share of the image with poor texture", lower=0.0, upper=1.0
    )
    poor_texture_factor: float = setting(
        default=3.0, help="factor on the error where texture is poor", lower=1.0, upper=100.0
    )
    poor_texture_dropout: float = setting(
        default=0.05, help="share of the poor texture, the poorest, without return", lower=0.0, upper=1.0
    )
    patch: float = setting(
        default=12.0, unit="px", help="size of patches with poor texture", lower=1.0, upper=200.0
    )
    occlusion: bool = setting(
        default=True, help="whether surfaces hidden from the right camera give no return"
    )

    def __post_init__(self) -> None:
        if self.window % 2 == 0:
            raise ConfigError(f"StereoNoise.window = {self.window} px has no centre pixel; make it odd.")

    def apply(self, depth: Float32, intrinsics: CameraIntrinsics, rng: np.random.Generator) -> Float32:
        """See :class:`DepthNoise`."""
        scale, step = np.float32(intrinsics.fx * self.baseline), np.float32(self.disparity_step)
        lost = ~(depth > 0)
        disparity = np.divide(scale, depth, out=np.zeros_like(depth), where=~lost)
        found = _fattened(disparity, self.window)
        if self.occlusion:
            # The right image is fattened too: beside objects both images agree.
            lost |= hidden_from_beside(np.where(lost, np.float32(0.0), found))
        texture = grid_noise(depth.shape, self.patch, rng)
        poor = texture < ndtri(self.poor_texture_share)
        lost |= texture < ndtri(self.poor_texture_share * self.poor_texture_dropout)
        error = smooth_noise(depth.shape, self.disparity_sigma, self.window / 4, rng)
        found += error * np.where(poor, np.float32(self.poor_texture_factor), np.float32(1.0))
        if step > 0:
            found = np.rint(found / step) * step
        measured = np.full_like(depth, np.nan)
        np.divide(scale, found, out=measured, where=~lost & (found > 0))
        return measured


def _fattened(disparity: Float32, window: int) -> Float32:
    """Pixels next to a nearer surface get its disparity (foreground fattening); slopes stay unchanged."""
    kernel = np.ones((window, window), np.uint8)
    # On a slope rise and fall cancel; behind an edge only the rise remains.
    rise = cv2.dilate(disparity, kernel) - disparity
    fall = disparity - cv2.erode(disparity, kernel)
    return np.asarray(disparity + np.maximum(rise - fall, 0.0))
