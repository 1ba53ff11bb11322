# SPDX-License-Identifier: Apache-2.0
"""SIGKILL to the executor while the arm moves in the simulated cell: its successor moves nothing unasked."""

from __future__ import annotations

import signal
from pathlib import Path

import numpy as np
from pinch_interfaces.action import ExecuteGrasp
from pinch_interfaces.msg import ErrorCode
from sensor_msgs.msg import JointState

from pinch_core.geometry.transform import Transform
from pinch_core.resources import load_robot
from pinch_ros.action_client import ActionClient
from pinch_ros.testing import wait_until
from pinch_system.client.cell_client import CellClient, known_grasp
from pinch_system.graph import simulated_graph

ROBOT = load_robot("panda")
MOVES_RAD_S, STILL_RAD_S = 0.2, 0.02
# The noise of an arm that holds its position [rad].
HELD_RAD = 0.005
DOWN = Transform.from_rpy((np.pi, 0.0, 0.0)).rotation
GRASP = known_grasp(Transform(DOWN, np.array([0.6, -0.2, 0.15])), 0.03, 0.05, ROBOT.base_frame)


def test_an_executor_killed_in_mid_motion_is_followed_by_one_that_moves_nothing_until_recovery(
    tmp_path: Path,
) -> None:
    with simulated_graph(tmp_path, real_time_factor=2.0) as graph, CellClient() as client:
        client.wait_until_ready(lambda: graph.dead)
        client.reset(1, "")
        speed, positions, killed = [np.inf], [np.empty(0)], []

        def look(state: JointState) -> None:
            of_joint = dict(zip(state.name, zip(state.position, state.velocity, strict=True), strict=True))
            positions[0], velocities = np.array([of_joint[name] for name in ROBOT.arm_joints]).T
            speed[0] = float(np.abs(velocities).max())
            if speed[0] > MOVES_RAD_S and not killed:
                graph.executor.signal(signal.SIGKILL)
                killed.append(speed[0])

        client.node.create_subscription(JointState, "/joint_states", look, 10)
        abandoned = ActionClient(client.node, ExecuteGrasp, "/grasp_executor/execute_grasp")
        abandoned.send_goal_async(ExecuteGrasp.Goal(grasp=GRASP))
        wait_until(lambda: killed, "the arm's motion")
        # The controller ends what it was sent; DDS takes the server for alive until its lease is over.
        wait_until(lambda: speed[0] < STILL_RAD_S, "the arm's rest")
        wait_until(lambda: not abandoned.server_is_ready(), "the farewell of the killed node")
        stopped_at = positions[0]

        graph.executor.restart()
        client.wait_until_ready(lambda: graph.dead)
        refused = client.execute_grasp(GRASP)
        assert refused.error_code == ErrorCode.NOT_RECOVERED, refused.error_msg
        assert "was killed while it moved the robot" in refused.error_msg
        assert speed[0] < STILL_RAD_S
        np.testing.assert_allclose(positions[0], stopped_at, atol=HELD_RAD)

        assert client.recover() == ""
        moved = client.execute_grasp(GRASP)
        # Nothing lies there, so the hand comes back empty: the arm has been there again.
        assert moved.error_code == ErrorCode.NOTHING_HELD, moved.error_msg
