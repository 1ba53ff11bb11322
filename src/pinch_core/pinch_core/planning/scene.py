# SPDX-License-Identifier: Apache-2.0
"""What the stages of planning share: one look at the table, understood once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinch_core.depth_frame import DepthFrame
from pinch_core.geometry.transform import Transform
from pinch_core.gripper import Gripper
from pinch_core.perception.height_map import HeightMap
from pinch_core.perception.segmentation import SegmentationConfig, label_segmask, segment_objects
from pinch_core.perception.table import Plane

Bool = NDArray[np.bool_]
Float32 = NDArray[np.float32]
Int32 = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Scene:
    """An undistorted ``frame``, its ``table``, and what stands on it.

    ``heights``: Float32[H, W] above the table [m], NaN = no return. ``labels``: Int32[H, W], 0 = no object.
    ``height_map``: the surroundings of the objects from above.
    ``T_base_cam``: camera in the robot's base, where known.
    """

    frame: DepthFrame
    gripper: Gripper
    table: Plane
    heights: Float32
    labels: Int32
    height_map: HeightMap
    T_base_cam: Transform | None

    @classmethod
    def look(
        cls,
        frame: DepthFrame,
        gripper: Gripper,
        table: Plane,
        config: SegmentationConfig,
        *,
        segmask: Bool | None = None,
        allowed: Bool | None = None,
        T_base_cam: Transform | None = None,
    ) -> Scene:
        """Measure heights, label the objects and map what is around them.

        Args:
            frame: undistorted.
            segmask: Bool[H, W] of the objects; None = they are found.
            allowed: Bool[H, W], pixels on which objects may lie; None = all.

        Raises:
            NoObjectError: there is none.
        """
        heights = table.height_image(frame)
        if segmask is None:
            labels = segment_objects(frame, heights, config, allowed)
        else:
            labels = label_segmask(frame, segmask, config, allowed)
        # Half a palm beyond the outermost tool position is the farthest that a hand reaches.
        margin = float(np.hypot(gripper.palm.size_x, gripper.palm.size_y)) / 2 + gripper.max_width
        height_map = HeightMap.from_frame(frame, table, heights, labels > 0, margin, config.min_height)
        return cls(frame, gripper, table, heights, labels, height_map, T_base_cam)
