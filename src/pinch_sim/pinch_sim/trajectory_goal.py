# SPDX-License-Identifier: Apache-2.0
"""What the arm controller accepts: the checks of ros2_controllers' joint_trajectory_controller, and joint
limits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np

from pinch_sim.errors import GoalRejectedError
from pinch_sim.trajectory import Float64, JointTrajectory

# Rounding in a planner may put a point this far beyond a limit.
LIMIT_SLACK = 1e-4


class TrajectoryResult(IntEnum):
    """Constants of control_msgs/FollowJointTrajectory's result."""

    SUCCESSFUL = 0
    INVALID_GOAL = -1
    INVALID_JOINTS = -2
    OLD_HEADER_TIMESTAMP = -3
    PATH_TOLERANCE_VIOLATED = -4
    GOAL_TOLERANCE_VIOLATED = -5


@dataclass(frozen=True, eq=False)
class JointLimits:
    """``lower``, ``upper`` [rad] and ``velocity`` [rad/s] of each joint, (joints,)."""

    names: tuple[str, ...]
    lower: Float64
    upper: Float64
    velocity: Float64


@dataclass(frozen=True, eq=False)
class Tolerances:
    """Allowed deviations, (joints,) each, inf for none: along the path [rad], at the goal [rad], and how late
    the goal may be reached [s]."""

    path: Float64
    goal: Float64
    goal_time: float


@dataclass(frozen=True, eq=False)
class TrajectoryGoal:
    """A trajectory in the controller's joint order with its tolerances."""

    trajectory: JointTrajectory
    tolerances: Tolerances


def checked_trajectory(trajectory: JointTrajectory, limits: JointLimits, now_ns: int) -> JointTrajectory:
    """The trajectory with its columns in the controller's joint order.

    Raises:
        GoalRejectedError: it is empty, not finite, not in order of time, for other joints, over already, out
        of the
            joints' range or moving at its end.
    """
    invalid = TrajectoryResult.INVALID_GOAL
    if len(trajectory.times) == 0:
        raise GoalRejectedError(invalid, "the trajectory has no points; send at least one.")
    ordered = _in_joint_order(trajectory, limits.names)
    for name in ("times", "positions", "velocities", "accelerations"):
        values = getattr(ordered, name)
        if values is not None and not np.all(np.isfinite(values)):
            raise GoalRejectedError(
                invalid, f"the trajectory's {name} hold a value that is not finite; send numbers."
            )
    if ordered.times[0] < 0 or np.any(np.diff(ordered.times) <= 0):
        raise GoalRejectedError(
            invalid,
            f"time_from_start is not strictly increasing from 0 on ({_short(ordered.times)} s); order "
            "the points.",
        )
    if ordered.start_ns is not None and ordered.start_ns + ordered.times[-1] * 1e9 < now_ns:
        raise GoalRejectedError(
            TrajectoryResult.OLD_HEADER_TIMESTAMP,
            f"the trajectory ends at {ordered.start_ns * 1e-9 + ordered.times[-1]:.3f} s but it is "
            f"{now_ns * 1e-9:.3f} s; "
            "stamp it with the controller's clock or with 0 for now.",
        )
    low, high = limits.lower - LIMIT_SLACK, limits.upper + LIMIT_SLACK
    for point, joint in np.argwhere((ordered.positions < low) | (ordered.positions > high)):
        raise GoalRejectedError(
            invalid,
            f"point {point} puts {limits.names[joint]} at {ordered.positions[point, joint]:.4f} rad, outside "
            f"[{limits.lower[joint]:.4f}, {limits.upper[joint]:.4f}]; plan within the joint's range.",
        )
    if ordered.velocities is not None and np.any(np.abs(ordered.velocities[-1]) > 1e-6):
        raise GoalRejectedError(
            invalid,
            f"the last point moves at {_short(ordered.velocities[-1])} rad/s; end the trajectory at rest.",
        )
    return ordered


def _in_joint_order(trajectory: JointTrajectory, names: tuple[str, ...]) -> JointTrajectory:
    given = trajectory.joint_names
    if sorted(given) != sorted(names):
        raise GoalRejectedError(
            TrajectoryResult.INVALID_JOINTS,
            f"the trajectory is for the joints {', '.join(given) or 'none'}; this controller moves "
            f"{', '.join(names)}, "
            "each exactly once and in any order.",
        )
    columns = [given.index(name) for name in names]
    rows = len(trajectory.times)
    ordered: dict[str, Float64 | None] = {}
    for field in ("positions", "velocities", "accelerations"):
        values = getattr(trajectory, field)
        if values is not None and values.shape != (rows, len(names)):
            raise GoalRejectedError(
                TrajectoryResult.INVALID_GOAL,
                f"the trajectory's {field} have shape {values.shape} for {rows} points of {len(names)} "
                "joints; give every "
                "point one value per joint.",
            )
        ordered[field] = None if values is None else values[:, columns]
    return replace(trajectory, joint_names=names, **ordered)  # type: ignore[arg-type]


def _short(values: Float64) -> str:
    return np.array2string(np.asarray(values), precision=3, threshold=8)
