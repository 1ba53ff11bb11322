# SPDX-License-Identifier: Apache-2.0
"""What the camera saw and what was put down, as obstacles and as the extent of objects."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import coal
import numpy as np
import pytest
from executor_cases import LINEAR, TRAVEL, reach_of, tilted_grasp
from executor_fakes import DOWN, GRIPPER, ROBOT, World, grasp_at, pick, place_pose

from pinch_core.geometry.transform import Transform
from pinch_executor.candidate import Candidate
from pinch_executor.embedded.collision import CollisionChecker
from pinch_executor.embedded.field_shape import field_shape
from pinch_executor.embedded.own_body import OwnBody
from pinch_executor.embedded.planner import EmbeddedMotionPlanner, EmbeddedPlannerConfig
from pinch_executor.errors import (
    GoalInCollision,
    InvalidTrajectory,
    NothingHeld,
    PlanningFailed,
    StartStateInCollision,
)
from pinch_executor.executor_config import ExecutorConfig
from pinch_executor.footprint import measured_footprint
from pinch_executor.height_field import HeightField
from pinch_executor.motion_planner import HeldBox, Scene
from pinch_executor.parallel_jaw.model import JawModel
from pinch_executor.place_area import PlaceArea
from pinch_executor.place_map import PlaceMap
from pinch_executor.surroundings import Surroundings
from pinch_executor.trajectory_guard import TrajectoryGuard
from pinch_executor.waypoints import Waypoints

CELL_M = 0.005
HOME = np.array(ROBOT.home)
OPEN = Scene(opening=0.05, table_height=0.0, table_clearance=0.001, clearance=0.01)


def seen(*boxes, unknown=(), yaw: float = 0.0) -> HeightField:
    """A table of 0.6 x 0.8 m before the robot with ``boxes``: x, y of the center, length, width, height."""
    T_base_origin = Transform.from_rpy((0.0, 0.0, yaw), (0.2, -0.4, 0.0))
    field = HeightField(T_base_origin, CELL_M, np.zeros((160, 120)))
    x, y, _ = np.moveaxis(field.points, -1, 0)
    heights = field.heights.copy()
    for cx, cy, length, width, height in (*boxes, *((*box, np.nan) for box in unknown)):
        heights[(abs(x - cx) <= length / 2) & (abs(y - cy) <= width / 2)] = height
    return HeightField(T_base_origin, CELL_M, heights)


@pytest.fixture(scope="module")
def planner() -> EmbeddedMotionPlanner:
    return EmbeddedMotionPlanner(ROBOT, EmbeddedPlannerConfig())


def touches(field: HeightField, at: np.ndarray, edge: float) -> bool:
    T_base_shape, shape = field_shape(field)
    placed = coal.Transform3s(T_base_shape.rotation, T_base_shape.translation)
    result = coal.CollisionResult()
    box = coal.Box(edge, edge, edge)
    coal.collide(shape, placed, box, coal.Transform3s(np.eye(3), at), coal.CollisionRequest(), result)
    return result.isCollision()


def over(planner, y: float, z: float) -> np.ndarray:
    """Joint positions with the gripper straight down at y, z [m]."""
    grasp = reach_of(tilted_grasp((0.5, y, z), 0.0, 0.0, 0.0))
    return planner.plan_reach(HOME, grasp, OPEN, OPEN, TRAVEL, LINEAR).approach.end


def test_the_shape_of_a_field_is_solid_up_to_its_heights_and_free_above_and_where_nothing_is_known():
    boxes = ((0.45, 0.1, 0.1, 0.05, 0.08), (0.5, -0.2, 0.03, 0.3, 0.04))
    field = seen(*boxes, unknown=((0.3, 0.2, 0.1, 0.1),), yaw=0.3)
    rng, edge, checked = np.random.default_rng(0), 0.012, [0, 0]
    high = np.argwhere(np.nan_to_num(field.heights) > 0)
    for index in range(400):
        row, column = rng.choice(high) if index % 2 else rng.integers((3, 3), (157, 117))
        near = field.heights[max(row - 3, 0) : row + 4, max(column - 3, 0) : column + 4]
        at = field.T_base_origin @ np.array([column * CELL_M, row * CELL_M, rng.uniform(edge, 0.12)])
        bottom = at[2] - edge / 2
        if np.isnan(near).all() or bottom > np.nanmax(near) + 1e-3:
            checked[0] += 1
            assert not touches(field, at, edge)
        if bottom < field.heights[row, column]:
            checked[1] += 1
            assert touches(field, at, edge)
    assert min(checked) >= 10


def test_a_wall_that_the_camera_saw_is_gone_round_and_the_guard_refuses_a_way_through(planner):
    wall = replace(OPEN, fields=(seen((0.5, 0.0, 0.5, 0.03, 0.4)),))
    left, right = over(planner, 0.25, 0.22), over(planner, -0.25, 0.22)
    through = planner.plan_joints(left, right, OPEN, TRAVEL)
    around = planner.plan_joints(left, right, wall, TRAVEL)
    guard = TrajectoryGuard(planner.model, ExecutorConfig().workspace, 0.03)
    guard.check(around, left, wall)
    with pytest.raises(InvalidTrajectory, match="surroundings"):
        guard.check(through, left, wall)


def waypoints(field: HeightField) -> Waypoints:
    around = Waypoints(ExecutorConfig(), JawModel(GRIPPER), Surroundings({}))
    around.surroundings.look(field)
    return around


def plan(planner, way: Waypoints, grasp) -> None:
    entering, leaving = way.scene_with_target(grasp), way.scene_with_planned(grasp)
    planner.plan_reach(HOME, way.pick_reach(grasp), entering, leaving, way.travel, way.linear)


def grasp_on(height: float, width: float = 0.03) -> Candidate:
    return grasp_at(0.5, 0.0, height - 0.02, width)


def test_the_target_is_no_obstacle_and_a_neighbour_under_the_palm_is(planner):
    target = (0.5, 0.0, 0.12, 0.03, 0.06)
    plan(planner, waypoints(seen(target)), grasp_on(0.06))
    plan(planner, waypoints(seen(target, (0.5, 0.1, 0.1, 0.06, 0.05))), grasp_on(0.06))
    with pytest.raises((GoalInCollision, PlanningFailed), match="surroundings"):
        plan(planner, waypoints(seen(target, (0.5, 0.06, 0.1, 0.03, 0.3))), grasp_on(0.06))


def test_fingers_may_touch_what_was_seen_only_near_the_grasp(planner):
    field = seen((0.5, 0.0, 0.3, 0.3, 0.3))
    scene = replace(OPEN, fields=(field,))
    inside = over(planner, 0.0, 0.3)
    checker = planner.checker(scene)
    assert checker.collides(inside) and not checker.collides(inside, may_touch=True)
    assert set(checker.contacts(inside).replace(" and ", ", ").split(", ")) <= {
        "surroundings 0",
        *ROBOT.finger_links,
    }


def test_the_held_object_keeps_clear_of_what_was_seen_and_may_touch_it_where_it_is_put_down(planner):
    held = HeldBox(Transform(np.eye(3), np.array([0.0, 0.0, 0.05])), np.array([0.03, 0.03, 0.1]))
    at = over(planner, 0.0, 0.2)
    checker = CollisionChecker(
        planner.model,
        planner.model.collision_shapes(),
        replace(OPEN, held=held, fields=(seen((0.5, 0.0, 0.2, 0.2, 0.12)),)),
    )
    assert checker.contacts(at) == "held object and surroundings 0"
    assert not checker.collides(at, may_touch=True)


def at_top(x: float, y: float, z: float, yaw: float = 0.0) -> Transform:
    turn = Transform.from_rpy((0.0, 0.0, yaw)).rotation
    return Transform(turn @ DOWN, np.array([x, y, z]))


def test_the_extent_of_an_object_is_measured_in_the_grippers_own_axes():
    field = seen((0.5, 0.1, 0.16, 0.04, 0.05), (0.5, 0.18, 0.1, 0.06, 0.09))
    footprint = measured_footprint(field, at_top(0.46, 0.1, 0.03), (0.022, 0.04))
    assert footprint.lower == pytest.approx((-0.04, -0.02), abs=1.5 * CELL_M)
    assert footprint.upper == pytest.approx((0.12, 0.02), abs=1.5 * CELL_M)
    assert footprint.above == pytest.approx(0.02)
    turned = measured_footprint(field, at_top(0.46, 0.1, 0.03, np.pi / 2), (0.04, 0.022))
    assert turned.length == pytest.approx(0.16, abs=1.5 * CELL_M)


def test_a_flat_object_does_not_run_into_the_table_nor_into_its_higher_neighbour():
    field = seen((0.5, 0.1, 0.06, 0.04, 0.011), (0.5, 0.15, 0.06, 0.06, 0.03))
    footprint = measured_footprint(field, at_top(0.5, 0.1, 0.005), (0.022, 0.04))
    assert footprint.length <= 0.06 + 2 * CELL_M


def test_of_what_the_camera_did_not_see_no_extent_is_told():
    assert (
        measured_footprint(seen(unknown=((0.5, 0.1, 0.2, 0.2),)), at_top(0.5, 0.1, 0.03), (0.02, 0.03))
        is None
    )
    assert measured_footprint(seen(), at_top(2.0, 0.1, 0.03), (0.02, 0.03)) is None


def test_the_arm_in_its_own_image_is_no_obstacle_to_itself(planner):
    down = over(planner, 0.0, 0.2)
    gripper = (0.5, 0.0, 0.05, 0.2, 0.28)  # as seen from above, at the height of the palm
    beside = (0.5, 0.25, 0.1, 0.1, 0.05)
    field = OwnBody(planner.model).left_out(seen(gripper, beside), down, OPEN.opening)
    assert not planner.checker(replace(OPEN, fields=(field,))).collides(down)
    assert planner.checker(replace(OPEN, fields=(seen(gripper),))).collides(down)
    row, column = np.unravel_index(np.nanargmax(field.heights), field.heights.shape)
    assert field.points[row, column] == pytest.approx((0.5, 0.25, 0.05), abs=0.06), "the rest is still known"


def test_what_is_taken_is_no_obstacle_any_more_and_what_is_put_down_is_one():
    area = PlaceMap("tray", PlaceArea((0.4, -0.3, 0.0)), ExecutorConfig().placing)
    around = Surroundings({"tray": area})
    around.look(seen((0.5, 0.1, 0.16, 0.04, 0.05)))
    footprint = around.take(at_top(0.5, 0.1, 0.03), (0.022, 0.04))
    (left,) = around.fields
    assert np.nanmax(left.heights) < 0.01
    area.put(at_top(0.4, -0.3, 0.03), footprint)
    _, placed = around.fields
    assert np.nanmax(placed.heights) == pytest.approx(0.05)
    around.look(seen())
    assert len(around.fields) == 1, "the next look shows that it is gone"


@pytest.mark.parametrize("width", [0.03, None], ids=["held", "nothing held"])
def test_what_is_between_the_pads_is_in_the_way_of_no_motion_round_the_grasp(tmp_path, width):
    world = World(tmp_path)
    world.fingers.object_width = width
    world.robot.waypoints.surroundings.look(seen((0.5, 0.0, 0.12, 0.03, 0.06)))
    scenes: dict[str, Scene] = {}
    world.guard.check = lambda *given: scenes.__setitem__(world.job.current_stage, given[2])
    with contextlib.suppress(NothingHeld):
        pick(world, [grasp_on(0.06)])
    away = "retreat" if width is None else "lift"
    for stage in ("pre-grasp", "approach", away):
        (field,) = scenes[stage].fields
        assert np.nanmax(field.heights) == 0.0, stage


def test_an_object_that_hangs_among_others_is_raised_before_it_is_carried(tmp_path):
    world = World(tmp_path)
    pick(world)
    lifted = world.arm.q.copy()
    plan_reach = world.planner.plan_reach

    def collides_below(start, *rest):
        if np.array_equal(start, lifted):
            raise StartStateInCollision("it touches.")
        return plan_reach(start, *rest)

    world.planner.plan_reach = collides_below
    world.cycle.place(place_pose(), world.fresh_job())
    assert world.robot.held is None and world.arm.moves[-4:] == ["plan", "transfer", "lower", "retreat"]
