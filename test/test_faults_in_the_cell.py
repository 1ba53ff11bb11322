# SPDX-License-Identifier: Apache-2.0
"""Faults and cancels in the simulated cell: each ends with its code, the arm at rest, the state known."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pinch_interfaces.action import PickAndPlace
from pinch_interfaces.msg import ErrorCode, Grasp
from rcl_interfaces.msg import Parameter
from rcl_interfaces.msg import ParameterType as Kind
from rcl_interfaces.msg import ParameterValue as Value
from rcl_interfaces.srv import SetParameters
from rclpy.node import Node
from sensor_msgs.msg import JointState

from pinch_core.geometry.transform import Transform
from pinch_core.resources import load_robot
from pinch_ros.testing import isolated_ros_domain, running, wait_for, wait_until
from pinch_system.benchmark.stop_watch import ARM, FINGERS, STILL, StopWatch
from pinch_system.client.cell_client import CellClient, known_grasp
from pinch_system.client.pick_record import PickRecord
from pinch_system.graph import Graph, simulated_graph
from pinch_training.attempts.read import read_attempts
from pinch_training.attempts.topics import AttemptTopics

SEED = 1
SPEED_UP = 3.0
STILL_RAD_S = 0.02
ROBOT = load_robot("panda")
DOWN = Transform.from_rpy((np.pi, 0.0, 0.0)).rotation


def grasp_at(x: float, y: float, z: float, frame: str = ROBOT.base_frame) -> Grasp:
    return known_grasp(Transform(DOWN, np.array([x, y, z])), 0.03, 0.05, frame)


# Away from the object and from the place areas.
FREE = grasp_at(0.6, -0.2, 0.15)


class Bench:
    """The graph, a client that picks, and a node that makes faults and looks at the joints."""

    def __init__(self, graph: Graph, client: CellClient, node: Node) -> None:
        self.graph, self.client = graph, client
        self.watch = StopWatch(client, ROBOT)
        self._set = node.create_client(SetParameters, "/sim_cell/set_parameters")
        self.speed, self.positions = np.inf, np.empty(0)
        node.create_subscription(JointState, "/joint_states", self._look, 10)

    def _look(self, state: JointState) -> None:
        position = dict(zip(state.name, state.position, strict=True))
        self.positions = np.array([position[name] for name in ROBOT.arm_joints])
        joints = zip(state.name, state.velocity, strict=True)
        self.speed = max(abs(v) for name, v in joints if name in ROBOT.arm_joints)

    def fault(self, name: str, on: bool) -> None:
        self._set_cell(f"faults.{name}", Value(type=Kind.PARAMETER_BOOL, bool_value=on))

    def pace(self, real_time_factor: float) -> None:
        value = Value(type=Kind.PARAMETER_DOUBLE, double_value=real_time_factor)
        self._set_cell("real_time_factor", value)

    def _set_cell(self, name: str, value: Value) -> None:
        request = SetParameters.Request(parameters=[Parameter(name=name, value=value)])
        response = wait_for(self._set.call_async(request), f"setting {name}")
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
        goal = PickAndPlace.Goal(place_area="right", max_attempts=1)
        self.client.pick_and_place(record, goal, folder, on_stage)
        assert done or not after, f"stage {after} never ended: {record}"
        return record

    def arm_comes_to_rest(self) -> None:
        self.speed = np.inf
        wait_until(lambda: self.speed < STILL_RAD_S, "the arm's rest")


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the executor appends its attempts."""
    return tmp_path_factory.mktemp("recording")


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory, recording: Path) -> Iterator[Bench]:
    logs = tmp_path_factory.mktemp("logs")
    with (
        isolated_ros_domain(),
        simulated_graph(logs, recording=recording, real_time_factor=SPEED_UP) as graph,
        running(lambda **kwargs: Node("faults", **kwargs)) as (node,),
        CellClient() as client,
    ):
        client.wait_until_ready(lambda: graph.dead)
        bench = Bench(graph, client, node)
        yield bench
        bench.watch.close()


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
    ("camera_stopped", "pre-grasp", (ErrorCode.SENSOR_INFO_STALE,)),
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


# What the executor then knows, by what it answers to a grasp that it is to plan only.
KNOWN, HOLDING, UNKNOWN = ErrorCode.SUCCESS, ErrorCode.INVALID_GOAL, ErrorCode.NOT_RECOVERED


# By the stage that the cancel was served in. Fingers may have got there before it.
KNOWN_AFTER = {
    "detect": (KNOWN,),
    "choose": (KNOWN,),
    "pre-grasp": (UNKNOWN, KNOWN),
    "approach": (KNOWN,),
    "close": (UNKNOWN, HOLDING),
    "verify": (HOLDING,),
    "lift": (HOLDING,),
    "plan": (HOLDING,),
    "transfer": (HOLDING,),
    "lower": (HOLDING,),
    "open": (UNKNOWN, KNOWN),
    "retreat": (KNOWN,),
}
DELAY_S = 0.3


def test_the_cancels_cover_every_stage() -> None:
    assert KNOWN_AFTER.keys() - {"plan"} == {*STILL, *FINGERS, *ARM}


@pytest.mark.parametrize("stage", [stage for stage in KNOWN_AFTER if stage != "plan"])
def test_a_cancel_in_any_stage_leaves_the_arm_at_rest_in_a_known_state(
    bench: Bench, tmp_path: Path, stage: str
) -> None:
    # Fingers close in a quarter of a second, which a busy machine may miss: slowly then, and once more.
    bench.pace(1.0 if stage in FINGERS else SPEED_UP)
    for _ in range(3):
        stop = bench.watch.cancel_in(stage, DELAY_S if stage in ARM else 0.0, SEED, tmp_path)
        if stop.record.error_code != ErrorCode.SUCCESS:
            break
    bench.pace(SPEED_UP)
    assert stop.stopped_s is not None, f"the stage did not come: {stop.record}"
    assert stop.record.error_code == ErrorCode.PREEMPTED, stop.record
    bench.arm_comes_to_rest()
    served = stop.record.error_msg.split("'")[1]
    order = list(KNOWN_AFTER)
    assert order.index(served) >= order.index(stage)
    asked = bench.client.execute_grasp(FREE, dry_run=True)
    assert asked.error_code in KNOWN_AFTER[served], (served, asked.error_msg)
    if asked.error_code == UNKNOWN:
        assert bench.client.recover() == ""


UNMET = [
    ("an unknown frame", grasp_at(0.5, 0.0, 0.1, "nowhere"), ErrorCode.FRAME_TRANSFORM_FAILURE),
    ("farther than the arm", grasp_at(0.84, 0.0, 0.9), ErrorCode.NO_IK_SOLUTION),
    ("outside the workspace", grasp_at(2.0, 0.0, 0.1), ErrorCode.GRASP_OUT_OF_REACH),
    ("inside the table", grasp_at(0.5, 0.0, -0.015), ErrorCode.GOAL_IN_COLLISION),
    ("below the workspace", grasp_at(0.5, 0.0, -0.2), ErrorCode.GRASP_OUT_OF_REACH),
]


@pytest.mark.parametrize(("grasp", "code"), [case[1:] for case in UNMET], ids=[case[0] for case in UNMET])
def test_a_grasp_that_cannot_be_had_moves_nothing(bench: Bench, grasp: Grasp, code: int) -> None:
    bench.client.reset(SEED, "")
    before = bench.positions.copy()
    result = bench.client.execute_grasp(grasp)
    assert result.error_code == code, (result.error_code, result.error_msg)
    bench.arm_comes_to_rest()
    np.testing.assert_allclose(bench.positions, before, atol=0.005)
    asked = bench.client.execute_grasp(FREE, dry_run=True)
    assert asked.error_code == ErrorCode.SUCCESS, asked.error_msg


def test_a_moving_frame_without_a_transform_at_the_stamp_has_its_code(bench: Bench) -> None:
    grasp = grasp_at(0.0, 0.0, 0.0, ROBOT.tcp_frame)
    grasp.header.stamp.sec = 100_000_000
    result = bench.client.execute_grasp(grasp)
    assert result.error_code == ErrorCode.FRAME_TRANSFORM_FAILURE, result.error_msg
    bench.arm_comes_to_rest()


def test_of_two_clients_the_second_is_refused_and_the_first_served(bench: Bench, tmp_path: Path) -> None:
    answers = []

    def ask_too() -> None:
        bench.pace(0.3)  # the first is still served when the second asks, however busy the machine is
        answers.append(other.execute_grasp(FREE))
        second = PickRecord(seed=SEED)
        goal = PickAndPlace.Goal(place_area="right")
        other.pick_and_place(second, goal, tmp_path, lambda stage, seconds: None)
        answers.append(second)
        bench.pace(SPEED_UP)

    with CellClient() as other:
        other.wait_until_ready(lambda: bench.graph.dead)
        record = bench.pick(tmp_path, "pre-grasp", ask_too)
    # Not record.success, which asks the cell while it lifts: a busy machine may miss that moment.
    assert record.error_code == ErrorCode.SUCCESS and record.held and record.placed, record
    assert [answer.error_code for answer in answers] == [ErrorCode.BUSY] * 2, answers
    assert "'pick_and_place' is being served" in answers[0].error_msg
    bench.arm_comes_to_rest()


def test_finetune_reads_what_the_executor_recorded(bench: Bench, recording: Path, tmp_path: Path) -> None:
    bench.pace(1.0)  # on a busy machine the faster arm is there before the cancel is
    held = bench.watch.cancel_in("transfer", 0.0, SEED, tmp_path)
    bench.pace(SPEED_UP)
    assert held.record.error_code == ErrorCode.PREEMPTED, held.record
    bench.pick(tmp_path, "approach", lambda: bench.fault("slippery_object", True))
    bench.fault("slippery_object", False)
    assert bench.client.recover() == ""
    attempts = read_attempts(recording / "attempts.csv", 32, AttemptTopics())
    assert attempts.successes.tolist()[-2:] == [True, False]
    assert attempts.crops.shape == (len(attempts), 32, 32)
    # The object and the table around it lie near the depth of the grasp.
    for crop, depth in zip(attempts.crops[-2:], attempts.depths[-2:], strict=True):
        assert abs(np.nanmedian(crop) - depth) < 0.1


def test_a_planner_that_leaves_while_the_arm_moves_ends_the_pick_with_a_code(
    bench: Bench, tmp_path: Path
) -> None:
    """Last but one in this file: it ends the planner."""

    def leave() -> None:
        bench.pace(0.3)  # the arm moves on while the planner takes its leave
        bench.graph.planner.signal(signal.SIGINT)

    record = bench.pick(tmp_path, "pre-grasp", leave)
    bench.pace(SPEED_UP)
    assert not record.placed and record.error_code == ErrorCode.COMMUNICATION_FAILURE, record
    bench.arm_comes_to_rest()
    assert bench.client.recover() == ""


def test_without_a_planner_a_pick_ends_with_a_code(bench: Bench, tmp_path: Path) -> None:
    """Last in this file: the planner is killed, if it still stands."""
    record = bench.pick(
        tmp_path, "", lambda: bench.graph.planner.is_running and bench.graph.planner.signal(signal.SIGKILL)
    )
    assert record.error_code in (ErrorCode.COMMUNICATION_FAILURE, ErrorCode.TIMED_OUT), record
    bench.arm_comes_to_rest()
