# SPDX-License-Identifier: Apache-2.0
"""The space that the cross-entropy method searches for parallel-jaw grasps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pinch_core.parallel_jaw.candidates import JawCandidates
from pinch_core.parallel_jaw.config import GraspDepthConfig
from pinch_core.parallel_jaw.depths import grasps_at
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_core.parallel_jaw.jaw_axes import JawAxes
from pinch_core.planning.scene import Scene

Float64 = NDArray[np.float64]

# One unit of the space: the distance over which quality changes noticeably.
_LENGTH_M = 0.01
_COSINE = 0.3
_DEPTH_M = 0.005


def to_search_space(grasps: JawCandidates) -> Float64:
    """Float64[N, 5]: position, doubled angle (jaws turned by half a turn are the same jaws) and height."""
    angle = 2 * np.arctan2(grasps.closing[:, 1], grasps.closing[:, 0])
    return np.column_stack(
        [
            grasps.center / _LENGTH_M,
            np.cos(angle) / _COSINE,
            np.sin(angle) / _COSINE,
            grasps.tip_height / _DEPTH_M,
        ]
    )


def from_search_space(
    scene: Scene, gripper: ParallelJawGripper, points: Float64, config: GraspDepthConfig
) -> JawCandidates:
    """Grasps at points (N, 5), centered on what they meet there and never below the table clearance."""
    center = points[:, :2] * _LENGTH_M
    angle = np.arctan2(points[:, 3], points[:, 2]) / 2
    closing = np.stack([np.cos(angle), np.sin(angle)], -1)
    tip_height = np.maximum(points[:, 4] * _DEPTH_M, config.table_clearance)
    in_table = np.column_stack([center, tip_height + gripper.finger.tip_beyond_tcp])
    labels = scene.labels_at(scene.table.T_cam_table @ in_table)
    return grasps_at(scene, gripper, JawAxes.anywhere(center, closing, labels), tip_height, config)
