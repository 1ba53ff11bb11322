# SPDX-License-Identifier: Apache-2.0
"""What a killed or failed executor leaves behind, and how recovery gets out of it."""

from __future__ import annotations

import numpy as np
import pytest
from executor_fakes import GRIPPER, ROBOT, World, grasp_at, pick, pick_and_place, place_pose

from pinch_core.errors import OutputError
from pinch_core.grasp import GripperTranslation
from pinch_executor.errors import (
    Cancelled,
    ControllerFailed,
    GripperFailed,
    InvalidGoal,
    RecoveryNeeded,
)


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


@pytest.mark.parametrize("stage", ["pre-grasp", "approach", "lift", "transfer", "lower", "retreat"])
def test_a_marker_lies_on_disk_in_every_motion_and_the_next_executor_obeys_it(world, stage):
    left = []
    world.on[f"moving: {stage}"] = lambda: left.append(world.marker.read_bytes())
    pick_and_place(world)
    assert left and not world.marker.exists(), "a goal that ended well leaves no marker"
    world.marker.write_bytes(left[0])
    world.arm.q = np.array(ROBOT.home)  # what was under way has ended at home: that alone proves nothing
    world.restart()
    moves = len(world.arm.moves)
    with pytest.raises(RecoveryNeeded, match="was killed while it moved the robot; call ~/recover"):
        pick(world)
    world.restart()
    with pytest.raises(RecoveryNeeded):
        world.cycle.execute_grasp(grasp_at(0.5, 0.0), world.job)
    assert len(world.arm.moves) == moves and world.marker.exists()
    world.cycle.recover(world.fresh_job())
    assert world.arm.stops == 1 and not world.marker.exists()
    pick(world)
    assert world.robot.held is not None


def test_a_cancelled_goal_leaves_no_marker_and_a_failed_one_does(world):
    world.cancels("moving: approach")
    with pytest.raises(Cancelled):
        pick(world)
    assert not world.marker.exists()
    world.client.cancelled = False
    world.fails("moving: approach", ControllerFailed("the controller gave up."))
    with pytest.raises(ControllerFailed):
        pick(world)
    assert world.marker.exists()


def test_an_arm_is_not_moved_when_the_marker_cannot_be_written(world):
    world.marker.parent.rmdir()
    world.marker.parent.write_text("a file where the folder should be")
    with pytest.raises(OutputError):
        pick(world)
    assert not world.arm.moves and not world.fingers.commands


def test_recovery_goes_up_before_it_goes_home(world):
    world.cancels("moving: approach")
    with pytest.raises(Cancelled):
        pick(world)
    world.cycle.recover(world.fresh_job())
    assert world.client.stages == ["stop", "open", "retreat", "home", "open"]


def test_fingers_that_stand_on_a_fallen_object_are_lifted_off_it_and_opened(world):
    world.cancels("moving: approach")
    with pytest.raises(Cancelled):
        pick(world)
    world.fingers.stuck_at = 0.006
    world.on["moving: retreat"] = lambda: setattr(world.fingers, "stuck_at", None)
    world.cycle.recover(world.fresh_job())
    assert world.client.stages == ["stop", "open", "retreat", "open", "home", "open"]
    assert world.fingers.now == pytest.approx(GRIPPER.max_opening)


def test_beside_the_object_a_recovery_opens_no_further_than_the_grasp_and_wide_only_at_home(world):
    grasp = grasp_at(0.5, 0.0)
    world.fails("fingers: close", GripperFailed("no answer."))
    with pytest.raises(GripperFailed):
        pick(world, [grasp])
    commands = len(world.fingers.commands)
    seen = []
    for stage in ("retreat", "home"):
        world.on[f"moving: {stage}"] = lambda: seen.append(world.fingers.now)
    world.cycle.recover(world.fresh_job())
    assert seen == [grasp.opening, grasp.opening]
    assert world.fingers.commands[commands:] == [grasp.opening, GRIPPER.max_opening]


def test_a_recovery_by_a_node_that_knows_of_no_grasp_opens_as_far_as_the_gripper_does(world):
    world.arm.q, world.fingers.now = np.array(ROBOT.home) + 0.3, 0.02
    world.cycle.recover(world.job)
    assert world.fingers.commands == [GRIPPER.max_opening, GRIPPER.max_opening]


def test_fingers_stuck_on_the_object_at_its_place_are_found_although_they_had_little_to_open(world):
    pick(world, [grasp_at(0.5, 0.0, opening=0.032)])
    world.fingers.stuck_at = 0.03
    with pytest.raises(GripperFailed, match=r"sent to 32\.0 mm and stand 30\.0 mm"):
        world.cycle.place(place_pose(), world.fresh_job())
    assert world.arm.moves[-1] == "lower"


@pytest.mark.parametrize("name", ["approach", "retreat"])
def test_a_straight_motion_without_a_length_is_refused(world, name):
    still = GripperTranslation(np.array([0.0, 0.0, -1.0]), 0.0)
    with pytest.raises(InvalidGoal, match=f"the grasp's {name} is 0 m long"):
        world.cycle.execute_grasp(grasp_at(0.5, 0.0, **{name: still}), world.job)


def test_fingers_that_open_nowhere_are_no_recovery(world):
    world.fingers.stuck_at = 0.006
    with pytest.raises(GripperFailed, match="free them"):
        world.cycle.recover(world.fresh_job())
    with pytest.raises(RecoveryNeeded):
        pick(world)
