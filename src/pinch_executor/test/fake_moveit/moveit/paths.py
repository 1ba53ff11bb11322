# SPDX-License-Identifier: Apache-2.0
"""How the stand-in plans: straight in joint space or for the TCP, or over a via point; quintic timing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pinocchio as pin
from scipy.interpolate import CubicSpline

from moveit.core.robot_state import RobotState

STEP_RAD, STEP_M, PERIOD_S = 0.04, 0.01, 0.05
SPEED = 1.875  # greatest derivative of 10 u^3 - 15 u^4 + 6 u^5 on [0, 1]


class SamplingFailed(Exception):
    """No path was found."""


def straight_path(start: np.ndarray, goal: np.ndarray) -> np.ndarray:
    return np.linspace(start, goal, max(2, int(np.abs(goal - start).max() / STEP_RAD) + 2))


def line_path(model, start: RobotState, goal, link: str, joints) -> tuple[np.ndarray, float]:
    """(N, J) and the length of the way [m]."""
    data = model._pin.createData()
    pin.framesForwardKinematics(model._pin, data, start._q)
    first = data.oMf[model._pin.getFrameId(link)]
    root = data.oMf[model._pin.getFrameId(goal.header.frame_id)]
    p, o = goal.pose.position, goal.pose.orientation
    last = root * pin.SE3(pin.Quaternion(o.w, o.x, o.y, o.z).matrix(), np.array([p.x, p.y, p.z]))
    length = float(np.linalg.norm(last.translation - first.translation))
    state, path = start.__deepcopy__({}), []
    for share in np.linspace(0.0, 1.0, max(3, int(length / STEP_M) + 2)):
        turn = pin.exp3(share * pin.log3(first.rotation.T @ last.rotation))
        here = pin.SE3(
            first.rotation @ turn, first.translation + share * (last.translation - first.translation)
        )
        if share and not state.set_from_ik("arm", _pose(here), link):
            raise SamplingFailed
        path.append([state.joint_positions[joint] for joint in joints])
        if len(path) > 1 and np.abs(np.subtract(path[-1], path[-2])).max() > 0.3:
            raise SamplingFailed
    return np.array(path), length


def _pose(placement: pin.SE3):
    from geometry_msgs.msg import Point, Pose, Quaternion

    x, y, z, w = pin.Quaternion(placement.rotation).coeffs()
    return Pose(position=Point(**dict(zip("xyz", map(float, placement.translation), strict=True))),
                orientation=Quaternion(x=float(x), y=float(y), z=float(z), w=float(w)))  # fmt: skip


def searched_path(
    start: np.ndarray,
    goal: np.ndarray,
    lower: np.ndarray,
    upper: np.ndarray,
    is_free: Callable[[np.ndarray], bool],
) -> np.ndarray:
    """A via point between start and goal, drawn until both legs are free."""
    rng = np.random.default_rng(0)
    for attempt in range(60):
        middle = (start + goal) / 2 + rng.normal(0.0, 0.02 * attempt, len(start))
        path = np.vstack([straight_path(start, middle)[:-1], straight_path(middle, goal)])
        smooth = CubicSpline([0.0, 0.5, 1.0], [start, np.clip(middle, lower, upper), goal])
        path = smooth(np.linspace(0.0, 1.0, 2 * len(path)))
        if np.all((path >= lower) & (path <= upper)) and all(map(is_free, path)):
            return path
    raise SamplingFailed


def timed(path: np.ndarray, velocity: np.ndarray, acceleration: np.ndarray, length: float, tcp_speed: float):
    """Times, positions, velocities and accelerations of a motion from rest to rest."""
    share = np.linspace(0.0, 1.0, len(path))
    curve = CubicSpline(share, path)
    fine = np.linspace(0.0, 1.0, 200)
    s, ds, dds = _quintic(fine)
    first, second = curve(s, 1), curve(s, 2)
    v = np.abs(first * ds[:, None]).max(axis=0)
    a = np.abs(second * ds[:, None] ** 2 + first * dds[:, None]).max(axis=0)
    duration = 1.02 * max(
        (v / velocity).max(), np.sqrt((a / acceleration).max()), SPEED * length / tcp_speed, 2 * PERIOD_S
    )
    times = np.linspace(0.0, duration, int(duration / PERIOD_S) + 2)
    s, ds, dds = (item[:, None] for item in _quintic(times / duration))
    first, second = curve(s[:, 0], 1), curve(s[:, 0], 2)
    return (
        times,
        curve(s[:, 0]),
        first * ds / duration,
        (second * ds**2 + first * dds) / duration**2,
    )


def _quintic(u: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return (
        10 * u**3 - 15 * u**4 + 6 * u**5,
        30 * u**2 - 60 * u**3 + 30 * u**4,
        60 * u - 180 * u**2 + 120 * u**3,
    )
