# SPDX-License-Identifier: Apache-2.0
"""A goal with an image goes to another process, feedback and result come back."""

from __future__ import annotations

import subprocess
import sys
from array import array
from pathlib import Path

import pytest
import rclpy
from pinch_interfaces.action import PlanGrasps
from pinch_interfaces.msg import ErrorCode, PlanRequest
from rclpy.action import ActionClient
from rclpy.task import Future
from sensor_msgs.msg import Image

pytestmark = pytest.mark.usefixtures("ros")
DEADLINE = 20.0  # s; discovery on a loaded machine


def test_plan_grasps_round_trip() -> None:
    server = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("plan_grasps_server_process.py"))]
    )
    try:
        node = rclpy.create_node("plan_grasps_client")
        client = ActionClient(node, PlanGrasps, "plan_grasps")
        assert client.wait_for_server(timeout_sec=DEADLINE)

        def finished(future: Future) -> object:
            rclpy.spin_until_future_complete(node, future, timeout_sec=DEADLINE)
            return future.result()

        depth = Image(height=480, width=640, encoding="32FC1", step=4 * 640)
        depth.header.frame_id = "camera_depth_optical_frame"
        depth.header.stamp.sec = 12
        depth.data = array("B", [1] * (480 * 640 * 4))
        goal = PlanGrasps.Goal(request=PlanRequest(max_grasps=3, policy="igq"), depth=depth)
        stages: list[tuple[str, int]] = []
        handle = finished(
            client.send_goal_async(
                goal,
                feedback_callback=lambda msg: stages.append((msg.feedback.stage, msg.feedback.iteration)),
            )
        )
        assert handle.accepted
        result = finished(handle.get_result_async()).result
        assert (result.error_code, result.error_msg) == (ErrorCode.SUCCESS, "")
        assert result.grasps.header == depth.header
        assert (result.grasps.grasps[0].width, result.grasps.grasps[0].source) == (480 * 640 * 4, "igq")
        assert list(result.grasps.report.rejection_counts) == [3]
        assert stages == [("score", 2)]
    finally:
        server.terminate()
        server.wait(timeout=DEADLINE)
