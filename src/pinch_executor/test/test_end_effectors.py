# SPDX-License-Identifier: Apache-2.0
"""The pick cycle knows no gripper type: what it promises holds for the jaw and for a vacuum that exists in
this file alone.
"""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from executor_fakes import World, pick, pick_and_place, place_pose

from pinch_core.errors import UnknownNameError
from pinch_core.grasp_types import GRASP_TYPES
from pinch_executor.end_effector import HeldObject
from pinch_executor.end_effectors import END_EFFECTORS, end_effector_type
from pinch_executor.errors import (
    Cancelled,
    GripperFailed,
    NothingHeld,
    ObjectDropped,
    RecoveryNeeded,
)


class VacuumModel:
    """A cup of 20 mm that never opens."""

    def check(self, grasp) -> None: ...

    pushing_opening = 0.0

    def approach_opening(self, grasp) -> float:
        return 0.0

    def expected(self, grasp, height: float) -> HeldObject:
        return HeldObject((0.02, 0.02), height, 0.0, 0.0)


class Vacuum:
    """Verifies by pressure. ``leaks``: the cup holds nothing; ``is_blocked``: the valve does not move."""

    def __init__(self, world: World) -> None:
        self.model = VacuumModel()
        self._world = world
        self.is_on, self.leaks, self.is_blocked = False, False, False
        self.blown_off = 0

    def opening(self) -> float:
        return 0.0

    def prepare(self, grasp, job) -> None:
        self._switch(True, job)

    def prepare_push(self, job) -> None: ...

    def engage(self, grasp, height: float, job) -> HeldObject:
        self._switch(True, job)
        if self.leaks:
            raise NothingHeld("the vacuum is 0 kPa; the cup leaks.")
        return self.model.expected(grasp, height)

    def release(self, job) -> None:
        self._switch(False, job)
        self.blown_off += 1

    def reset(self, job) -> None:
        self._switch(False, job)

    def check_released(self, job) -> None: ...

    def is_holding(self, held: HeldObject) -> bool:
        return self.is_on and not self.leaks

    def watch(self, held: HeldObject) -> None:
        if self.leaks:
            raise ObjectDropped("the vacuum is lost.")

    def close(self) -> None: ...

    def _switch(self, on: bool, job) -> None:
        self._world.happen(f"fingers: {job.current_stage}")
        job.check()
        if self.is_blocked:
            raise GripperFailed("the valve does not answer; check its power.")
        self.is_on = on


class VacuumWorld(World):
    """A robot with a vacuum gripper."""

    def make_end_effector(self):
        self.vacuum = Vacuum(self)
        return self.vacuum

    def lose_object(self) -> None:
        self.vacuum.leaks = True

    def find_nothing(self) -> None:
        self.vacuum.leaks = True

    def block(self) -> None:
        self.vacuum.is_blocked = True


class JawWorld(World):
    """A robot with a parallel jaw."""

    def lose_object(self) -> None:
        self.fingers.now = 0.0

    def find_nothing(self) -> None:
        self.fingers.object_width = None

    def block(self) -> None:
        self.fingers.stuck_at = 0.06


@pytest.fixture(params=[JawWorld, VacuumWorld], ids=["parallel_jaw", "vacuum"])
def world(request, tmp_path):
    return request.param(tmp_path)


def test_what_was_picked_is_held_and_what_was_placed_is_not(world):
    pick(world)
    assert world.robot.held is not None
    world.cycle.place(place_pose(), world.job)
    assert world.robot.held is None


def test_nothing_held_is_left_and_the_next_pick_is_served(world):
    world.find_nothing()
    with pytest.raises(NothingHeld):
        pick(world)
    assert world.client.stages[-2:] == ["verify", "retreat"] and world.robot.held is None
    with pytest.raises(NothingHeld):
        pick(world)


@pytest.mark.parametrize("stage", ["lift", "transfer", "lower"])
def test_a_loss_on_the_way_stops_the_arm_at_once(world, stage):
    world.on[f"moving: {stage}"] = world.lose_object
    with pytest.raises(ObjectDropped):
        pick_and_place(world)
    assert world.arm.moves[-1] == stage and world.arm.stopped_early == 1 and world.robot.held is None


def test_a_gripper_that_fails_moves_nothing_more_until_recovery(world):
    world.block()
    with pytest.raises(GripperFailed):
        pick(world)
    assert not world.arm.moves
    with pytest.raises(RecoveryNeeded):
        pick(world)


def test_a_cancel_while_the_gripper_acts_needs_a_recovery(world):
    world.cancels("fingers: close")
    with pytest.raises(Cancelled):
        pick(world)
    world.client.cancelled = False
    with pytest.raises(RecoveryNeeded, match="the gripper was stopped on its way"):
        pick(world)
    world.cycle.recover(world.fresh_job())
    pick(world)
    assert world.robot.held is not None


def test_every_type_that_grasps_are_planned_for_has_an_end_effector():
    assert set(GRASP_TYPES) <= set(END_EFFECTORS)


def test_a_type_without_an_end_effector_is_refused_with_those_that_there_are():
    magnet = SimpleNamespace(name="lift", type="magnet")
    with pytest.raises(UnknownNameError, match=r"'lift' is of type 'magnet'.*known: parallel_jaw"):
        end_effector_type(magnet)
