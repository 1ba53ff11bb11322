# SPDX-License-Identifier: Apache-2.0
"""MoveIt's process is killed while the arm moves; a stand-in for moveit_py plans in the simulated cell."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import numpy as np
import pytest
from pinch_interfaces.msg import ErrorCode
from sensor_msgs.msg import JointState
from source_tree import ROOT

from pinch_core.geometry.transform import Transform
from pinch_core.resources import load_robot
from pinch_executor.moveit.remote_planner import SERVER
from pinch_ros.testing import wait_until
from pinch_system.client.cell_client import CellClient, known_grasp
from pinch_system.graph import simulated_graph

ROBOT = load_robot("panda")
MOVES_RAD_S, STILL_RAD_S = 0.2, 0.02
GRASP = known_grasp(
    Transform(Transform.from_rpy((np.pi, 0.0, 0.0)).rotation, np.array([0.6, -0.2, 0.15])),
    0.03,
    0.05,
    ROBOT.base_frame,
)


def moveit_process(executor: int) -> int:
    """The child of the executor that holds MoveIt."""
    children = Path(f"/proc/{executor}/task").glob("*/children")
    pids = [int(pid) for child in children for pid in child.read_text().split()]
    (found,) = (pid for pid in pids if SERVER in Path(f"/proc/{pid}/cmdline").read_text())
    return found


def test_a_moveit_process_killed_in_mid_motion_stops_the_arm_and_another_one_recovers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in = ROOT / "src" / "pinch_executor" / "test" / "fake_moveit"
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(stand_in), os.environ.get("PYTHONPATH", "")]))
    with (
        # Not faster: a loaded machine has to see the arm move, and kill, before it has arrived.
        simulated_graph(tmp_path, motion_planner="moveit", real_time_factor=1.0) as graph,
        CellClient() as client,
    ):
        client.wait_until_ready(lambda: graph.dead)
        client.reset(1, "")
        speed, killed = [np.inf], []

        def look(state: JointState) -> None:
            joints = zip(state.name, state.velocity, strict=True)
            speed[0] = max(abs(v) for name, v in joints if name in ROBOT.arm_joints)
            if speed[0] > MOVES_RAD_S and not killed:
                killed.append(moveit_process(graph.executor.pid))
                os.kill(killed[0], signal.SIGKILL)

        client.node.create_subscription(JointState, "/joint_states", look, 10)
        result = client.execute_grasp(GRASP)
        assert result.error_code == ErrorCode.COMMUNICATION_FAILURE, result.error_msg
        assert "SIGKILL while the arm moved" in result.error_msg
        wait_until(lambda: speed[0] < STILL_RAD_S, "the arm's rest")
        assert client.recover() == ""
        assert moveit_process(graph.executor.pid) != killed[0]
