# SPDX-License-Identifier: Apache-2.0
"""Clearing a bin, against a heap that yields, refuses, drops and sticks where the test wants it to."""

from __future__ import annotations

import numpy as np
import pytest
from executor_fakes import DOWN, GRIPPER, ROBOT, World, grasp_at
from pinch_interfaces.msg import ErrorCode

from pinch_core.geometry.transform import Transform
from pinch_core.grasp import GripperTranslation
from pinch_executor.clear_bin import ClearLimits
from pinch_executor.errors import (
    BinNotCleared,
    Cancelled,
    ContactMet,
    ControllerFailed,
    GraspPlannerFailed,
    InvalidGoal,
    NoIkSolution,
    ObjectStuck,
    PlaceAreaFull,
    RecoveryNeeded,
    ServerUnavailable,
)
from pinch_executor.executor_config import ExecutorConfig
from pinch_executor.place_area import PlaceArea
from pinch_executor.place_map import PlaceMap
from pinch_executor.place_target import InArea
from pinch_executor.planned_push import PlannedPush

NO_LIMITS = ClearLimits(0, 0, 0.0)
PUSH_M = 0.05


def fails_to_plan(code: int) -> GraspPlannerFailed:
    return GraspPlannerFailed("the planner says no.", code)


class Heap:
    """``objects`` left; each place takes one. ``says``: the planner's next answers, before the heap's own."""

    def __init__(self, objects: int) -> None:
        self.objects, self.looks = objects, 0
        self.says: list[Exception | list] = []

    def detect(self):
        self.looks += 1
        if self.says:
            answer = self.says.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        if not self.objects:
            raise fails_to_plan(ErrorCode.NO_OBJECT)
        return [grasp_at(0.5, 0.03 * self.objects, id=f"grasp {self.looks}")]


class Bin:
    """A world, a heap, and a place area that is large enough."""

    def __init__(self, world: World, objects: int, size=(0.5, 0.4)) -> None:
        self.world, self.heap = world, Heap(objects)
        self.places = PlaceMap("tray", PlaceArea((0.45, -0.4, 0.0), size), world.config.placing)
        self.pushes: list[PlannedPush | Exception | None] = []
        self.feedback: list[tuple[int, int, int]] = []

    def plan_push(self) -> PlannedPush | None:
        push = self.pushes.pop(0) if self.pushes else None
        if isinstance(push, Exception):
            raise push
        return push

    def clear(self, limits=NO_LIMITS, *, may_push=False):
        world = self.world
        tell, placed = world.client.tell, world.robot.release_in_clutter

        def note(job) -> None:
            self.feedback.append((job.tally.picked, job.tally.attempts, job.tally.pushes))
            tell(job)

        def release(job) -> float:
            self.heap.objects -= job.current_stage == "open"
            world.now += 10.0
            return placed(job)

        world.client.tell, world.robot.release_in_clutter = note, release
        push = self.plan_push if may_push else None
        target = InArea(self.places, world.config.placing, 0.01)
        try:
            world.clear_bin.clear(limits, self.heap.detect, target, push, world.job)
        finally:
            world.robot.release_in_clutter = placed
        return world.job.tally


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def a_push(gain=0.3, x=0.45) -> PlannedPush:
    down = GripperTranslation(np.array([0.0, 0.0, -1.0]), 0.1)
    up = GripperTranslation(np.array([0.0, 0.0, 1.0]), 0.1)
    along = GripperTranslation(np.array([0.0, 1.0, 0.0]), PUSH_M)
    return PlannedPush(Transform(DOWN, np.array([x, 0.0, 0.03])), along, down, up, GRIPPER.name, gain)


def test_a_bin_is_cleared_and_counted_in_robot_time(world):
    tally = Bin(world, 3).clear()
    assert (tally.picked, tally.attempts, tally.pushes, tally.empty) == (3, 3, 0, True)
    assert tally.reasons == {} and tally.per_hour(world.now) == pytest.approx(3600 * 3 / 30.0)
    assert not world.marker.exists()


def test_an_empty_bin_is_a_success_without_a_motion(world):
    tally = Bin(world, 0).clear()
    assert tally.empty and tally.attempts == 0 and tally.per_hour(world.now) == 0.0
    assert not world.arm.moves and not world.fingers.commands


@pytest.mark.parametrize(
    ("limits", "picked"),
    [(ClearLimits(2, 0, 0.0), 2), (ClearLimits(0, 1, 0.0), 1), (ClearLimits(0, 0, 15.0), 2)],
)
def test_the_clients_limits_end_it_with_the_bin_not_empty(world, limits, picked):
    tally = Bin(world, 5).clear(limits)
    assert tally.picked == picked and not tally.empty


def test_feedback_tells_the_counts_while_it_goes_on(world):
    full = Bin(world, 2)
    full.clear()
    assert list(dict.fromkeys(full.feedback)) == [(0, 0, 0), (1, 1, 0), (2, 2, 0)]


@pytest.mark.parametrize(
    "code",
    [
        ErrorCode.FRAME_TRANSFORM_FAILURE,  # the bin's frame is not in TF
        ErrorCode.BIN_NOT_FOUND,  # not where it is said to be, or seen in part
        ErrorCode.GRIPPER_TOO_LARGE,
        ErrorCode.BIN_UNKNOWN,
        ErrorCode.INTRINSICS_MISMATCH,
    ],
)
def test_what_a_person_must_change_ends_it_at_once_with_the_planners_code_and_a_still_arm(world, code):
    full = Bin(world, 2)
    full.heap.says = [fails_to_plan(code)]
    with pytest.raises(GraspPlannerFailed) as caught:
        full.clear()
    assert caught.value.error_code == code and full.heap.looks == 1
    assert not world.arm.moves and not world.fingers.commands


def test_failures_are_counted_by_reason_and_the_heap_is_looked_at_again(world):
    full = Bin(world, 2)
    full.heap.says = [fails_to_plan(ErrorCode.NO_GRASP_FOUND), fails_to_plan(ErrorCode.SENSOR_INFO_STALE)]
    tally = full.clear()
    assert tally.reasons == {"NO_GRASP_FOUND": 1, "SENSOR_INFO_STALE": 1}
    assert tally.picked == 2 and tally.attempts == 4 and tally.empty


def test_where_a_grasp_closed_on_nothing_is_remembered_and_sent_until_something_is_picked_there(world):
    full = Bin(world, 1)
    world.fingers.object_width = None
    world.on["moving: retreat"] = lambda: setattr(world.fingers, "object_width", 0.03)
    first, other = grasp_at(0.5, 0.0, id="first"), grasp_at(0.5, 0.1, id="other")
    full.heap.says = [[first], [first, other]]
    tally = full.clear()
    assert tally.reasons == {"NOTHING_HELD": 1} and tally.picked == 1
    assert [(f.id, f.error_code, f.failures) for f in world.memory.failures] == [
        ("first", ErrorCode.NOTHING_HELD, 1)
    ]
    assert world.planner.reaches[1].T_base_goal.distance_to(other.T_base_tcp)[0] < 1e-9 or (
        world.planner.reaches[2].T_base_goal.distance_to(other.T_base_tcp)[0] < 1e-9
    )


def test_an_object_lost_on_the_way_is_a_failed_attempt_and_not_the_end(world):
    full = Bin(world, 2)

    def lose() -> None:
        world.fingers.now = 0.0
        full.heap.objects -= 1

    world.on["moving: transfer"] = lose
    tally = full.clear()
    assert tally.reasons == {"OBJECT_DROPPED": 1} and tally.picked == 1 and tally.empty


def test_what_is_left_between_the_fingers_after_a_loss_in_the_lift_is_let_go_there(world):
    full = Bin(world, 1)
    full.heap.says = [[grasp_at(0.4, 0.1, id="first")]]
    world.on["moving: lift"] = lambda: setattr(world.fingers, "now", 0.012)
    tally = full.clear()
    assert tally.reasons == {"OBJECT_DROPPED": 1} and tally.picked == 0
    assert world.client.stages[world.client.stages.index("lift") :][:3] == ["lift", "open", "look"]


def test_a_contact_on_the_approach_is_backed_off_from_and_remembered(world):
    full = Bin(world, 1)
    full.heap.says = [[grasp_at(0.4, 0.1, id="first")]]
    world.fails("moving: approach", ContactMet("held up."))
    tally = full.clear()
    assert tally.reasons == {"CONTROL_FAILED": 1}
    assert world.arm.moves[:3] == ["pre-grasp", "approach", "retreat"]


def test_grasps_out_of_reach_are_not_asked_for_again_in_this_goal_but_in_the_next(world):
    full = Bin(world, 2)
    world.planner.unreachable = lambda goal: NoIkSolution("too far.") if goal.translation[0] > 0.55 else None
    asked: list[tuple[str, ...]] = []
    detect = full.heap.detect
    full.heap.detect = lambda: asked.append(tuple(f.id for f in world.memory.failures)) or detect()
    full.heap.says = [[grasp_at(0.6, 0.0, id="far")]]
    full.clear()
    assert asked[:2] == [(), ("far",)] and world.memory.failures == ()


def test_after_failures_in_a_row_a_push_is_made_with_closed_jaws_and_counted(world):
    full = Bin(world, 1)
    full.heap.says = [fails_to_plan(ErrorCode.NO_GRASP_FOUND)] * 3
    full.pushes = [a_push()]
    tally = full.clear(may_push=True)
    assert (tally.picked, tally.pushes, tally.attempts) == (1, 1, 4)
    assert world.arm.moves[:4] == ["push"] * 4, "down to it, along it, up"
    assert world.fingers.commands[0] == GRIPPER.min_opening
    reach = world.planner.reaches[0]
    moved = reach.T_base_exit.translation - reach.T_base_goal.translation
    np.testing.assert_allclose(moved, (0.0, PUSH_M, 0.0), atol=1e-9)
    assert reach.contact_distance >= PUSH_M


def test_a_push_that_promises_too_little_or_that_the_arm_cannot_do_is_not_made(world):
    for push in (a_push(gain=0.01), a_push(x=1.5), None):
        full = Bin(world, 1)
        full.heap.says = [fails_to_plan(ErrorCode.NO_GRASP_FOUND)] * 3
        full.pushes = [push]
        with pytest.raises(BinNotCleared, match=r"the last 3 attempts failed .*3 NO_GRASP_FOUND.* 0 pushes"):
            full.clear(may_push=True)
        world.fresh_job()
    assert not world.arm.moves and not world.fingers.commands


def test_a_push_that_is_held_up_is_left_upwards_and_counts(world):
    full = Bin(world, 1)
    full.heap.says = [fails_to_plan(ErrorCode.NO_GRASP_FOUND)] * 3
    full.pushes = [a_push()]

    def held_up() -> None:
        world.fails("moving: push", ContactMet("held up."))

    world.on["moving: push"] = held_up
    tally = full.clear(may_push=True)
    assert tally.pushes == 1 and tally.picked == 1


def test_a_planner_that_plans_no_pushes_is_said_and_ends_it_as_a_bin_that_cannot_be_cleared(world):
    full = Bin(world, 1)
    full.heap.says = [fails_to_plan(ErrorCode.NO_GRASP_FOUND)] * 3
    full.pushes = [ServerUnavailable("/plan_push has no server.")]
    with pytest.raises(BinNotCleared):
        full.clear(may_push=True)
    assert any("no push could be planned: /plan_push has no server." in line for line in world.log)


def test_nobody_pushes_who_was_not_told_to(world):
    full = Bin(world, 1)
    full.heap.says = [fails_to_plan(ErrorCode.NO_GRASP_FOUND)] * 3
    full.pushes = [a_push()]
    with pytest.raises(BinNotCleared):
        full.clear()
    assert not world.arm.moves


def test_attempts_in_vain_end_it_after_so_many_in_a_row(world):
    world.fingers.object_width = None
    full = Bin(world, 9)
    full.heap.says = [[grasp_at(0.4 + 0.02 * i, 0.1, id=str(i))] for i in range(12)]
    with pytest.raises(BinNotCleared, match="the last 10 attempts failed") as caught:
        full.clear()
    assert caught.value.reasons == {"NOTHING_HELD": 10} and world.job.tally.picked == 0
    assert world.robot.held is None and len(world.memory.failures) == 10


def test_an_object_stuck_in_the_gripper_ends_it_held_and_still(world):
    world.fingers.sticks = True
    with pytest.raises(ObjectStuck):
        Bin(world, 2).clear()
    assert world.robot.held is not None and world.arm.moves[-1] == "retreat"
    assert world.job.tally.picked == 0


def test_a_full_place_area_ends_it_before_another_object_is_taken(world):
    full = Bin(world, 9, size=(0.12, 0.1))
    with pytest.raises(PlaceAreaFull, match="'tray'"):
        full.clear()
    assert world.robot.held is None and world.job.tally.picked == 1 and full.heap.looks == 2


def test_a_bin_that_is_empty_when_the_area_is_full_is_cleared(world):
    tally = Bin(world, 1, size=(0.12, 0.1)).clear()
    assert tally.picked == 1 and tally.empty


def test_a_camera_that_stays_away_ends_it_with_its_own_code(world):
    full = Bin(world, 1)
    full.heap.says = [fails_to_plan(ErrorCode.SENSOR_INFO_STALE)] * 3
    with pytest.raises(GraspPlannerFailed) as caught:
        full.clear()
    assert caught.value.error_code == ErrorCode.SENSOR_INFO_STALE and not world.arm.moves


def test_a_robot_fault_ends_it_and_the_next_one_needs_recovery(world):
    world.fails("moving: lift", ControllerFailed("gave up."))
    with pytest.raises(ControllerFailed):
        Bin(world, 2).clear()
    world.fresh_job()
    with pytest.raises(RecoveryNeeded):
        Bin(world, 2).clear()


def test_a_cancel_ends_it_and_what_was_placed_is_told(world):
    full = Bin(world, 3)
    world.on["moving: transfer"] = lambda: world.cancels("moving: lift")
    with pytest.raises(Cancelled):
        full.clear()
    assert world.job.tally.picked == 1 and world.arm.moves[-1] == "lift"


def test_a_gripper_that_holds_something_is_not_sent_to_clear_a_bin(world):
    world.cycle.pick(lambda: [grasp_at(0.5, 0.0)], 1, world.job)
    with pytest.raises(InvalidGoal, match="holds an object already"):
        Bin(world, 1).clear()


def test_a_place_that_cannot_be_reached_from_the_lift_is_reached_from_home(world):
    full = Bin(world, 1)
    home = np.array(ROBOT.home)
    plan = world.planner.plan_reach

    def from_home_only(start, reach, *rest):
        if reach.T_base_goal.translation[1] < -0.2 and not np.allclose(start, home):
            raise NoIkSolution("too far from here.")
        return plan(start, reach, *rest)

    world.planner.plan_reach = from_home_only
    assert full.clear().picked == 1


def test_failures_at_one_place_are_one_entry_and_the_memory_is_bounded(world):
    memory = world.memory
    told = []
    memory.tell(told.append)
    for i in range(3):
        memory.add(grasp_at(0.5, 0.004 * i, id=f"near {i}"), ErrorCode.NOTHING_HELD)
    (entry,) = memory.failures
    assert (entry.id, entry.failures) == ("near 2", 3) and len(told) == 4
    for i in range(100):
        memory.add(grasp_at(0.3 + 0.02 * i, 0.3, id=str(i)), ErrorCode.OBJECT_DROPPED)
    assert len(memory.failures) == 64 and memory.failures[-1].id == "99"
    memory.forget(["99"])
    assert memory.failures[-1].id == "98" and memory.clear() == 63 and memory.clear() == 0
    assert told[-1] == ()


def test_defaults_push_before_they_give_up():
    clearing = ExecutorConfig().clearing
    assert clearing.push_after < clearing.give_up_after
