# SPDX-License-Identifier: Apache-2.0
"""Grasps and scenes that the planner tests share."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from pinch_core.geometry.transform import Transform
from pinch_executor.motion_planner import Box, HeldBox, Reach, Scene, Speed

TRAVEL = Speed(velocity=0.5, acceleration=0.5, tool_speed=1.0)
LINEAR = Speed(velocity=0.5, acceleration=0.5, tool_speed=0.1)
CONTACT_M = 0.05
APPROACH_M = 0.10


def top_grasp(rng: np.random.Generator, lowest: float = 0.02) -> Transform:
    """``T_base_tool`` over the work area, any yaw, approach within 15 degrees of straight down."""
    position = rng.uniform((0.35, -0.25, lowest), (0.65, 0.25, 0.12))
    azimuth, tilt = rng.uniform(0, 2 * np.pi), np.radians(15) * np.sqrt(rng.random())
    tilted = Rotation.from_rotvec(tilt * np.array([np.cos(azimuth), np.sin(azimuth), 0.0]))
    down = Rotation.from_euler("xyz", (np.pi, 0.0, rng.uniform(-np.pi, np.pi)))
    return Transform((tilted * down).as_matrix(), position)


def reach_of(T_base_tool: Transform) -> Reach:
    """Approach along the tool axis, leave upwards."""
    via = T_base_tool @ Transform(np.eye(3), np.array([0.0, 0.0, -APPROACH_M]))
    leave = Transform(T_base_tool.rotation, T_base_tool.translation + np.array([0.0, 0.0, APPROACH_M]))
    return Reach(via, T_base_tool, leave, CONTACT_M)


def scenes_of(T_base_tool: Transform, width: float) -> tuple[Scene, Scene]:
    """Before closing with the object as an obstacle, and after with the object held."""
    height = float(T_base_tool.translation[2])
    below = Transform(np.eye(3), np.array([0.0, 0.0, height / 2]))
    size = np.array([0.02, width, height])
    entering = Scene(
        min(0.08, width + 0.02), 0.0, 0.001, 0.01, target=Box("target", T_base_tool @ below, size)
    )
    return entering, Scene(width, 0.0, 0.001, 0.01, held=HeldBox(below, size))
