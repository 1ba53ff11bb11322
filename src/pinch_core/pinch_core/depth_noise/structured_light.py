# SPDX-License-Identifier: Apache-2.0
"""Noise of a structured-light sensor.

Such a sensor measures disparity d = f b / z, so errors and steps grow with the square of the distance
(Khoshelham and Elberink, Sensors 12, 2012); it loses the pattern at depth edges and on surfaces seen at a
grazing angle, and casts a shadow beside near objects that its projector, at distance b from the camera, does
not light.
"""

from __future__ import annotations

import cv2
import numpy as np

from pinch_core.config import configclass, setting
from pinch_core.depth_frame import Bool, Float32
from pinch_core.depth_noise.parallax import hidden_from_beside
from pinch_core.depth_noise.smooth_noise import smooth_noise
from pinch_core.geometry.camera import CameraIntrinsics


@configclass
class StructuredLightNoise:
    """A :class:`DepthNoise`: strength of each effect; 0 switches it off."""

    disparity_sigma: float = setting(
        default=0.08,
        unit="px",
        help="standard deviation of the disparity, correlated over correlation_px",
        lower=0.0,
        upper=5.0,
    )
    correlation_px: float = setting(
        default=1.0,
        unit="px",
        help="correlation length of the error",
        lower=0.0,
        upper=10.0,
    )
    disparity_step: float = setting(
        default=0.125, unit="px", help="resolution of the disparity", lower=0.0, upper=2.0
    )
    baseline: float = setting(
        default=0.075, unit="m", help="distance from projector to camera, along +x", lower=1e-3, upper=1.0
    )
    lateral_sigma: float = setting(
        default=0.5, unit="px", help="jitter of the pixel a depth is read from", lower=0.0, upper=5.0
    )
    edge_jump: float = setting(
        default=0.012,
        unit="m",
        help="depth step between neighbours that counts as an edge",
        lower=1e-3,
        upper=1.0,
    )
    edge_dropout: float = setting(
        default=0.5, unit="", help="share of edge pixels without return", lower=0.0, upper=1.0
    )
    shadow: bool = setting(default=True, help="whether surfaces hidden from the projector give no return")
    grazing_angle: float = setting(
        default=1.35, unit="rad", help="no return beyond this angle from a surface normal; pi/2: all return",
        lower=0.1, upper=1.5708,
    )  # fmt: skip
    speckle_dropout: float = setting(
        default=0.0005, unit="", help="share of all pixels without return", lower=0.0, upper=1.0
    )

    def apply(self, depth: Float32, intrinsics: CameraIntrinsics, rng: np.random.Generator) -> Float32:
        """See :class:`DepthNoise`."""
        filled = np.nan_to_num(depth, nan=0.0)
        edge = _edges(filled, self.edge_jump)
        lost = self._lost(filled, edge, intrinsics, rng)
        noisy = _jittered_edges(filled, edge, self.lateral_sigma, rng)
        scale, step = np.float32(intrinsics.fx * self.baseline), np.float32(self.disparity_step)
        with np.errstate(divide="ignore", invalid="ignore"):
            disparity = scale / noisy
            if self.disparity_sigma > 0:
                disparity += smooth_noise(depth.shape, self.disparity_sigma, self.correlation_px, rng)
            if step > 0:
                disparity = np.rint(disparity / step) * step
            noisy = scale / disparity
        noisy[lost | ~(disparity > 0) | ~np.isfinite(disparity)] = np.nan
        return np.asarray(noisy)

    def _lost(
        self, depth: Float32, edge: Bool, intrinsics: CameraIntrinsics, rng: np.random.Generator
    ) -> Bool:
        """Pixels without return; ``depth`` is 0 where there was none before."""
        lost = depth <= 0
        rows, columns = np.nonzero(edge)
        dropped = rng.random(len(rows)) < self.edge_dropout
        lost[rows[dropped], columns[dropped]] = True
        lost.flat[rng.integers(0, depth.size, rng.binomial(depth.size, self.speckle_dropout))] = True
        if self.shadow:
            scale = np.float32(intrinsics.fx * self.baseline)
            lost |= hidden_from_beside(np.divide(scale, depth, out=np.zeros_like(depth), where=depth > 0))
        if self.grazing_angle < np.pi / 2:
            # Across an edge the difference quotient is not a slope.
            lost |= (_cosine_of_view(depth, intrinsics) < np.cos(self.grazing_angle)) & ~edge
        return lost


def _edges(depth: Float32, jump: float) -> Bool:
    """Pixels whose 3 x 3 neighbourhood spans more than ``jump``."""
    kernel = np.ones((3, 3), np.uint8)
    return np.asarray(cv2.dilate(depth, kernel) - cv2.erode(depth, kernel) > jump)


def _cosine_of_view(depth: Float32, intrinsics: CameraIntrinsics) -> Float32:
    """Cosine between each pixel's viewing ray and the normal of the surface through its neighbours."""
    k = intrinsics
    x = (np.arange(k.width, dtype=np.float32) - np.float32(k.cx)) / np.float32(k.fx)
    y = ((np.arange(k.height, dtype=np.float32) - np.float32(k.cy)) / np.float32(k.fy))[:, None]
    # For z(u, v) the normal is along (fx z_u, fy z_v, -(z + (u - cx) z_u + (v - cy) z_v)), and its product
    # with the ray (x, y, 1) is -z. Sobel's weights sum to 8.
    z_x = cv2.Sobel(depth, cv2.CV_32F, 1, 0, ksize=3, scale=k.fx / 8)
    z_y = cv2.Sobel(depth, cv2.CV_32F, 0, 1, ksize=3, scale=k.fy / 8)
    along = depth + x * z_x + y * z_y
    length = np.sqrt((z_x * z_x + z_y * z_y + along * along) * (1 + x * x + y * y))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(depth / length)


def _jittered_edges(depth: Float32, edge: Bool, sigma: float, rng: np.random.Generator) -> Float32:
    """Pixels at edges take the depth of a pixel nearby; elsewhere this would change almost nothing."""
    jittered = depth.copy()
    if sigma > 0:
        height, width = depth.shape
        # A jump of two pixels is rare enough to end the band there.
        rows, columns = np.nonzero(cv2.dilate(edge.astype(np.uint8), np.ones((3, 3), np.uint8)))
        shift = np.rint(sigma * rng.standard_normal((2, len(rows)))).astype(np.intp)
        source = np.clip(rows + shift[0], 0, height - 1), np.clip(columns + shift[1], 0, width - 1)
        jittered[rows, columns] = depth[source]
    return np.asarray(jittered)
