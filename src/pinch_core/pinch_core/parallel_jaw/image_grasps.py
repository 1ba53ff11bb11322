# SPDX-License-Identifier: Apache-2.0
"""Parallel-jaw grasps from pixel, angle of the closing axis and depth, as networks see them."""

from __future__ import annotations

import numpy as np

from pinch_core.grasp import closing_directions
from pinch_core.parallel_jaw.candidates import JawCandidates
from pinch_core.parallel_jaw.config import GraspDepthConfig
from pinch_core.parallel_jaw.depths import grasps_at
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_core.parallel_jaw.jaw_axes import JawAxes
from pinch_core.planning.grasp_candidates import ImageGrasps
from pinch_core.planning.scene import Scene


def from_image(
    scene: Scene, gripper: ParallelJawGripper, grasps: ImageGrasps, config: GraspDepthConfig
) -> JawCandidates:
    """Grasps that come down along the table normal there, centered between the pads."""
    k = scene.frame.intrinsics
    positions = k.deproject(grasps.pixels, grasps.depths)
    closing = closing_directions(grasps.pixels, grasps.angles, k, scene.table.approach)
    T_table_cam = scene.table.T_cam_table.inverse()
    in_table, closing = T_table_cam @ positions, T_table_cam.rotate(closing)[:, :2]
    tip_height = np.maximum(in_table[:, 2] - gripper.finger.tip_beyond_tcp, config.table_clearance)
    axes = JawAxes.anywhere(in_table[:, :2], closing, scene.labels_at(positions))
    return grasps_at(scene, gripper, axes, tip_height, config)
