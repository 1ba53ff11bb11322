# SPDX-License-Identifier: Apache-2.0
"""The whole graph in the simulated cell: real DDS, real physics, from depth image to lifted object."""

from __future__ import annotations

import re
import shlex
import signal
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest
import yaml
from pinch_interfaces.action import PickAndPlace
from pinch_interfaces.msg import ErrorCode
from test_documented_commands import commands, fill, interface_of

from pinch_ros.action_client import ActionClient
from pinch_ros.testing import wait_for
from pinch_system.client.cell_client import CellClient
from pinch_system.client.pick_record import PickRecord
from pinch_system.graph import Graph, simulated_graph

NEEDS_A_BIN = re.compile(r"\bheap:|\bbin:")
Running = tuple[CellClient, Graph]

# What the pages send by ``ros2 action send_goal`` and ``ros2 service call``: server, type, values. What
# needs a bin is sent in test_bin_in_the_cell.py.
CALLS = sorted(
    {
        (shlex.join(words), *words[-3:])
        for words in (command.words for command in commands())
        if words[:3] in (["ros2", "action", "send_goal"], ["ros2", "service", "call"])
        if not NEEDS_A_BIN.search(words[-1])
    }
)
SPEED_UP = 2.0
# For one pick, which takes some twelve seconds of the robot's time.
PICK_S = 90.0


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with (
        simulated_graph(tmp_path_factory.mktemp("logs"), real_time_factor=SPEED_UP) as graph,
        CellClient() as client,
    ):
        client.wait_until_ready(lambda: graph.dead)
        yield client, graph


def pick(
    client: CellClient, seed: int, folder: Path, *, place_area: str = "right", attempts: int = 3
) -> tuple[PickRecord, list[str]]:
    record = PickRecord(seed=seed, object_name=client.reset(seed, ""))
    stages: list[str] = []
    client.pick_and_place(
        record,
        PickAndPlace.Goal(max_attempts=attempts, place_area=place_area),
        folder,
        lambda stage, _: stages.append(stage),
    )
    return record, stages


def test_an_object_is_picked_held_and_placed(running: Running, tmp_path: Path) -> None:
    record, stages = pick(running[0], 1, tmp_path)
    assert record.success, record
    assert record.lifted, "the simulator never saw the object off the table between the fingers"
    job = [
        "detect",
        "choose",
        "pre-grasp",
        "approach",
        "close",
        "verify",
        "lift",
        "transfer",
        "lower",
        "open",
        "retreat",
    ]
    assert set(job) <= set(stages), stages
    first_seen = [stages.index(stage) for stage in job]
    assert first_seen == sorted(first_seen), stages
    assert record.plan_ms and all(ms >= 0 for ms in record.plan_ms.values())
    plans = [name for name in record.pictures if "plan" in name]
    assert plans and cv2.imread(str(tmp_path / plans[0])).shape == (480, 640, 3)


@pytest.mark.parametrize(("command", "server", "kind", "values"), CALLS, ids=[call[0] for call in CALLS])
def test_a_documented_call_is_served(
    running: Running, command: str, server: str, kind: str, values: str
) -> None:
    client, _ = running
    assert client.recover() == ""
    client.reset(1, "")
    interface, is_action = interface_of(kind), "/action/" in kind
    message = (interface.Goal if is_action else interface.Request)()
    fill(message, yaml.safe_load(values))
    if is_action:
        goal = wait_for(ActionClient(client.node, interface, server).send_goal_async(message), command)
        result = wait_for(goal.get_result_async(), command, PICK_S).result
        assert result.error_code == ErrorCode.SUCCESS, result.error_msg
    else:
        result = wait_for(client.node.create_client(interface, server).call_async(message), command)
        assert result.success, result.message


def test_an_unknown_place_area_is_refused_before_anything_moves(running: Running, tmp_path: Path) -> None:
    record, stages = pick(running[0], 2, tmp_path, place_area="nowhere")
    assert record.error_code == ErrorCode.BIN_UNKNOWN, record
    assert "nowhere" in record.error_msg and "right" in record.error_msg
    assert not {"approach", "close", "lift"} & set(stages)


def test_a_cell_that_dies_ends_the_pick_with_a_code(running: Running, tmp_path: Path) -> None:
    """Last in this file: it kills the robot."""
    client, graph = running
    record = PickRecord(seed=3, object_name=client.reset(3, ""))
    killed: list[str] = []

    def kill_when_detected(stage: str, seconds: float) -> None:
        if stage == "choose" and not killed:
            killed.append(stage)
            graph.cell.signal(signal.SIGKILL)

    client.pick_and_place(
        record, PickAndPlace.Goal(max_attempts=3, place_area="right"), tmp_path, kill_when_detected
    )
    assert killed and not record.success
    lost = (ErrorCode.CONTROL_FAILED, ErrorCode.COMMUNICATION_FAILURE, ErrorCode.ROBOT_STATE_STALE)
    silent = (ErrorCode.GRIPPER_FAILED, ErrorCode.TIMED_OUT, ErrorCode.NOT_RECOVERED)
    assert record.error_code in lost + silent, record
    assert record.error_msg.endswith(".")
