# SPDX-License-Identifier: Apache-2.0
"""The camera that a network was trained with; images of other cameras are resampled to it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from pinch_core.networks.model_card import ModelCard
from pinch_core.perception.crop import CropShape, averaged, crop_shape, sample_crops
from pinch_core.planning.scene import Scene

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

# The assumed camera of a network without a card: that of Dex-Net 2.0 (Mahler et al. 2017, S I).
_FOCAL_RANGE_PX = (520.0, 530.0)
_DEPTH_RANGE_M = (0.5, 0.9)
_TILT_RANGE_RAD = (0.0, 0.32)

# An image that differs less in scale is used unchanged.
_NEGLIGIBLE = 0.01
# A smaller scale would skip pixels, so they are averaged first.
_AVERAGED_BELOW = 0.7

# Tolerance outside the training before a warning.
_DEPTH_MARGIN_M = 0.02
_TILT_MARGIN_RAD = 0.09
_WIDTH_MARGIN = 0.15


@dataclass(frozen=True)
class TrainingView:
    """``crop``: what the network takes. Ranges of its cameras: ``focal`` [px], ``depth`` of the grasps [m],
    ``tilt`` from the vertical [rad]. ``jaw_width`` [m], 0 = unknown.
    """

    crop: CropShape
    focal: tuple[float, float] = _FOCAL_RANGE_PX
    depth: tuple[float, float] = _DEPTH_RANGE_M
    tilt: tuple[float, float] = _TILT_RANGE_RAD
    jaw_width: float = 0.0

    @classmethod
    def of(cls, crop_size: int, card: ModelCard | None) -> TrainingView:
        """From a model card; without one, or without the camera in it, the camera of Dex-Net 2.0."""
        shape = crop_shape(crop_size)
        if card is None:
            return cls(shape)
        return cls(
            shape,
            card.trained_focal_range or _FOCAL_RANGE_PX,
            card.trained_depth_range,
            card.trained_tilt_range or _TILT_RANGE_RAD,
            card.jaw_width,
        )

    @lru_cache(maxsize=1)  # noqa: B019  # one scene is scored several times, and the last one may stay
    def image(self, scene: Scene) -> TrainingImage:
        """A scene as the training camera would have seen it, as closely as one depth image allows.

        The camera is moved along its axis into the trained range, and the image resampled so that a pixel
        covers as much of the objects as with the middle one of the trained focal lengths: so qualities do not
        depend on the camera's resolution.
        """
        depth = scene.filled_depth
        distance = float(np.median(scene.frame.depth[(scene.labels > 0) & scene.frame.valid]))
        moved = min(max(distance, self.depth[0]), self.depth[1]) - distance
        focal = (scene.frame.intrinsics.fx + scene.frame.intrinsics.fy) / 2
        stretched = focal * (distance + moved) / distance
        scale = (self.focal[0] + self.focal[1]) / 2 / stretched
        k = scene.frame.intrinsics
        center = np.array([k.cx, k.cy])
        if abs(scale - 1.0) < _NEGLIGIBLE:
            scale, kept = 1.0, center
        else:
            kept = np.rint(center * scale)
            depth = _scaled(depth, center, kept, scale)
        depth = depth + np.float32(moved) if moved else depth
        return TrainingImage(depth, self.crop, scale, moved, center, kept)

    def warnings(self, scene: Scene, model: str) -> list[str]:
        """Warnings: one sentence for each property of the scene that is outside the training."""
        found = []
        objects = scene.frame.depth[(scene.labels > 0) & scene.frame.valid]
        near, far = np.percentile(objects, [5, 95])
        if near < self.depth[0] - _DEPTH_MARGIN_M or far > self.depth[1] + _DEPTH_MARGIN_M:
            found.append(
                f"objects are {near:.2f} to {far:.2f} m away, but {model} was trained on {self.depth[0]:.2f} "
                f"to {self.depth[1]:.2f} m: the image was resampled and qualities are less certain."
            )
        if scene.table.tilt > self.tilt[1] + _TILT_MARGIN_RAD:
            found.append(
                f"the camera is tilted by {np.degrees(scene.table.tilt):.0f} degrees from the table's "
                f"normal, but {model} was trained on at most {np.degrees(self.tilt[1]):.0f}: qualities are "
                "less certain; mount it steeper."
            )
        wide = scene.gripper.span
        if self.jaw_width and abs(wide - self.jaw_width) > _WIDTH_MARGIN * self.jaw_width:
            found.append(
                f"{scene.gripper.name} spans {wide * 1e3:.0f} mm, but {model} was trained for a gripper of "
                f"{self.jaw_width * 1e3:.0f} mm: qualities are less certain; train or fine-tune one for it."
            )
        return found


def _scaled(depth: Float32, center: Float64, kept: Float64, scale: float) -> Float32:
    """The image ``scale`` times as large; pixel ``center`` (2,) lands on ``kept`` (2,), so that what is seen
    does not depend on how the image was cropped.
    """
    if scale < _AVERAGED_BELOW:
        side = round(1.0 / scale)
        depth = np.asarray(cv2.blur(depth, (side, side)), dtype=np.float32)
    (column, row), (kept_column, kept_row) = center.tolist(), kept.tolist()
    to_source = np.array(
        [[1 / scale, 0.0, column - kept_column / scale], [0.0, 1 / scale, row - kept_row / scale]]
    )
    size = tuple(int(np.ceil(side * scale)) for side in depth.shape[::-1])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    scaled = cv2.warpAffine(depth, to_source, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(scaled, dtype=np.float32)


@dataclass(frozen=True, eq=False)
class TrainingImage:
    """``depth``: Float32[H', W'] without gaps [m], ``scale`` times as large as the scene's image and
    ``moved`` farther away [m]; pixel ``center`` (2,) of that image is pixel ``kept`` (2,) of this one.
    """

    depth: Float32
    shape: CropShape
    scale: float
    moved: float
    center: Float64
    kept: Float64

    def pixels(self, pixels: Float64) -> Float64:
        """Pixels (N, 2) of the scene's image as pixels of this one."""
        return np.asarray((pixels - self.center) * self.scale + self.kept)

    def scene_pixels(self, pixels: Float64) -> Float64:
        """Pixels (N, 2) of this image as pixels of the scene's."""
        return np.asarray((pixels - self.kept) / self.scale + self.center)

    def crops(self, pixels: Float64, angles: Float64, shape: CropShape | None = None) -> Float32:
        """Float32[N, size, size] round pixels (N, 2) of the scene's image, turned by ``angles`` (N,); of
        another ``size``, where a shape with the same spacing is given.
        """
        return sample_crops(self._averaged, self.pixels(pixels), angles, shape or self.shape)

    @cached_property
    def _averaged(self) -> Float32:
        return averaged(self.depth, self.shape)

    def depths(self, depths: Float64) -> Float32:
        """Depths of grasps (N,) in the scene [m] as this image has them."""
        return (depths + self.moved).astype(np.float32)
