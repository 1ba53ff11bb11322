# SPDX-License-Identifier: Apache-2.0
"""A robot's ROS 2 side in few lines: controllers ten times too fast, joint states, a grasp planner."""

from __future__ import annotations

import threading
from collections import deque

import numpy as np
from control_msgs.action import FollowJointTrajectory, GripperCommand
from executor_fakes import GRIPPER, ROBOT
from pinch_interfaces.action import PlanGrasps, PlanPush
from pinch_interfaces.msg import ErrorCode
from rclpy.action import ActionServer, CancelResponse
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.node import Node
from sensor_msgs.msg import JointState

from pinch_ros.conversions import duration_to_seconds

SPEED_UP = 10.0
PUBLISH_S = 0.02


class FakeRobot(Node):
    """``object_width`` [m]: what the fingers close on, until they let it go and the next grasps are planned.
    ``answers``: of the grasp planner, before it gives ``grasps``. ``moving`` is set while a trajectory is
    followed; ``endless`` ones stop at their beginning until they are cancelled, or are endless no more.
    ``lag_s`` [s]: how far the published joint states lie behind.
    """

    def __init__(self, start=ROBOT.home, **kwargs) -> None:
        super().__init__("fake_robot", **kwargs)
        self.positions = np.array(start)
        self.finger = GRIPPER.max_opening / 2
        self.object_width = 0.03
        self._let_go = False
        self.endless = False
        self.lag_s = 0.0
        self._past: deque[JointState] = deque()
        self.grasps = []
        self.answers: list[PlanGrasps.Result] = []
        self.push = PlanPush.Result(error_code=ErrorCode.NO_PUSH_FOUND)
        self.plan_goals = []
        self.trajectories = []
        self.moving = threading.Event()
        self._tick = threading.Event()
        self._publisher = self.create_publisher(JointState, "joint_states", 10)
        group = ReentrantCallbackGroup()
        self.create_timer(PUBLISH_S, self._publish, callback_group=ReentrantCallbackGroup())
        common = {"callback_group": group, "cancel_callback": lambda _: CancelResponse.ACCEPT}
        self._servers = [
            ActionServer(self, FollowJointTrajectory, ROBOT.trajectory_action, self._follow, **common),
            ActionServer(self, GripperCommand, ROBOT.gripper_action, self._grip, **common),
            ActionServer(self, PlanGrasps, "/grasp_planner/plan_grasps", self._plan, **common),
            ActionServer(self, PlanPush, "/grasp_planner/plan_push", self._plan_push, **common),
        ]

    def _publish(self) -> None:
        names = [*ROBOT.arm_joints, *ROBOT.finger_joints]
        positions = [*self.positions.tolist(), self.finger, self.finger]
        message = JointState(name=names, position=positions, velocity=[0.0] * len(names))
        message.header.stamp = self.get_clock().now().to_msg()
        self._past.append(message)
        while len(self._past) > self.lag_s / PUBLISH_S:
            self._publisher.publish(self._past.popleft())
        self._tick.set()

    def _follow(self, handle):
        self.trajectories.append(handle.request.trajectory)
        self.moving.set()
        try:
            last = 0.0
            for point in handle.request.trajectory.points:
                while self.endless and not handle.is_cancel_requested:
                    threading.Event().wait(PUBLISH_S)
                if handle.is_cancel_requested:
                    handle.canceled()
                    return FollowJointTrajectory.Result()
                time = duration_to_seconds(point.time_from_start)
                threading.Event().wait((time - last) / SPEED_UP)
                last = time
                self.positions = np.array(point.positions)
            self._wait_until_published()
            handle.succeed()
            return FollowJointTrajectory.Result(error_code=FollowJointTrajectory.Result.SUCCESSFUL)
        finally:
            self.moving.clear()

    def _grip(self, handle):
        target, met = handle.request.command.position, self.object_width / 2
        if self.finger == met and target > met:
            self._let_go = True
        stalled = target < met <= self.finger and not self._let_go
        self.finger = met if stalled else target
        self._wait_until_published()
        handle.succeed()
        return GripperCommand.Result(position=self.finger, stalled=stalled, reached_goal=not stalled)

    def _plan(self, handle):
        self.plan_goals.append(handle.request)
        self._let_go = False
        result = self.answers.pop(0) if self.answers else PlanGrasps.Result()
        if result.error_code == ErrorCode.SUCCESS:
            result.grasps.grasps = self.grasps
        handle.succeed()
        return result

    def _plan_push(self, handle):
        self.plan_goals.append(handle.request)
        handle.succeed()
        return self.push

    def _wait_until_published(self) -> None:
        self._tick.clear()
        self._tick.wait(1.0)
