# SPDX-License-Identifier: Apache-2.0
"""Faults of the simulated cell in the middle of a pick: each ends with its code and with the arm at rest."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pinch_interfaces.action import PickAndPlace
from pinch_interfaces.msg import ErrorCode
from rcl_interfaces.msg import Parameter
from rcl_interfaces.msg import ParameterType as Kind
from rcl_interfaces.msg import ParameterValue as Value
from rcl_interfaces.srv import SetParameters
from rclpy.node import Node
from sensor_msgs.msg import JointState

from pinch_bringup.demo.cell_client import CellClient
from pinch_bringup.demo.pick_record import PickRecord
from pinch_bringup.graph import Graph, simulated_graph
from pinch_ros.testing import isolated_ros_domain, running, wait_for, wait_until

SEED = 1
SPEED_UP = 2.0
STILL_RAD_S = 0.02
ARM = "panda_joint"


class Bench:
    """The graph, a client that picks, and a node that makes faults and looks at the joints."""

    def __init__(self, graph: Graph, client: CellClient, node: Node) -> None:
        self.graph, self.client = graph, client
        self._set = node.create_client(SetParameters, "/sim_cell/set_parameters")
        self.speed = np.inf
        node.create_subscription(JointState, "/joint_states", self._look, 10)

    def _look(self, state: JointState) -> None:
        joints = zip(state.name, state.velocity, strict=True)
        self.speed = max(abs(v) for name, v in joints if name.startswith(ARM))

    def fault(self, name: str, on: bool) -> None:
        value = Value(type=Kind.PARAMETER_BOOL, bool_value=on)
        request = SetParameters.Request(parameters=[Parameter(name=f"faults.{name}", value=value)])
        response = wait_for(self._set.call_async(request), f"setting faults.{name}")
        assert response.results[0].successful, response.results[0].reason

    def pick(self, folder: Path, after: str, act) -> PickRecord:
        """``act`` is called when the stage ``after`` has ended, "" before the goal is sent."""
        record, done = PickRecord(seed=SEED, object_name=self.client.reset(SEED, "")), []

        def on_stage(stage: str, seconds: float) -> None:
            if stage == after and not done:
                done.append(stage)
                act()

        if not after:
            act()
        self.client.pick_and_place(record, PickAndPlace.Goal(bin="right", max_attempts=1), folder, on_stage)
        assert done or not after, f"stage {after} never ended: {record}"
        return record

    def arm_comes_to_rest(self) -> None:
        self.speed = np.inf
        wait_until(lambda: self.speed < STILL_RAD_S, "the arm's rest")


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with (
        isolated_ros_domain(),
        simulated_graph(tmp_path_factory.mktemp("logs"), real_time_factor=SPEED_UP) as graph,
        running(lambda **kwargs: Node("faults", **kwargs)) as (node,),
        CellClient() as client,
    ):
        client.wait_until_ready(lambda: graph.dead)
        yield Bench(graph, client, node)


CONTROL = (ErrorCode.CONTROL_FAILED,)
LOST = (ErrorCode.NOTHING_HELD, ErrorCode.OBJECT_DROPPED)
# A silent controller does not confirm either that it stopped.
FAULTS = [
    ("reject_trajectories", "choose", CONTROL),
    ("abort_trajectories", "choose", CONTROL),
    ("silent_trajectories", "choose", (ErrorCode.NOT_RECOVERED,)),
    ("gripper_stuck", "approach", (ErrorCode.GRIPPER_FAILED,)),
    ("slippery_object", "approach", LOST),
    ("joint_states_stopped", "pre-grasp", (ErrorCode.ROBOT_STATE_STALE,)),
]


@pytest.mark.parametrize(("name", "after", "codes"), FAULTS, ids=[fault[0] for fault in FAULTS])
def test_a_fault_ends_with_its_code_at_rest_and_recovery_ends_the_fault(
    bench: Bench, tmp_path: Path, name: str, after: str, codes: tuple[int, ...]
) -> None:
    record = bench.pick(tmp_path, after, lambda: bench.fault(name, True))
    bench.fault(name, False)
    assert not record.placed and record.error_code in codes, record
    bench.arm_comes_to_rest()
    assert bench.client.recover() == ""


def test_a_killed_planner_ends_the_pick_with_a_code(bench: Bench, tmp_path: Path) -> None:
    """Last in this file: it kills the planner."""
    record = bench.pick(tmp_path, "", lambda: bench.graph.planner.signal(signal.SIGKILL))
    assert record.error_code in (ErrorCode.COMMUNICATION_FAILURE, ErrorCode.TIMED_OUT), record
    bench.arm_comes_to_rest()
