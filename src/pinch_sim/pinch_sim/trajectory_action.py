# SPDX-License-Identifier: Apache-2.0
"""The FollowJointTrajectory action of the arm."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from control_msgs.action import FollowJointTrajectory
from rclpy.action.server import ServerGoalHandle
from rclpy.node import Node
from trajectory_msgs.msg import JointTrajectory as TrajectoryMessage
from trajectory_msgs.msg import JointTrajectoryPoint

from pinch_core.errors import PinchError
from pinch_ros.conversions.time import duration_to_seconds, ns_to_stamp, seconds_to_duration, stamp_to_ns
from pinch_sim.cell import Cell
from pinch_sim.cell_action import CellAction
from pinch_sim.errors import GoalRejectedError
from pinch_sim.runner import CellRunner
from pinch_sim.trajectory import JointTrajectory
from pinch_sim.trajectory_controller import TrajectoryOutcome
from pinch_sim.trajectory_goal import TrajectoryGoal, TrajectoryResult


class TrajectoryAction(CellAction):
    """The arm controller's FollowJointTrajectory."""

    def __init__(self, node: Node, runner: CellRunner, action_name: str) -> None:
        super().__init__(node, runner, FollowJointTrajectory, action_name)

    def checked(self, cell: Cell, goal: FollowJointTrajectory.Goal) -> TrajectoryGoal:
        return cell.arm.check(
            trajectory_from_message(goal.trajectory),
            cell.time_ns,
            {tolerance.name: tolerance.position for tolerance in goal.path_tolerance},
            {tolerance.name: tolerance.position for tolerance in goal.goal_tolerance},
            duration_to_seconds(goal.goal_time_tolerance),
        )

    def start(self, cell: Cell, checked: TrajectoryGoal, handle: ServerGoalHandle) -> None:
        cell.arm.start(checked, cell.time_ns, partial(self.complete, handle))

    def cancel(self, cell: Cell) -> None:
        cell.arm.cancel(cell.time_ns)

    def feedback(self, cell: Cell) -> FollowJointTrajectory.Feedback:
        return _feedback(cell)

    def refusal(self, error: PinchError) -> TrajectoryOutcome:
        return TrajectoryOutcome(_code(error), str(error))

    def reason(self, error: PinchError) -> str:
        return f"{_code(error).name}, {error}"

    def end(self, outcome: TrajectoryOutcome, handle: ServerGoalHandle) -> FollowJointTrajectory.Result:
        if outcome.cancelled:
            handle.canceled()
        elif outcome.code is TrajectoryResult.SUCCESSFUL:
            handle.succeed()
        else:
            handle.abort()
        return FollowJointTrajectory.Result(error_code=int(outcome.code), error_string=outcome.message)


def _code(error: PinchError) -> TrajectoryResult:
    return TrajectoryResult(
        error.code if isinstance(error, GoalRejectedError) else TrajectoryResult.INVALID_GOAL
    )


def trajectory_from_message(message: TrajectoryMessage) -> JointTrajectory:
    """The trajectory of a trajectory_msgs/JointTrajectory.

    Raises:
        GoalRejectedError: points differ in how many values they carry.
    """
    points = message.points
    columns: dict[str, Any] = {}
    for field in ("positions", "velocities", "accelerations"):
        lengths = {len(getattr(point, field)) for point in points}
        if len(lengths) > 1:
            raise GoalRejectedError(
                TrajectoryResult.INVALID_GOAL,
                f"the trajectory's points carry {' or '.join(map(str, sorted(lengths)))} {field}; give "
                "every point the same.",
            )
        rows = [list(getattr(point, field)) for point in points]
        columns[field] = np.array(rows, dtype=np.float64) if lengths - {0} else None
    positions = columns["positions"]
    start = stamp_to_ns(message.header.stamp)
    return JointTrajectory(
        tuple(message.joint_names),
        np.array([duration_to_seconds(point.time_from_start) for point in points], dtype=np.float64),
        np.empty((len(points), 0)) if positions is None else positions,
        columns["velocities"],
        columns["accelerations"],
        start if start > 0 else None,
    )


def _feedback(cell: Cell) -> FollowJointTrajectory.Feedback:
    message = FollowJointTrajectory.Feedback()
    setpoint, readings = cell.arm.setpoint, cell.joint_readings()
    joints = len(cell.robot.arm_joints)
    position, velocity = readings.position[:joints], readings.velocity[:joints]
    message.header.stamp = ns_to_stamp(cell.time_ns)
    message.joint_names = list(cell.robot.arm_joints)
    time = seconds_to_duration(cell.arm.elapsed_ns(cell.time_ns) * 1e-9)
    message.desired = JointTrajectoryPoint(
        positions=setpoint.position.tolist(), velocities=setpoint.velocity.tolist(),
        accelerations=setpoint.acceleration.tolist(), time_from_start=time,
    )  # fmt: skip
    message.actual = JointTrajectoryPoint(
        positions=position.tolist(), velocities=velocity.tolist(), time_from_start=time
    )
    message.error = JointTrajectoryPoint(
        positions=(setpoint.position - position).tolist(), velocities=(setpoint.velocity - velocity).tolist(),
        time_from_start=time,
    )  # fmt: skip
    return message
