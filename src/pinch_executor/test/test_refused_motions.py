# SPDX-License-Identifier: Apache-2.0
"""Motions that the guard refuses: before anything moves where it can be known, and else at once."""

from __future__ import annotations

import numpy as np
import pytest
from executor_fakes import GRIPPER, World, grasp_at, place_pose

from pinch_core.geometry.transform import Transform
from pinch_executor.errors import GraspOutOfReach, InvalidTrajectory


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def pick(world, candidates, attempts=1):
    return world.cycle.pick(lambda: candidates, attempts, world.job)


def refuse_motions_to(world, T_base_tcp: Transform, error=InvalidTrajectory) -> None:
    """The guard passes no motion that ends with the TCP there."""

    def refuses(trajectory) -> None:
        if np.allclose(trajectory.end[:3], T_base_tcp.translation):
            raise error("it would touch the box.")

    world.guard.refuses = refuses


def test_the_second_grasp_is_tried_when_the_guard_refuses_the_first(world):
    spoiled, good = grasp_at(0.5, 0.0), grasp_at(0.6, 0.1)
    refuse_motions_to(world, spoiled.T_base_tcp)
    assert pick(world, [spoiled, good]) is good
    assert world.fingers.commands == [good.opening, GRIPPER.min_opening]


def test_when_the_guard_refuses_every_grasp_neither_arm_nor_fingers_have_moved(world):
    grasp = grasp_at(0.5, 0.0)
    refuse_motions_to(world, grasp.T_base_tcp)
    with pytest.raises(InvalidTrajectory, match="none of 1 grasps can be reached; the best one: it would"):
        pick(world, [grasp], attempts=2)
    with pytest.raises(InvalidTrajectory):
        world.cycle.execute_grasp(grasp, world.job, dry_run=True)
    assert not world.arm.moves and not world.fingers.commands


def only_the_third_motion_is_refused():
    """A lift ends where the way there did, so that only its turn tells it apart."""
    seen = []

    def refuses(trajectory) -> None:
        seen.append(trajectory)
        if len(seen) == 3:
            raise InvalidTrajectory("it would touch the box.")

    return refuses


def test_a_lift_that_the_guard_refuses_is_refused_before_the_fingers_move(world):
    stuck, good = grasp_at(0.5, 0.0), grasp_at(0.6, 0.1)
    world.guard.refuses = only_the_third_motion_is_refused()
    with pytest.raises(InvalidTrajectory):
        pick(world, [stuck])
    assert not world.arm.moves and not world.fingers.commands
    world.guard.refuses = only_the_third_motion_is_refused()
    assert pick(world, [stuck, good]) is good


def test_a_retreat_that_the_guard_refuses_is_refused_before_the_object_is_carried(world):
    pick(world, [grasp_at(0.5, 0.0)])
    world.guard.refuses = only_the_third_motion_is_refused()
    moves = len(world.arm.moves)
    with pytest.raises(InvalidTrajectory):
        world.cycle.place(place_pose(), world.fresh_job())
    assert len(world.arm.moves) == moves and world.robot.held is not None


@pytest.mark.parametrize("error", [InvalidTrajectory, GraspOutOfReach])
def test_a_motion_that_is_refused_on_the_way_ends_a_pick_that_has_attempts_left(world, error):
    grasp = grasp_at(0.5, 0.0)
    world.on["moving: pre-grasp"] = lambda: refuse_motions_to(world, grasp.T_base_tcp, error)
    with pytest.raises(error):
        pick(world, [grasp], attempts=3)
    assert world.arm.moves == ["pre-grasp"] and world.job.attempts == 1
