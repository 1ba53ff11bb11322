# SPDX-License-Identifier: Apache-2.0
"""Where there is room in a place area, and what is known to lie there."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from executor_fakes import GRIPPER, World, grasp_at, pick
from hypothesis import given, settings
from hypothesis import strategies as st

from pinch_core.geometry.transform import Transform
from pinch_executor.end_effector import HeldObject
from pinch_executor.errors import ContactMet, NoIkSolution, ObjectStuck, PlaceAreaFull
from pinch_executor.footprint import Footprint
from pinch_executor.height_field import HeightField
from pinch_executor.place_area import PlaceArea, PlacingConfig
from pinch_executor.place_map import CELL_M, PlaceMap
from pinch_executor.place_target import InArea

AREA = PlaceArea(position=(0.45, -0.4, 0.05), size=(0.30, 0.24), yaw=0.3)
CONFIG = PlacingConfig()
HELD = HeldObject((0.022, 0.03), 0.04, 0.03, 0.042, (0.022, 0.073), Footprint.centered((0.05, 0.03), 0.02))


def area(**changes) -> InArea:
    return InArea(PlaceMap("tray", PlaceArea(**{**AREA.__dict__, **changes}), CONFIG), CONFIG, 0.01)


def place(target: InArea, held: HeldObject = HELD) -> Transform:
    """At the best place; the object stands where the gripper let go."""
    T_base_tcp = next(target.poses(held))
    target.put(held, T_base_tcp)
    return T_base_tcp


def fill(target: InArea) -> None:
    while True:
        place(target)


def corners_of(footprint: Footprint, T_base_tcp: Transform) -> np.ndarray:
    (x0, y0), (x1, y1) = footprint.lower, footprint.upper
    flat = np.array([(x0, y0, 0), (x1, y0, 0), (x1, y1, 0), (x0, y1, 0)])
    return np.array([T_base_tcp @ corner for corner in flat])


def apart(first: np.ndarray, second: np.ndarray) -> float:
    """Widest gap between two convex outlines (4, 2) along any of their edges' normals [m]."""
    gaps = []
    for outline in (first, second):
        for edge in np.diff(outline[[0, 1, 2]], axis=0):
            normal = np.array([-edge[1], edge[0]]) / np.linalg.norm(edge)
            a, b = first @ normal, second @ normal
            gaps.append(max(a.min() - b.max(), b.min() - a.max()))
    return max(gaps)


@settings(max_examples=15, deadline=None)
@given(
    sizes=st.lists(st.tuples(st.floats(0.02, 0.12), st.floats(0.02, 0.08)), min_size=2, max_size=7),
    yaw=st.floats(-3.0, 3.0),
)
def test_objects_lie_inside_the_area_and_apart_from_each_other(sizes, yaw):
    target = area(yaw=yaw)
    T_area_base = Transform.from_rpy((0.0, 0.0, yaw), AREA.position).inverse()
    outlines = []
    for size in sizes:
        held = replace(HELD, size=(0.022, size[1]), footprint=Footprint.centered(size, 0.02))
        try:
            outline = corners_of(held.footprint, place(target, held))[:, :2]
        except PlaceAreaFull:
            break
        own = np.array([T_area_base @ np.array([*corner, AREA.position[2]]) for corner in outline])
        assert np.all(np.abs(own[:, :2]) <= np.array(AREA.size) / 2 + CELL_M)
        assert all(apart(outline, other) >= CONFIG.gap - CELL_M for other in outlines)
        outlines.append(outline)
    assert outlines


def test_the_underside_is_let_go_a_little_over_the_surface_with_the_gripper_straight_down():
    T_base_tcp = place(area())
    assert T_base_tcp.translation[2] == pytest.approx(0.05 + CONFIG.drop_height + HELD.below)
    np.testing.assert_allclose(T_base_tcp.rotation[:, 2], (0, 0, -1), atol=1e-12)


def test_a_full_area_is_said_with_its_name_and_free_again_once_it_is_emptied():
    target = area()
    for _ in range(6):
        place(target)
    with pytest.raises(
        PlaceAreaFull, match=r"'tray' \(30 x 24 cm\) has no free spot .* of 5 x 3 cm; empty it"
    ):
        fill(target)
    target._places.clear()
    place(target)


def test_an_area_that_may_be_stacked_lets_go_over_what_lies_there():
    target = area(size=(0.08, 0.08), stack_height=0.1)
    first, second = place(target), place(target)
    top = first.translation[2] + HELD.footprint.above
    assert second.translation[2] == pytest.approx(top + CONFIG.drop_height + HELD.below, abs=CELL_M)
    with pytest.raises(PlaceAreaFull):
        place(target)


def test_an_object_longer_than_the_area_fits_nowhere():
    long = replace(HELD, footprint=Footprint.centered((0.5, 0.03), 0.02))
    with pytest.raises(PlaceAreaFull, match="50 x 3 cm"):
        next(area().poses(long))


def seen(heights: np.ndarray, cell: float = 0.005) -> HeightField:
    """Of a camera over the area's center."""
    rows, columns = heights.shape
    corner = np.array(AREA.position) - np.array([columns - 1, rows - 1, 0]) * cell / 2
    return HeightField(Transform(np.eye(3), corner), cell, heights)


def test_what_a_look_no_longer_shows_is_free_and_what_it_cannot_see_stays():
    target = area()
    for _ in range(4):
        place(target)
    places = target._places
    before = np.isfinite(places.field().heights).sum()
    places.see(seen(np.full((120, 120), np.nan)))
    assert np.isfinite(places.field().heights).sum() == before
    places.see(seen(np.zeros((120, 120))))
    assert places.is_empty and places.field() is None


def test_what_a_look_shows_is_not_built_upon():
    target = area()
    heights = np.zeros((120, 120))
    heights[50:70, 50:70] = 0.06  # somebody else put 10 x 10 cm there
    target._places.see(seen(heights))
    for T_base_tcp in islice(target.poses(HELD), 5):
        outline = corners_of(HELD.footprint, T_base_tcp)[:, :2]
        box = np.array(AREA.position)[:2] + 0.05 * np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])
        assert apart(outline, box) >= CONFIG.gap - 2 * CELL_M


@pytest.mark.parametrize("offset", [-0.015, 0.015])
def test_a_camera_that_sees_the_surface_a_little_off_and_noisy_finds_it_free(offset):
    places = area()._places
    rng = np.random.default_rng(0)
    heights = offset + rng.normal(0.0, 0.002, (120, 120))
    heights[rng.random(heights.shape) < 0.01] += 0.02
    heights[60:72, 60:72] += 0.04
    places.see(seen(heights))
    occupied = np.isfinite(places.field().heights)
    assert 30 <= occupied.sum() <= 60, "6 x 6 cm, and no more than its rim and a few cells beside it"


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def test_the_first_spot_that_can_be_reached_is_taken(world):
    target = area()
    best, second = islice(target.poses(HELD), 2)
    world.planner.unreachable = lambda goal: (
        NoIkSolution("too far.") if goal.distance_to(raised(best))[0] < 0.01 else None
    )
    pick(world)
    world.cycle.place(target, world.fresh_job())
    assert world.robot.held is None
    assert world.planner.reaches[-1].T_base_goal.distance_to(raised(second))[0] < 0.05


def raised(T_base_tcp: Transform) -> Transform:
    """The same spot for the object of the fake pick, which reaches 5 cm below the TCP."""
    return Transform(T_base_tcp.rotation, T_base_tcp.translation + np.array([0, 0, 0.05 - HELD.below]))


def test_a_contact_while_lowering_stops_lets_go_there_and_is_no_fault(world):
    target = area()
    pick(world)
    world.fails("moving: lower", ContactMet("joint 4 was held up."))
    world.cycle.place(target, world.fresh_job())
    assert world.client.stages == ["plan", "transfer", "lower", "open", "retreat", "verify"]
    assert world.robot.held is None and not target._places.is_empty
    pick(world)  # nothing to recover from
    assert world.robot.held is not None


def test_an_object_that_sticks_to_a_finger_is_told_and_still_held(world):
    pick(world)
    world.fingers.sticks = True
    moves = len(world.arm.moves)
    with pytest.raises(ObjectStuck, match=r"met something again, 30\.0 mm wide"):
        world.cycle.place(area(), world.fresh_job())
    assert world.robot.held is not None and world.arm.moves[moves:] == ["transfer", "lower", "retreat"]
    world.fingers.object_width = None
    world.cycle.recover(world.fresh_job())
    assert world.fingers.now == pytest.approx(GRIPPER.max_opening)


def test_a_full_area_leaves_the_arm_where_it_is_with_the_object(world):
    target = area(size=(0.03, 0.03))
    pick(world, [grasp_at(0.5, 0.0)])
    moves = len(world.arm.moves)
    with pytest.raises(PlaceAreaFull):
        world.cycle.place(target, world.fresh_job())
    assert world.robot.held is not None and len(world.arm.moves) == moves
