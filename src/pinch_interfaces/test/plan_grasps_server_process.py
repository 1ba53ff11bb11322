# SPDX-License-Identifier: Apache-2.0
"""A process that serves PlanGrasps: one feedback, then one grasp that tells what the goal held."""

from __future__ import annotations

import contextlib

import rclpy
from pinch_interfaces.action import PlanGrasps
from pinch_interfaces.msg import ErrorCode, Grasp
from rclpy.action import ActionServer
from rclpy.action.server import ServerGoalHandle
from rclpy.executors import ExternalShutdownException


def execute(goal_handle: ServerGoalHandle) -> PlanGrasps.Result:
    goal = goal_handle.request
    goal_handle.publish_feedback(PlanGrasps.Feedback(stage="score", iteration=2))
    result = PlanGrasps.Result(error_code=ErrorCode.SUCCESS)
    result.grasps.header = goal.depth.header
    result.grasps.grasps = [
        Grasp(header=goal.depth.header, width=float(sum(goal.depth.data)), source=goal.request.policy)
    ]
    result.grasps.report.rejection_reasons = ["width"]
    result.grasps.report.rejection_counts = [goal.request.max_grasps]
    goal_handle.succeed()
    return result


rclpy.init()
node = rclpy.create_node("plan_grasps_server")
server = ActionServer(node, PlanGrasps, "plan_grasps", execute)
with contextlib.suppress(KeyboardInterrupt, ExternalShutdownException):
    rclpy.spin(node)
