# SPDX-License-Identifier: Apache-2.0
"""Joint positions along a straight line of the TCP."""

from __future__ import annotations

import math

import numpy as np
from scipy.spatial.transform import Rotation

from pinch_core.geometry.transform import Transform
from pinch_executor.embedded.inverse_kinematics import solve_ik
from pinch_executor.embedded.robot_model import RobotModel
from pinch_executor.errors import NoIkSolution
from pinch_executor.motion_planner import Float64

STEP_M = 0.01
STEP_RAD = 0.05
# A joint that turns further than this in one step is near a singularity or has changed branch: the TCP would
# leave the line between the steps.
MAX_JOINT_STEP_RAD = 0.25


def trace_line(robot: RobotModel, start: Float64, T_base_goal: Transform) -> Float64:
    """(N, J): from the joint positions ``start`` (J,) so that the TCP goes straight to ``T_base_goal``.

    Raises:
        NoIkSolution: the line leaves the arm's reach or runs through a singularity; the message says where.
    """
    T_base_start = robot.tcp_pose(start)
    length, angle = T_base_start.distance_to(T_base_goal)
    steps = max(2, math.ceil(length / STEP_M), math.ceil(angle / STEP_RAD))
    turn = Rotation.from_matrix(T_base_start.rotation.T @ T_base_goal.rotation).as_rotvec()
    offset = T_base_goal.translation - T_base_start.translation
    path = [start]
    for share in np.linspace(0.0, 1.0, steps + 1)[1:]:
        rotation = T_base_start.rotation @ Rotation.from_rotvec(share * turn).as_matrix()
        T_base_tcp = Transform(rotation, T_base_start.translation + share * offset)
        q = solve_ik(robot, T_base_tcp, path[-1], centering=0.0)
        if q is None or np.abs(q - path[-1]).max() > MAX_JOINT_STEP_RAD:
            at = ", ".join(f"{v:.3f}" for v in T_base_tcp.translation)
            raise NoIkSolution(
                f"the arm cannot follow the straight line beyond ({at}) m in {robot.robot.base_frame}, "
                f"{share * length * 1e3:.0f} of {length * 1e3:.0f} mm; move the object nearer or shorten "
                "the line."
            )
        path.append(q)
    return np.array(path)
