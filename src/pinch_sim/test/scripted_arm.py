# SPDX-License-Identifier: Apache-2.0
"""Moves the cell's arm by hand-written TCP poses, independent of the stack's own motion planner."""

from __future__ import annotations

import mujoco
import numpy as np

from pinch_core.geometry.transform import Transform
from pinch_sim.cell import Cell
from pinch_sim.gripper_controller import GripperOutcome
from pinch_sim.trajectory import JointTrajectory
from pinch_sim.trajectory_controller import TrajectoryOutcome


def tool_down(x: float, y: float, z: float, closing_angle: float = 0.0) -> Transform:
    """T_base_tcp of a gripper that points straight down and closes along y turned by ``closing_angle``."""
    c, s = np.cos(closing_angle), np.sin(closing_angle)
    return Transform.from_axes((c, s, 0.0), (s, -c, 0.0), (0.0, 0.0, -1.0), (x, y, z))


def inverse_kinematics(cell: Cell, T_base_tcp: Transform, start: np.ndarray) -> np.ndarray:
    """Arm joints (7,) for a TCP pose, by damped Newton steps from ``start``."""
    model, arm = cell.scene.model, cell.scene.arm_qpos
    data = mujoco.MjData(model)
    data.qpos[arm] = start
    body = model.body(cell.robot.tcp_frame).id
    linear, angular = np.zeros((3, model.nv)), np.zeros((3, model.nv))
    for _ in range(200):
        mujoco.mj_kinematics(model, data)
        mujoco.mj_comPos(model, data)
        turn = T_base_tcp.rotation @ data.xmat[body].reshape(3, 3).T
        error = np.concatenate([T_base_tcp.translation - data.xpos[body], _rotation_vector(turn)])
        if np.linalg.norm(error) < 1e-6:
            return np.array(data.qpos[arm])
        mujoco.mj_jacBody(model, data, linear, angular, body)
        jacobian = np.vstack([linear, angular])[:, cell.scene.arm_dof]
        step = jacobian.T @ np.linalg.solve(jacobian @ jacobian.T + 1e-4 * np.eye(6), error)
        # Short steps, or a far target throws the arm over its limits.
        data.qpos[arm] += step * min(1.0, 0.2 / np.abs(step).max())
    raise AssertionError(f"no joint positions reach {T_base_tcp.translation}")


def _rotation_vector(rotation: np.ndarray) -> np.ndarray:
    quaternion, vector = np.zeros(4), np.zeros(3)
    mujoco.mju_mat2Quat(quaternion, rotation.ravel())
    mujoco.mju_quat2Vel(vector, quaternion, 1.0)
    return vector


def trajectory_to(cell: Cell, joints: np.ndarray, seconds: float) -> JointTrajectory:
    rest = np.zeros((1, len(joints)))
    return JointTrajectory(cell.robot.arm_joints, np.array([seconds]), joints[None], rest, rest)


def follow(cell: Cell, trajectory: JointTrajectory, longest: float = 10.0) -> TrajectoryOutcome:
    """Step until the trajectory has ended."""
    outcomes: list[TrajectoryOutcome] = []
    cell.arm.start(cell.arm.check(trajectory, cell.time_ns), cell.time_ns, outcomes.append)
    run_until(cell, lambda: bool(outcomes), longest)
    return outcomes[0]


def move_tool(cell: Cell, T_base_tcp: Transform, seconds: float) -> None:
    joints = inverse_kinematics(cell, T_base_tcp, cell.arm.setpoint.position)
    outcome = follow(cell, trajectory_to(cell, joints, seconds))
    assert outcome.code == 0, outcome


def close_hand(cell: Cell, effort: float = 0.0, position: float = 0.0) -> GripperOutcome:
    outcomes: list[GripperOutcome] = []
    cell.gripper.start(cell.gripper.check(position, effort), cell.time_ns, outcomes.append)
    run_until(cell, lambda: bool(outcomes), 5.0)
    return outcomes[0]


def run_until(cell: Cell, condition, longest: float) -> None:
    end = cell.time_ns + round(longest * 1e9)
    while not condition():
        assert cell.time_ns < end, f"nothing came of it in {longest} s of simulated time"
        cell.step()


def run_for(cell: Cell, seconds: float) -> None:
    for _ in range(round(seconds * 1e9 / cell.period_ns)):
        cell.step()
