# SPDX-License-Identifier: Apache-2.0
"""Depth inside pinch: the only place that decides about unit and validity of depth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from pinch_core.depth_format import DepthFormat, MetricDepth
from pinch_core.errors import IntrinsicsError, InvalidDepthError
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.input_signatures.clipping_planes import rough_median
from pinch_core.input_signatures.values import (
    USUAL_MEDIAN_M,
    why_median_is_implausible,
    why_median_is_unusual,
    why_nothing_is_valid,
)

Float32 = NDArray[np.float32]
Bool = NDArray[np.bool_]

# A depth camera sees a table at some decimetres to a few metres. A median far outside means that the
# unit is wrong (metres written as millimetres or the reverse), which would make grasps of absurd width.
PLAUSIBLE_MEDIAN_M = (0.05, 20.0)


@dataclass(frozen=True, eq=False)
class DepthFrame:
    """A depth image with its intrinsics, stamp and frame.

    ``depth``: Float32[H, W], z in the optical frame [m], NaN = no return. ``stamp_ns``: nanoseconds of the
    clock the camera uses. ``frame_id``: name of the optical frame. ``source``: file or topic, for messages.
    ``no_return``: reason -> how many pixels of the image as it was stored. ``notes``: a sentence for each
    guess that was made when the image was read.
    """

    depth: Float32
    intrinsics: CameraIntrinsics
    frame_id: str = "camera"
    stamp_ns: int = 0
    source: str = "depth image"
    no_return: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @classmethod
    def from_array(
        cls,
        array: NDArray[np.generic],
        intrinsics: CameraIntrinsics,
        depth_format: DepthFormat | None = None,
        *,
        frame_id: str = "camera",
        stamp_ns: int = 0,
        source: str = "depth image",
    ) -> DepthFrame:
        """Depth as it is stored, to metres.

        Args:
            array: (H, W) or (H, W, 1).
            depth_format: how it is stored; by default 16-bit integers are millimetres and floating point is
                metres. Its ``rectified`` does not matter here: the intrinsics are those of this image.

        Raises:
            InvalidDepthError: shape, dtype or unit is wrong, or no pixel is valid.
            IntrinsicsError: the intrinsics are those of another image size.
        """
        if array.ndim == 3 and array.shape[2] == 1:
            array = array[..., 0]
        if array.ndim != 2 or array.size == 0:
            raise InvalidDepthError(f"{source} has shape {array.shape}; a depth image is rows x columns.")
        depth_format = depth_format or DepthFormat()
        metric = depth_format.metres(array, source)
        if array.shape != (intrinsics.height, intrinsics.width):
            raise IntrinsicsError(
                f"{source} is {array.shape[1]} x {array.shape[0]} but its intrinsics are for "
                f"{intrinsics.width} x {intrinsics.height}; give the intrinsics of this image size."
            )
        median = _plausible_median(metric, array, source)
        notes = metric.notes
        low, high = USUAL_MEDIAN_M
        if not depth_format.scale and not low <= median <= high:
            notes = (*notes, why_median_is_unusual(metric, median, source))
        metric.depth.flags.writeable = False
        return cls(metric.depth, intrinsics, frame_id, stamp_ns, source, metric.no_return, notes)

    def with_notes(self, notes: tuple[str, ...]) -> DepthFrame:
        """The frame with further sentences before its own."""
        return replace(self, notes=(*notes, *self.notes)) if notes else self

    @cached_property
    def valid(self) -> Bool:
        """Bool[H, W]: pixels with a return."""
        return np.isfinite(self.depth)

    @property
    def hole_ratio(self) -> float:
        """Share of pixels without return."""
        return float(1.0 - self.valid.mean())

    def points(self) -> Float32:
        """Float32[H, W, 3] points in the optical frame [m], NaN where there is no return."""
        k = self.intrinsics
        if k.is_distorted:
            rows, columns = np.indices(self.depth.shape, dtype=np.float64)
            return k.deproject(np.stack([columns, rows], -1), self.depth).astype(np.float32)
        x = (np.arange(k.width, dtype=np.float32) - np.float32(k.cx)) / np.float32(k.fx)
        y = (np.arange(k.height, dtype=np.float32) - np.float32(k.cy)) / np.float32(k.fy)
        return np.stack([self.depth * x[None, :], self.depth * y[:, None], self.depth], axis=-1)

    def scaled(self, factor: float) -> DepthFrame:
        """The frame with every distance ``factor`` times as long."""
        depth = self.depth * np.float32(factor)
        depth.flags.writeable = False
        return replace(self, depth=depth)

    def rectified(self) -> DepthFrame:
        """The frame as an undistorted camera of the same matrix sees it; nearest neighbour, so no depth is
        invented.
        """
        if not self.intrinsics.is_distorted:
            return self
        depth = np.asarray(self._undistort(self.depth, float("nan")), dtype=np.float32)
        depth.flags.writeable = False
        return replace(self, depth=depth, intrinsics=self.intrinsics.rectified())

    def rectified_mask(self, mask: Bool | None) -> Bool | None:
        """A mask of this image, Bool[H, W] or None, mapped to the rectified image."""
        if mask is None or not self.intrinsics.is_distorted:
            return mask
        return np.asarray(self._undistort(mask.astype(np.uint8), 0.0) != 0)

    def _undistort(self, image: Float32 | NDArray[np.uint8], outside: float) -> NDArray[np.generic]:
        columns, rows = _rectifying_maps(self.intrinsics)
        return np.asarray(
            cv2.remap(
                image,
                columns,
                rows,
                cv2.INTER_NEAREST,
                borderMode=cv2.BORDER_CONSTANT,
                borderValue=outside,
            )
        )


# A stream is of one camera; a handful of them fit.
@lru_cache(maxsize=4)
def _rectifying_maps(intrinsics: CameraIntrinsics) -> tuple[Float32, Float32]:
    """For every pixel of the rectified image the column and row of the distorted one, float32[H, W] each."""
    rows, columns = np.indices((intrinsics.height, intrinsics.width), dtype=np.float64)
    source_px = intrinsics.project(intrinsics.rectified().rays(np.stack([columns, rows], -1)))
    maps = np.ascontiguousarray(np.moveaxis(source_px.astype(np.float32), -1, 0))
    maps.flags.writeable = False
    return maps[0], maps[1]


def _plausible_median(metric: MetricDepth, stored: NDArray[np.generic], source: str) -> float:
    """Rough median [m] of an image that can be one of a table.

    Raises:
        InvalidDepthError: no pixel is valid, or the median tells of another unit.
    """
    median = rough_median(metric.depth)
    if np.isnan(median):
        raise InvalidDepthError(why_nothing_is_valid(stored, metric.no_return, source))
    low, high = PLAUSIBLE_MEDIAN_M
    if not low <= median <= high:
        raise InvalidDepthError(why_median_is_implausible(metric, median, PLAUSIBLE_MEDIAN_M, source))
    return median
