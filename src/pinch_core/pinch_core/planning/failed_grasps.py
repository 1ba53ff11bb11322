# SPDX-License-Identifier: Apache-2.0
"""Where grasps failed, and what the scene around them looked like then.

Dex-Net 4.0 remembers failed objects by an embedding of their picture. Here the place and a small patch of
heights are enough: where the patch looks as it did, the same grasp fails again; where it has changed, the
failure says nothing any more.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pinch_core.geometry.transform import Transform
from pinch_core.perception.height_map import HeightMap
from pinch_core.perception.table import Plane
from pinch_core.planning.search_config import FailureMemoryConfig

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

# The patch: about a small object, in cells of the resolution of a depth camera.
_PATCH_M, _CELL_M = 0.08, 0.004


@dataclass(frozen=True, eq=False)
class ScenePatch:
    """Heights round a TCP, Float32[n, n] [m], on a grid along the x and y axes of its pose."""

    heights: Float32

    @classmethod
    def around(cls, height_map: HeightMap, table: Plane, T_cam_tcp: Transform) -> ScenePatch:
        """What a scene shows there."""
        steps = np.arange(-_PATCH_M / 2, _PATCH_M / 2 + _CELL_M / 2, _CELL_M)
        x, y = np.meshgrid(steps, steps)
        T_table_tcp = table.T_cam_table.inverse() @ T_cam_tcp
        points = T_table_tcp @ np.stack([x, y, np.zeros_like(x)], -1)
        return cls(height_map.look_up(points[..., 0].astype(np.float32), points[..., 1].astype(np.float32)))

    def changed_share(self, now: ScenePatch, height_change: float) -> float:
        """Share of the heights that are not what they were. At an edge a height may have moved by a cell:
        what lies between the lowest and the highest neighbour of before has not changed.
        """
        kernel = np.ones((3, 3), np.uint8)
        lowest, highest = cv2.erode(self.heights, kernel), cv2.dilate(self.heights, kernel)
        same = (now.heights >= lowest - height_change) & (now.heights <= highest + height_change)
        return float(1.0 - same.mean())


@dataclass(frozen=True, eq=False)
class FailedGrasp:
    """A grasp that failed. ``id``: of the grasp. ``T_cam_tcp``: where it was, in the optical frame of the
    image that is planned on. ``patch``: what was seen around it, None where that is not known: then it counts
    until it is forgotten. ``failures``: failed attempts there.
    """

    id: str
    T_cam_tcp: Transform
    patch: ScenePatch | None = None
    failures: int = 1

    def has_changed(self, height_map: HeightMap, table: Plane, config: FailureMemoryConfig) -> bool:
        """Whether the scene around it no longer looks as it did when it failed."""
        if self.patch is None:
            return False
        now = ScenePatch.around(height_map, table, self.T_cam_tcp)
        return self.patch.changed_share(now, config.height_change) > config.changed_share
