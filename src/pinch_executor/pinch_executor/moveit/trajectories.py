# SPDX-License-Identifier: Apache-2.0
"""MoveIt's trajectories as ours."""

from __future__ import annotations

from typing import Any

import numpy as np

from pinch_executor.errors import PlanningFailed
from pinch_executor.motion_planner import JointTrajectory


def trajectory_from_message(message: Any, arm_joints: tuple[str, ...]) -> JointTrajectory:
    """The arm joints of a moveit_msgs/RobotTrajectory in our order.

    Raises:
        PlanningFailed: it lacks a joint, or points without velocities or accelerations.
    """
    motion = message.joint_trajectory
    missing = set(arm_joints) - set(motion.joint_names)
    if missing or len(motion.points) < 2:
        raise PlanningFailed(
            f"MoveIt's trajectory has {len(motion.points)} points and lacks the joints {sorted(missing)}; "
            "name all arm joints in the planning group."
        )
    order = [motion.joint_names.index(joint) for joint in arm_joints]
    arrays = []
    for name in ("positions", "velocities", "accelerations"):
        rows = [getattr(point, name) for point in motion.points]
        if any(len(row) != len(motion.joint_names) for row in rows):
            raise PlanningFailed(
                f"points of MoveIt's trajectory lack {name}; add a time parameterization to its response "
                "adapters."
            )
        arrays.append(np.array(rows, dtype=np.float64)[:, order])
    times = np.array([p.time_from_start.sec + p.time_from_start.nanosec * 1e-9 for p in motion.points])
    return JointTrajectory(tuple(arm_joints), times - times[0], *arrays)
