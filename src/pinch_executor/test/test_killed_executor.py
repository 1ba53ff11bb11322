# SPDX-License-Identifier: Apache-2.0
"""SIGKILL in mid-motion: the executor that follows refuses to move until it is told to recover."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from executor_fakes import ROBOT
from executor_graph import WAIT_S, Graph, grasp_message
from pinch_interfaces.action import ExecuteGrasp
from pinch_interfaces.msg import ErrorCode
from std_srvs.srv import Trigger

from pinch_ros.testing import isolated_ros_domain, wait_until

NODE = "from pinch_executor.node import main; main()"


@pytest.fixture
def graph(tmp_path, monkeypatch):
    monkeypatch.setenv("ROS_HOME", str(tmp_path))
    with isolated_ros_domain():
        graph = Graph(own_node=False)
        yield graph
        graph.close()


@contextmanager
def executor_process() -> Iterator[subprocess.Popen]:
    process = subprocess.Popen([sys.executable, "-c", NODE])
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_after_sigkill_in_mid_motion_nothing_moves_until_recovery(graph, tmp_path):
    goal = ExecuteGrasp.Goal(grasp=grasp_message())
    graph.robot.endless = True
    with executor_process():
        graph.wait_for_node()
        graph.send(graph.execute, goal)
        assert graph.robot.moving.wait(WAIT_S)
    # The block's end was the SIGKILL. The controller finishes what it was sent, or somebody brings it home.
    graph.robot.endless = False
    wait_until(lambda: not graph.robot.moving.is_set(), "the end of the motion")
    graph.robot.positions = np.array(ROBOT.home)
    assert list(tmp_path.glob("pinch/*.moving"))
    wait_until(lambda: not graph.execute.server_is_ready(), "the farewell of the killed node")
    sent = len(graph.robot.trajectories)
    with executor_process():
        graph.wait_for_node()
        refused = graph.run(graph.execute, goal).result
        assert refused.error_code == ErrorCode.NOT_RECOVERED
        assert "was killed while it moved the robot" in refused.error_msg
        assert len(graph.robot.trajectories) == sent
        answer = graph.result_of(graph.recover.call_async(Trigger.Request()))
        assert answer.success, answer.message
        assert not list(tmp_path.glob("pinch/*.moving"))
        served = graph.run(graph.execute, goal).result
        assert served.error_code == ErrorCode.SUCCESS and served.holding, served.error_msg
