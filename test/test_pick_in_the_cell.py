# SPDX-License-Identifier: Apache-2.0
"""The whole graph in the simulated cell: real DDS, real physics, from depth image to lifted object."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest
from pinch_interfaces.action import PickAndPlace
from pinch_interfaces.msg import ErrorCode

from pinch_bringup.demo.cell_client import CellClient
from pinch_bringup.demo.pick_record import PickRecord
from pinch_bringup.graph import Graph, simulated_graph

Running = tuple[CellClient, Graph]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with simulated_graph(tmp_path_factory.mktemp("logs")) as graph, CellClient() as client:
        client.wait_until_ready(lambda: graph.dead)
        yield client, graph


def pick(
    client: CellClient, seed: int, folder: Path, *, bin: str = "right", attempts: int = 3
) -> tuple[PickRecord, list[str]]:
    record = PickRecord(seed=seed, object_name=client.reset(seed, ""))
    stages: list[str] = []
    client.pick_and_place(
        record,
        PickAndPlace.Goal(max_attempts=attempts, bin=bin),
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
    first_seen = [stages.index(stage) for stage in job]
    assert first_seen == sorted(first_seen), stages
    assert record.plan_ms and all(ms >= 0 for ms in record.plan_ms.values())
    plans = [name for name in record.pictures if "plan" in name]
    assert plans and cv2.imread(str(tmp_path / plans[0])).shape == (480, 640, 3)


def test_an_unknown_bin_is_refused_before_anything_moves(running: Running, tmp_path: Path) -> None:
    record, stages = pick(running[0], 2, tmp_path, bin="nowhere")
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
        record, PickAndPlace.Goal(max_attempts=3, bin="right"), tmp_path, kill_when_detected
    )
    assert killed and not record.success
    lost = (ErrorCode.CONTROL_FAILED, ErrorCode.COMMUNICATION_FAILURE, ErrorCode.ROBOT_STATE_STALE)
    silent = (ErrorCode.GRIPPER_FAILED, ErrorCode.TIMED_OUT, ErrorCode.NOT_RECOVERED)
    assert record.error_code in lost + silent, record
    assert record.error_msg.endswith(".")
