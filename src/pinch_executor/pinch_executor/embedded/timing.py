# SPDX-License-Identifier: Apache-2.0
"""When to be where on a path: time-optimal within velocity and acceleration limits (TOPP-RA, Pham and Pham
2018).
"""

from __future__ import annotations

import logging
import math

import numpy as np
import toppra
from toppra.algorithm import TOPPRA
from toppra.constraint import JointAccelerationConstraint, JointVelocityConstraint

from pinch_executor.embedded.robot_model import RobotModel
from pinch_executor.errors import PlanningFailed
from pinch_executor.motion_planner import Float64, JointTrajectory, Speed

logging.getLogger("toppra").setLevel(logging.ERROR)

SAMPLE_PERIOD_S = 0.02
GRID_POINTS = 101
# TOPP-RA holds the limits at grid points; between them they may be passed by a little. Planning for less and
# checking the samples afterwards keeps the promise at every sample.
LIMIT_SHARE = 0.95
NO_LIMIT = 1e3
SHORTEST_PATH_RAD = 1e-6


def time_path(
    robot: RobotModel, path: Float64, speed: Speed, tcp_length: float | None = None
) -> JointTrajectory:
    """The trajectory along the joint positions ``path`` (N, J), N >= 2, from rest to rest.

    ``tcp_length`` [m]: on a straight line, the way of the TCP, covered evenly by ``path``; it is then held
    to ``speed.tcp_speed``.

    Raises:
        PlanningFailed: no timing exists.
    """
    velocity = speed.velocity * robot.max_velocity
    acceleration = speed.acceleration * robot.max_acceleration
    steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
    if steps.sum() < SHORTEST_PATH_RAD:
        return _standing(robot, path[-1])
    points, v_max, a_max = path, velocity, acceleration
    if tcp_length is not None:
        # The TCP's travel as one more coordinate: its velocity limit is the TCP's.
        points = np.column_stack([path, np.linspace(0.0, tcp_length, len(path))])
        v_max, a_max = np.append(velocity, speed.tcp_speed), np.append(acceleration, NO_LIMIT)
    knots = np.append(0.0, np.cumsum(np.maximum(steps, SHORTEST_PATH_RAD)))
    spline = toppra.SplineInterpolator(knots, points)
    instance = TOPPRA(
        [
            JointVelocityConstraint(np.column_stack([-v_max, v_max]) * LIMIT_SHARE),
            JointAccelerationConstraint(np.column_stack([-a_max, a_max]) * LIMIT_SHARE),
        ],
        spline,
        gridpoints=np.linspace(0.0, knots[-1], GRID_POINTS),
        parametrizer="ParametrizeConstAccel",
    )
    timed = instance.compute_trajectory(0.0, 0.0)
    if timed is None:
        raise PlanningFailed(
            f"no timing of a path of {knots[-1]:.2f} rad within the limits exists; smooth or shorten it."
        )
    times = np.linspace(0.0, timed.duration, max(2, math.ceil(timed.duration / SAMPLE_PERIOD_S) + 1))
    joints = slice(0, path.shape[1])
    positions, velocities, accelerations = (timed(times, order)[:, joints] for order in (0, 1, 2))
    excess = max(
        1.0,
        float((np.abs(velocities) / velocity).max()),
        math.sqrt(float((np.abs(accelerations) / acceleration).max())),
    )
    velocities[[0, -1]] = 0.0
    return JointTrajectory(
        robot.robot.arm_joints, times * excess, positions, velocities / excess, accelerations / excess**2
    )


def _standing(robot: RobotModel, positions: Float64) -> JointTrajectory:
    """Standing still for one sample: a controller needs a point to reach."""
    still = np.zeros((2, len(positions)))
    return JointTrajectory(
        robot.robot.arm_joints,
        np.array([0.0, SAMPLE_PERIOD_S]),
        np.stack([positions, positions]),
        still,
        still.copy(),
    )
