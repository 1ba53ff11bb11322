# SPDX-License-Identifier: Apache-2.0
"""Grasps and scenes that the planner tests share."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from pinch_core.geometry.transform import Transform
from pinch_executor.motion_planner import Box, HeldBox, Reach, Scene, Speed

TRAVEL = Speed(velocity=0.5, acceleration=0.5, tcp_speed=1.0)
LINEAR = Speed(velocity=0.5, acceleration=0.5, tcp_speed=0.1)
CONTACT_M = 0.05
APPROACH_M = 0.10


# Where each robot's grasps are drawn: least and greatest x, y, z of the TCP in the base frame [m].
WORK_AREAS = {
    "panda": ((0.35, -0.25, 0.02), (0.65, 0.25, 0.12)),
    "ur5e_2f85": ((0.35, -0.25, 0.02), (0.65, 0.25, 0.12)),
    "yumi_like": ((0.27, -0.18, 0.02), (0.40, 0.18, 0.10)),
}
STEEPEST_TILT = np.radians(15)


def tilted_grasp(position, yaw: float, tilt: float, azimuth: float) -> Transform:
    """``T_base_tcp`` whose approach leans by ``tilt`` towards ``azimuth`` from straight down."""
    tilted = Rotation.from_rotvec(tilt * np.array([np.cos(azimuth), np.sin(azimuth), 0.0]))
    down = Rotation.from_euler("xyz", (np.pi, 0.0, yaw))
    return Transform((tilted * down).as_matrix(), np.array(position))


def top_grasp(rng: np.random.Generator, robot: str = "panda") -> Transform:
    """``T_base_tcp`` over the work area, any yaw, approach within 15 degrees of straight down."""
    position = rng.uniform(*WORK_AREAS[robot])
    azimuth, tilt = rng.uniform(0, 2 * np.pi), STEEPEST_TILT * np.sqrt(rng.random())
    return tilted_grasp(position, rng.uniform(-np.pi, np.pi), tilt, azimuth)


def reach_of(T_base_tcp: Transform) -> Reach:
    """Approach along the TCP axis, leave upwards."""
    via = T_base_tcp @ Transform(np.eye(3), np.array([0.0, 0.0, -APPROACH_M]))
    leave = Transform(T_base_tcp.rotation, T_base_tcp.translation + np.array([0.0, 0.0, APPROACH_M]))
    return Reach(via, T_base_tcp, leave, CONTACT_M)


def scenes_of(T_base_tcp: Transform, width: float, max_opening: float = 0.08) -> tuple[Scene, Scene]:
    """Before closing with the object as an obstacle, and after with the object held."""
    height = float(T_base_tcp.translation[2])
    below = Transform(np.eye(3), np.array([0.0, 0.0, height / 2]))
    size = np.array([0.02, width, height])
    entering = Scene(
        min(max_opening, width + 0.02), 0.0, 0.001, 0.01, target=Box("target", T_base_tcp @ below, size)
    )
    return entering, Scene(width, 0.0, 0.001, 0.01, held=HeldBox(below, size))
