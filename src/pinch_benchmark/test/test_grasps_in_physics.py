# SPDX-License-Identifier: Apache-2.0
"""Is the simulator sane: does it hold what must hold, and let go what must not? With every gripper
that a network is shipped for.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import trimesh

from pinch_benchmark.physics.grasp_trial import ExecutedGrasp, Outcome, execute_grasp
from pinch_benchmark.physics.physics_config import GripperPhysicsConfig, MotionConfig
from pinch_benchmark.physics.settling import settle
from pinch_benchmark.physics.world import Matter, build_world
from pinch_core.geometry.transform import Transform
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_core.resources import load_gripper
from pinch_datagen.objects.object_model import ObjectModel
from pinch_datagen.physics.convex_parts import DecompositionConfig, convex_parts

GRIPPERS = ("yumi", "robotiq_2f85")
# Sizes are shares of the jaws' full opening.
BOX, WIDE, RADIUS = 0.6, 1.2, 0.4
TRIALS = 30


@pytest.fixture(scope="module", params=GRIPPERS)
def gripper(request: pytest.FixtureRequest) -> ParallelJawGripper:
    return load_gripper(request.param)


def box(gripper: ParallelJawGripper, width: float = BOX) -> trimesh.Trimesh:
    """80 mm long and 40 mm high, as wide as a share of the opening."""
    return trimesh.creation.box((0.08, width * gripper.max_opening, 0.04))


def sphere(gripper: ParallelJawGripper) -> trimesh.Trimesh:
    return trimesh.creation.icosphere(3, RADIUS * gripper.max_opening)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("parts")


def model_of(mesh: trimesh.Trimesh) -> ObjectModel:
    return ObjectModel("solid", "solid", np.array(mesh.vertices), np.array(mesh.faces), 1.0, np.zeros(3))


def tcp(x: float, y: float, z: float, yaw: float = 0.0) -> Transform:
    """Straight down, closing along the table's y turned by ``yaw``."""
    c, s = np.cos(yaw), np.sin(yaw)
    return Transform(np.array([[c, s, 0.0], [s, -c, 0.0], [0.0, 0.0, -1.0]]), np.array([x, y, z]))


def grasp(
    mesh: trimesh.Trimesh,
    T_table_tcp: Transform,
    opening: float,
    gripper: ParallelJawGripper,
    cache: Path,
    friction: float = 0.5,
    mass: float = 0.1,
) -> ExecutedGrasp:
    physics, motion = GripperPhysicsConfig(), MotionConfig()
    model = replace(model_of(mesh), mass=mass)
    parts = convex_parts(model, DecompositionConfig(), cache)
    world = build_world(gripper, model, parts, Matter(friction, mass), physics)
    resting = settle(world, Transform(np.eye(3), np.array([0.0, 0.0, mesh.extents[2] / 2])))
    assert resting is not None
    return execute_grasp(world, resting, T_table_tcp, opening, physics, motion)


def test_perfect_grasps_on_a_box_are_held(gripper: ParallelJawGripper, cache: Path) -> None:
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(TRIALS):
        pose = tcp(rng.uniform(-0.01, 0.01), rng.normal(0.0, 0.001), rng.uniform(0.016, 0.024))
        friction, mass = rng.uniform(0.3, 0.7), rng.uniform(0.03, 0.3)
        held += grasp(box(gripper), pose, 0.84 * gripper.max_opening, gripper, cache, friction, mass).held
    assert held >= 0.98 * TRIALS


def test_grasps_beside_the_object_are_never_held(gripper: ParallelJawGripper, cache: Path) -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        result = grasp(
            box(gripper),
            tcp(rng.uniform(-0.02, 0.02), 1.6 * gripper.max_opening, 0.02),
            0.9 * gripper.max_opening,
            gripper,
            cache,
        )
        assert result.outcome is Outcome.MISSED


def test_without_friction_nothing_is_held(gripper: ParallelJawGripper, cache: Path) -> None:
    for x in np.linspace(-0.02, 0.02, 10):
        assert not grasp(
            box(gripper), tcp(x, 0.0, 0.02), 0.84 * gripper.max_opening, gripper, cache, friction=0.0
        ).held


@pytest.mark.parametrize("friction", [0.05, 0.1])
def test_pads_that_close_on_the_side_of_a_slippery_sphere_do_not_hold_it(
    gripper: ParallelJawGripper, cache: Path, friction: float
) -> None:
    radius = RADIUS * gripper.max_opening
    off_centre = tcp(0.8 * radius, 0.0, radius)
    assert not grasp(sphere(gripper), off_centre, gripper.max_opening, gripper, cache, friction=friction).held


def test_pads_that_close_above_the_middle_of_a_slippery_sphere_do_not_hold_it(
    gripper: ParallelJawGripper, cache: Path
) -> None:
    above = tcp(0.0, 0.0, 1.8 * RADIUS * gripper.max_opening)
    assert not grasp(sphere(gripper), above, gripper.max_opening, gripper, cache, friction=0.2).held


def test_the_same_sphere_is_held_round_its_middle(gripper: ParallelJawGripper, cache: Path) -> None:
    assert grasp(
        sphere(gripper), tcp(0.0, 0.0, RADIUS * gripper.max_opening), gripper.max_opening, gripper, cache
    ).held


def test_an_object_wider_than_the_jaws_is_a_collision(gripper: ParallelJawGripper, cache: Path) -> None:
    assert (
        grasp(box(gripper, WIDE), tcp(0.0, 0.0, 0.02), gripper.max_opening, gripper, cache).outcome
        is Outcome.COLLIDED
    )


def test_fingers_that_come_down_on_the_table_are_a_collision(
    gripper: ParallelJawGripper, cache: Path
) -> None:
    low = gripper.finger.tip_beyond_tcp - 0.010
    assert (
        grasp(box(gripper), tcp(0.0, 0.0, low), 0.84 * gripper.max_opening, gripper, cache).outcome
        is Outcome.COLLIDED
    )


def test_the_gripper_may_be_turned_by_half_a_turn(gripper: ParallelJawGripper, cache: Path) -> None:
    for yaw in (0.0, np.pi):
        assert grasp(box(gripper), tcp(0.0, 0.0, 0.02, yaw), 0.84 * gripper.max_opening, gripper, cache).held


def test_the_same_grasp_ends_in_the_same_bits(gripper: ParallelJawGripper, cache: Path) -> None:
    first, second = (
        grasp(box(gripper), tcp(0.01, 0.001, 0.02), 0.84 * gripper.max_opening, gripper, cache)
        for _ in range(2)
    )
    assert first == second
