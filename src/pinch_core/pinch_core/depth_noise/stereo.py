# SPDX-License-Identifier: Apache-2.0
"""What a stereo camera does to depth: windows that see both sides of an edge, half-seen strips beside things.

The left image is the reference: what it shows in column u, the right camera at baseline b sees in its column
u - f b / z. Block matching finds one disparity for a whole window, to a fraction of a pixel; at an edge the
nearer surface wins (Scharstein and Szeliski, IJCV 47, 2002).
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
        help="smallest difference of disparity it tells apart",
        lower=0.0,
        upper=2.0,
    )
    poor_texture_share: float = setting(
        default=0.15, help="share of the image where surfaces are nearly blank", lower=0.0, upper=1.0
    )
    poor_texture_factor: float = setting(
        default=3.0, help="how many times as large the error is there", lower=1.0, upper=100.0
    )
    poor_texture_dropout: float = setting(
        default=0.05, help="share of the nearly blank, the blankest, without return", lower=0.0, upper=1.0
    )
    patch: float = setting(
        default=12.0, unit="px", help="size of nearly blank patches", lower=1.0, upper=200.0
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
            # Seen from the right, too, things are fattened: beside them both images agree.
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
    """Pixels next to something nearer get its disparity; slopes stay as they are."""
    kernel = np.ones((window, window), np.uint8)
    # Up and down balance on a slope; behind an edge only the way up is left.
    rise = cv2.dilate(disparity, kernel) - disparity
    fall = disparity - cv2.erode(disparity, kernel)
    return np.asarray(disparity + np.maximum(rise - fall, 0.0))
