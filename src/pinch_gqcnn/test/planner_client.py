# SPDX-License-Identifier: Apache-2.0
"""A client of the planner node in the test's own process."""

from __future__ import annotations

import threading
from typing import Any

from action_msgs.msg import GoalStatus
from pinch_interfaces.action import PlanGrasps
from pinch_interfaces.msg import PlanRequest
from rclpy.action import ActionClient
from rclpy.action.client import ClientGoalHandle
from rclpy.node import Node
from rclpy.task import Future
from sensor_msgs.msg import CameraInfo, Image

from pinch_ros.testing import wait_for, wait_until

_ANSWER_S = 2.0


class PlannerClient(Node):
    """Sends goals and publishes frames."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("planner_client", **kwargs)
        self.action = ActionClient(self, PlanGrasps, "/grasp_planner/plan_grasps")
        self.images = self.create_publisher(Image, "/depth/image_rect", 5)
        self.infos = self.create_publisher(CameraInfo, "/depth/camera_info", 5)
        self.feedback: list[PlanGrasps.Feedback] = []

    def wait_for_planner(self) -> None:
        wait_until(self.action.server_is_ready, "the planner's action server")
        for publisher in (self.images, self.infos):
            wait_until(lambda p=publisher: p.get_subscription_count(), "the planner's subscription")
        # Just after discovery an answer can get lost (the server may not know the client's reader yet).
        wait_until(self._is_answered, "an answer of the planner")

    def _is_answered(self) -> bool:
        goal = PlanGrasps.Goal(request=PlanRequest(policy="no such policy"))
        answered = threading.Event()
        handles: list[ClientGoalHandle] = []

        def on_handle(future: Future) -> None:
            handles.append(future.result())
            handles[0].get_result_async().add_done_callback(lambda _: answered.set())

        self.action.send_goal_async(goal).add_done_callback(on_handle)
        return answered.wait(_ANSWER_S)

    def send(self, goal: PlanGrasps.Goal) -> ClientGoalHandle:
        future = self.action.send_goal_async(goal, lambda message: self.feedback.append(message.feedback))
        handle = wait_for(future, "the answer to a goal")
        assert isinstance(handle, ClientGoalHandle)
        return handle

    def result_of(self, handle: ClientGoalHandle) -> tuple[int, PlanGrasps.Result]:
        """(status, result) of an accepted goal."""
        assert handle.accepted
        response: Any = wait_for(handle.get_result_async(), "the result of a goal")
        return response.status, response.result

    def ask(self, goal: PlanGrasps.Goal) -> PlanGrasps.Result:
        status, result = self.result_of(self.send(goal))
        assert (status == GoalStatus.STATUS_SUCCEEDED) == (result.error_code == 0)
        return result

    def publish(self, image: Image, info: CameraInfo) -> None:
        self.infos.publish(info)
        self.images.publish(image)

    def now_ns(self) -> int:
        return int(self.get_clock().now().nanoseconds)
