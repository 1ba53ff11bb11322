# SPDX-License-Identifier: Apache-2.0
"""What a killed or failed executor leaves behind, and how recovery gets out of it."""

from __future__ import annotations

import numpy as np
import pytest
from executor_fakes import GRIPPER, ROBOT, World, grasp_at

from pinch_core.errors import OutputError
from pinch_executor.errors import Cancelled, ControllerFailed, GripperFailed, RecoveryNeeded


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def pick(world):
    return world.cycle.pick(lambda: [grasp_at(0.5, 0.0)], 1, world.job)


def pick_and_place(world):
    pick(world)
    world.cycle.place(lambda held: grasp_at(0.4, -0.3).T_base_tcp, world.job)


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
    world.job.cancelled = False
    world.fails("moving: approach", ControllerFailed("the controller gave up."))
    with pytest.raises(ControllerFailed):
        pick(world)
    assert world.marker.exists()


def test_an_arm_is_not_moved_when_the_marker_cannot_be_written(world):
    world.marker.parent.rmdir()
    world.marker.parent.write_text("a file where the folder should be")
    with pytest.raises(OutputError):
        pick(world)
    assert not world.arm.moves and not world.hand.commands


def test_recovery_goes_up_before_it_goes_home(world):
    world.cancels("moving: approach")
    with pytest.raises(Cancelled):
        pick(world)
    job = world.fresh_job()
    world.cycle.recover(job)
    assert job.stages == ["stop", "open", "retreat", "home"]


def test_fingers_that_stand_on_a_fallen_object_are_lifted_off_it_and_opened(world):
    world.cancels("moving: approach")
    with pytest.raises(Cancelled):
        pick(world)
    world.hand.stuck_at = 0.006
    world.on["moving: retreat"] = lambda: setattr(world.hand, "stuck_at", None)
    job = world.fresh_job()
    world.cycle.recover(job)
    assert job.stages == ["stop", "open", "retreat", "open", "home"]
    assert world.hand.now == pytest.approx(GRIPPER.max_opening)


def test_fingers_that_open_nowhere_are_no_recovery(world):
    world.hand.stuck_at = 0.006
    with pytest.raises(GripperFailed, match="free them"):
        world.cycle.recover(world.fresh_job())
    with pytest.raises(RecoveryNeeded):
        pick(world)
