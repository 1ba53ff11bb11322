# SPDX-License-Identifier: Apache-2.0
"""Table and objects of one frame, measured as the planner would see them before it plans."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pinch_core.depth_frame import DepthFrame
from pinch_core.errors import NoObjectError, NoTableError
from pinch_core.perception.config import SegmentationConfig, TableFitConfig
from pinch_core.perception.segmentation import segment_objects
from pinch_core.perception.table import Plane, fit_table

Float32 = NDArray[np.float32]
Int32 = NDArray[np.int32]

# Of an object's heights: above it lie single flying pixels.
_TOP_PERCENTILE = 99
# More than are put on a table for a robot to pick.
_MANY_OBJECTS = 60
# The next check of a file must show the same.
_SEED = 0


@dataclass(frozen=True)
class SeenObject:
    """``size`` [m]: longer and shorter side of the tightest rectangle around it, seen from above, and its
    height. ``position`` [m]: its middle in the optical frame, at its top. ``pixel``: where that is seen.
    """

    size: tuple[float, float, float]
    position: tuple[float, float, float]
    pixel: tuple[float, float]

    def text(self) -> str:
        """One line."""
        length, breadth, height = (1e3 * side for side in self.size)
        x, y, z = (round(value, 3) + 0.0 for value in self.position)  # no -0.000
        return (
            f"{length:.0f} x {breadth:.0f} mm, {height:.0f} mm high, at x {x:.3f}, y {y:.3f}, z {z:.3f} m of "
            "the camera"
        )


@dataclass(frozen=True, eq=False)
class SeenScene:
    """An undistorted ``frame`` with its ``table`` and ``objects``, the largest first, as far as they were
    found; ``problems`` says what was not, and what to do.

    ``heights``: Float32[H, W] above the table [m]. ``table_share``: of the pixels with a return that lie on
    it; ``table_rms``: their distance from it [m].
    """

    frame: DepthFrame
    table: Plane | None
    heights: Float32 | None
    labels: Int32 | None
    objects: tuple[SeenObject, ...]
    table_share: float
    table_rms: float
    problems: tuple[str, ...]

    def figures(self) -> dict[str, Any]:
        """As plain data [m, rad]."""
        table = self.table and {
            "distance_m": self.table.offset,
            "tilt_rad": self.table.tilt,
            "normal": self.table.normal.tolist(),
            "share": self.table_share,
            "rms_m": self.table_rms,
        }
        objects = [
            {"size_m": list(one.size), "position_m": list(one.position), "pixel": list(one.pixel)}
            for one in self.objects
        ]
        return {"table": table, "objects": objects}


def look(frame: DepthFrame) -> SeenScene:
    """Fit the table and measure what stands on it, with the planner's defaults."""
    frame = frame.rectified()
    fit, segmentation = TableFitConfig(), SegmentationConfig()
    try:
        table = fit_table(frame, fit, np.random.default_rng(_SEED))
    except NoTableError as error:
        return SeenScene(frame, None, None, None, (), 0.0, 0.0, (str(error),))
    heights = table.height_image(frame)
    with np.errstate(invalid="ignore"):
        on_table = np.abs(heights) < fit.inlier_distance
    rms = math.sqrt(float(np.mean(np.square(heights[on_table], dtype=np.float64))))
    share = float(on_table.sum() / frame.valid.sum())
    try:
        labels = segment_objects(frame, heights, segmentation)
    except NoObjectError as error:
        return SeenScene(frame, table, heights, None, (), share, rms, (str(error),))
    objects = tuple(_measure(frame, table, heights, labels == n) for n in range(1, labels.max() + 1))
    problems = (_too_many(frame, len(objects)),) if len(objects) > _MANY_OBJECTS else ()
    return SeenScene(frame, table, heights, labels, objects, share, rms, problems)


def _too_many(frame: DepthFrame, count: int) -> str:
    return (
        f"{frame.source} shows {count} objects, more than a table holds: its noise counts as objects; check "
        "the unit (depth_format.scale), or raise segmentation.min_height above the noise."
    )


def _measure(frame: DepthFrame, table: Plane, heights: Float32, mask: NDArray[np.bool_]) -> SeenObject:
    """Of the upper half: sides that the camera sees at an angle, and shadows beside them, do not count."""
    inside = mask & frame.valid
    top = float(np.percentile(heights[inside], _TOP_PERCENTILE))
    rows, columns = np.nonzero(inside & (heights > top / 2))
    points = frame.intrinsics.deproject(np.stack([columns, rows], -1), frame.depth[rows, columns])
    in_table = table.T_cam_table.inverse() @ points
    (x, y), sides, _ = cv2.minAreaRect(in_table[:, :2].astype(np.float32))
    position = table.T_cam_table @ np.array([[x, y, top]])
    pixel = frame.intrinsics.project(position)[0]
    return SeenObject(
        (float(max(sides)), float(min(sides)), top),
        tuple(position[0].tolist()),
        tuple(pixel.tolist()),
    )
