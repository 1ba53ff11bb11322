# SPDX-License-Identifier: Apache-2.0
"""What is known of a scene: where grasps failed, boxes to keep out of, heights from above."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from pinch_interfaces.msg import FailedGrasp as FailedGraspMessage
from pinch_interfaces.msg import HeightMap as HeightMapMessage
from pinch_interfaces.msg import KeepOutBox as KeepOutBoxMessage
from std_msgs.msg import Header

from pinch_core.geometry.transform import Transform
from pinch_core.planning.failed_grasps import FailedGrasp, ScenePatch
from pinch_core.planning.keep_out import KeepOutBox
from pinch_ros.conversions.geometry import pose_from_transform, transform_from_pose
from pinch_ros.errors import InvalidMessageError

if TYPE_CHECKING:
    from pinch_core.perception.height_map import HeightMap
    from pinch_core.perception.table import Plane


def failed_grasp_from_message(
    message: FailedGraspMessage, T_cam_frame: Transform, patch: ScenePatch | None
) -> FailedGrasp:
    """A failed grasp in the optical frame, given ``T_cam_frame`` for the message's frame.

    Args:
        patch: what the scene around it looked like when it was planned, where that is known.

    Raises:
        InvalidMessageError: the pose is not finite.
    """
    T_cam_tcp = T_cam_frame @ transform_from_pose(message.pose, f"failed grasp '{message.id}'")
    return FailedGrasp(message.id, T_cam_tcp, patch, max(1, int(message.failures)))


def keep_out_from_message(message: KeepOutBoxMessage, T_cam_frame: Transform) -> KeepOutBox:
    """A box in the optical frame, given ``T_cam_frame`` for the message's frame.

    Raises:
        InvalidMessageError: the pose is not finite, or an extent is not positive.
    """
    size = (message.size.x, message.size.y, message.size.z)
    if not all(math.isfinite(side) and side > 0.0 for side in size):
        raise InvalidMessageError(
            f"keep-out box '{message.name}' has size = {size} m; give three extents above 0."
        )
    where = f"keep-out box '{message.name}'"
    return KeepOutBox(message.name, T_cam_frame @ transform_from_pose(message.pose, where), size)


def height_map_to_message(
    height_map: HeightMap, table: Plane, header: Header, T_frame_cam: Transform | None = None
) -> HeightMapMessage:
    """A height map message. ``header.frame_id``: the optical frame, or the one that ``T_frame_cam`` maps
    into.
    """
    to_frame = T_frame_cam or Transform.identity()
    corner = Transform(np.eye(3), np.array([*height_map.origin, 0.0]))
    rows, columns = height_map.heights.shape
    return HeightMapMessage(
        header=header,
        origin=pose_from_transform(to_frame @ table.T_cam_table @ corner),
        cell=float(height_map.cell),
        rows=rows,
        columns=columns,
        heights=height_map.heights.ravel().astype(np.float32),
    )
