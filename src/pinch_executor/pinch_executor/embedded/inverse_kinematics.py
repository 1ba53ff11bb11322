# SPDX-License-Identifier: Apache-2.0
"""Joint positions for a TCP pose: damped least squares (Wampler 1986), restarted from several seeds."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pinch_core.geometry.transform import Transform
from pinch_executor.embedded.robot_model import RobotModel
from pinch_executor.joint_turns import joint_distance, turned_near
from pinch_executor.motion_planner import Float64

TOLERANCE = 1e-5  # m and rad: far below what a controller holds
DAMPING = 1e-2
MAX_ITERATIONS = 60
MAX_STEP_RAD = 0.4
# Pull of the spare degree of freedom towards the middle of its range; without it solutions stick to the
# limits, from where no straight line can start.
CENTERING = 0.2
LIMIT_MARGIN_RAD = 0.03
DISTINCT_RAD = 0.2


def solve_ik(
    robot: RobotModel, T_base_tcp: Transform, seed: Float64, centering: float = CENTERING
) -> Float64 | None:
    """Joint positions (J,) near ``seed`` (J,) that put the TCP at the pose, None if the descent does not get
    there.
    """
    goal = robot.root_from(T_base_tcp)
    margin = np.minimum(LIMIT_MARGIN_RAD, (robot.upper - robot.lower) / 10)  # a short prismatic joint
    lower, upper = robot.lower + margin, robot.upper - margin
    q = np.clip(seed, lower, upper)
    # A continuous joint has no middle: it stays near the seed.
    middle = q.copy()
    limited = ~robot.continuous
    middle[limited] = (lower[limited] + upper[limited]) / 2
    identity = np.eye(len(q))
    for _ in range(MAX_ITERATIONS):
        twist, jacobian = robot.tcp_error(q, goal)
        if np.abs(twist).max() < TOLERANCE:
            return q
        # Damping and centering fade with the error, so the last steps converge quadratically as Newton's do.
        far = min(1.0, float(np.linalg.norm(twist)))
        damping = DAMPING * far
        gain = np.linalg.solve(
            jacobian @ jacobian.T + damping**2 * np.eye(6), np.column_stack([twist, jacobian])
        )
        step = jacobian.T @ gain[:, 0]
        if centering:
            step += (identity - jacobian.T @ gain[:, 1:]) @ (centering * far * (middle - q))
        largest = float(np.abs(step).max())
        q = np.clip(q + step * min(1.0, MAX_STEP_RAD / max(largest, 1e-12)), lower, upper)
    return None


def ik_solutions(
    robot: RobotModel, T_base_tcp: Transform, near: Float64, seeds: int, rng: np.random.Generator
) -> Iterator[Float64]:
    """Distinct solutions (J,) from ``near`` (J,), the home position and ``seeds`` random ones; continuous
    joints within half a turn of ``near``.
    """
    found: list[Float64] = []
    home = np.array(robot.robot.home)
    for index in range(seeds + 2):
        seed = near if index == 0 else home if index == 1 else robot.random_positions(rng)
        solution = solve_ik(robot, T_base_tcp, seed)
        if solution is None:
            continue
        solution = turned_near(solution, near, robot.continuous)
        if any(joint_distance(solution, other, robot.continuous).max() < DISTINCT_RAD for other in found):
            continue
        found.append(solution)
        yield solution
