# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math

import numpy as np
import pytest
import trimesh
from heap_scenes import box, from_above, heap_of, standing

from pinch_core.bin import Bin
from pinch_core.depth_frame import DepthFrame
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.parallel_jaw.gripper import ParallelJawGripper, as_parallel_jaw
from pinch_core.planner_config import PlannerConfig
from pinch_core.resources import load_gripper
from pinch_core.synthetic_scene import camera_above
from pinch_datagen.heaps.heap import Heap
from pinch_datagen.heaps.heap_surface import WALL, HeapSurface
from pinch_datagen.objects.object_model import ObjectModel
from pinch_datagen.parallel_jaw.antipodal_sampler import AntipodalConfig
from pinch_datagen.parallel_jaw.gripper_collision import CollisionConfig, collides
from pinch_datagen.parallel_jaw.heap_candidates import drawn_by_policy, known_good
from pinch_datagen.parallel_jaw.heap_collision import collides_in_heap
from pinch_datagen.parallel_jaw.heap_labels import HeapLabelConfig, HeapLabels, label_in_heap
from pinch_datagen.parallel_jaw.opened_grasps import OpenedGrasps
from pinch_datagen.parallel_jaw.pad_contacts import close_pads
from pinch_datagen.rendering.ray_renderer import RayRenderer

ALONG_X, ALONG_Y = 0.0, math.pi / 2
CONFIG = HeapLabelConfig()


@pytest.fixture(scope="module")
def gripper() -> ParallelJawGripper:
    return as_parallel_jaw(load_gripper("yumi"), "this test")


def labelled(opened: OpenedGrasps, heap: Heap, gripper: ParallelJawGripper) -> HeapLabels:
    return label_in_heap(opened, heap, HeapSurface.of(heap), gripper, CONFIG, np.random.default_rng(0))


def test_pads_that_touch_two_objects_lift_none(gripper: ParallelJawGripper) -> None:
    # Two boxes of 20 x 40 mm side by side, long sides touching: the pair is 40 mm wide.
    one, other = standing(box(0.02, 0.04, 0.03), -0.01, 0.0), standing(box(0.02, 0.04, 0.03), 0.01, 0.0)
    heap = heap_of(one, other)
    across_both = (0.0, 0.0, 0.02, ALONG_X, 0.048)
    one_alone = (-0.012, 0.0, 0.02, ALONG_Y, 0.048)
    on_the_joint = (-0.002, 0.0, 0.02, ALONG_Y, 0.048)  # its middle meets one, its breadth of 10 mm both
    found = labelled(from_above(across_both, one_alone, on_the_joint), heap, gripper)
    assert found.table["collision_free"].all()
    assert found.exactly_one.tolist() == [False, True, False]
    assert found.target[1] == 0
    assert found.table["label"].tolist() == [False, True, False]


def test_an_object_that_the_upper_part_of_a_finger_meets_counts(gripper: ParallelJawGripper) -> None:
    low, above = box(0.06, 0.03, 0.02), box(0.01, 0.044, 0.02)
    bridge = standing(above, 0.0, 0.0)
    raised = np.array([0.0, 0.0, 0.02])
    pose = bridge.placed.T_table_obj
    lifted = type(bridge)(
        type(bridge.placed)(above, type(pose)(pose.rotation, pose.translation + raised)), 0.5, 0.1
    )
    heap = heap_of(standing(low, 0.0, 0.0), lifted)
    found = close_pads(from_above((0.0, 0.0, 0.01, ALONG_Y, 0.05)), gripper, HeapSurface.of(heap))
    assert found.target.tolist() == [1]  # the wider one on top stops the fingers
    assert close_pads(from_above((0.02, 0.0, 0.01, ALONG_Y, 0.05)), gripper, HeapSurface.of(heap)).exactly_one


def test_a_grasp_is_judged_at_its_own_opening(gripper: ParallelJawGripper) -> None:
    # 20 mm wide; 16 mm beside it a neighbour: a finger of 12 mm fits in, unless the gripper opens fully.
    heap = heap_of(standing(box(0.02, 0.04, 0.03), 0.0, 0.0), standing(box(0.02, 0.04, 0.03), 0.036, 0.0))
    narrow, full = from_above((0.0, 0.0, 0.015, ALONG_X, 0.023), (0.0, 0.0, 0.015, ALONG_X, 0.05))[[0]], None
    full = OpenedGrasps(narrow.grasps, np.array([gripper.max_opening]))
    surface, config = HeapSurface.of(heap), CollisionConfig()
    assert not collides_in_heap(narrow, gripper, surface, config)[0]
    assert collides_in_heap(full, gripper, surface, config)[0]


def test_a_wall_is_hit_and_is_no_object(gripper: ParallelJawGripper) -> None:
    bin = Bin(length=0.2, width=0.2, height=0.06)
    item = standing(box(0.02, 0.04, 0.03), 0.085, 0.0)  # 5 mm from the wall at +x
    grasp = from_above((0.085, 0.0, 0.015, ALONG_X, 0.03))
    assert not labelled(grasp, heap_of(item, bin=bin), gripper).table["collision_free"][0]
    assert labelled(grasp, heap_of(item), gripper).table["collision_free"][0]
    # The palm, 100 mm along the closing axis, is above the rim; across, it meets nothing.
    across = from_above((0.085, 0.0, 0.02, ALONG_Y, 0.048))
    assert labelled(across, heap_of(item, bin=bin), gripper).table["label"][0]
    surface = HeapSurface.of(heap_of(item, bin=bin))
    assert (surface.owner == WALL).sum() == 4 * 12


def test_collisions_at_the_full_opening_are_those_of_single_objects(gripper: ParallelJawGripper) -> None:
    rng = np.random.default_rng(1)
    heap = heap_of(standing(box(0.02, 0.04, 0.03), 0.0, 0.0), standing(box(0.03, 0.03, 0.05), 0.05, 0.01))
    rows = np.column_stack(
        [rng.uniform(-0.05, 0.09, (200, 2)), rng.uniform(0.0, 0.08, 200), rng.uniform(0, 3, 200)]
    )
    opened = from_above(*[(x, y, z, a, gripper.max_opening) for x, y, z, a in rows])
    reference = collides(opened.grasps, gripper, heap.scene, CollisionConfig())
    assert 20 < reference.sum() < 180
    np.testing.assert_array_equal(
        collides_in_heap(opened, gripper, HeapSurface.of(heap), CollisionConfig()), reference
    )


def test_a_heavy_bar_is_held_in_its_middle_and_a_light_one_anywhere(gripper: ParallelJawGripper) -> None:
    bar = box(0.16, 0.02, 0.03)
    grasps = from_above((0.0, 0.0, 0.015, ALONG_Y, 0.032), (0.07, 0.0, 0.015, ALONG_Y, 0.032))
    heavy = labelled(grasps, heap_of(standing(bar, 0.0, 0.0, mass=0.4)), gripper)
    light = labelled(grasps, heap_of(standing(bar, 0.0, 0.0, mass=0.02)), gripper)
    assert heavy.exactly_one.all()
    assert heavy.table["label"].tolist() == [True, False]
    assert light.table["label"].tolist() == [True, True]
    assert heavy.resisted[1] < light.resisted[1]


def test_what_the_gripper_is_too_weak_for_is_not_resisted(gripper: ParallelJawGripper) -> None:
    grasp = from_above((0.0, 0.0, 0.015, ALONG_Y, 0.032))
    # Friction holds 2 x 20 N x 0.5 = 20 N.
    assert (
        labelled(grasp, heap_of(standing(box(0.04, 0.02, 0.03), 0, 0, mass=0.6)), gripper).resisted[0] > 0.9
    )
    assert (
        labelled(grasp, heap_of(standing(box(0.04, 0.02, 0.03), 0, 0, mass=3.0)), gripper).resisted[0] < 0.1
    )


def test_fingers_stay_above_the_table(gripper: ParallelJawGripper) -> None:
    heap = heap_of(standing(box(0.04, 0.02, 0.03), 0.0, 0.0))
    tip = gripper.finger.tip_beyond_tcp
    found = labelled(
        from_above((0.0, 0.0, tip - 0.002, ALONG_Y, 0.03), (0.0, 0.0, tip + 0.002, ALONG_Y, 0.03)),
        heap,
        gripper,
    )
    assert found.table["collision_free"].tolist() == [False, True]


def test_the_policy_draws_its_grasps_on_the_objects(gripper: ParallelJawGripper) -> None:
    bin = Bin(length=0.3, width=0.25, height=0.08)
    heap = heap_of(
        standing(box(0.02, 0.05, 0.04), -0.05, 0.0), standing(box(0.03, 0.03, 0.03), 0.06, 0.03), bin=bin
    )
    camera, T_table_cam = CameraIntrinsics(320, 240, 280.0, 280.0, 159.5, 119.5), camera_above(0.6, 0.1)
    depth = RayRenderer(HeapSurface.of(heap).mesh).render(T_table_cam, camera)
    frame = DepthFrame.from_array(depth, camera)
    draw = drawn_by_policy(
        frame, heap, T_table_cam, gripper, PlannerConfig(), 60, 0.2, np.random.default_rng(0)
    )
    assert draw is not None
    drawn = draw.grasps
    assert np.isfinite(draw.depth).all()
    assert len(drawn) > 20
    assert (drawn.opening <= gripper.max_opening).all()
    distance = np.stack(
        [
            np.linalg.norm(drawn.grasps.center[:, :2] - item.T_table_obj.translation[:2], axis=1)
            for item in heap.scene
        ]
    ).min(axis=0)
    assert distance.max() < 0.04
    found = labelled(drawn, heap, gripper)
    assert 0.2 < found.table["label"].mean() < 1.0


def test_known_good_grasps_are_good_in_the_heap(gripper: ParallelJawGripper) -> None:
    heap = heap_of(standing(box(0.02, 0.04, 0.03), 0.0, 0.0), standing(box(0.02, 0.04, 0.03), 0.02, 0.0))
    good, labels = known_good(
        heap, HeapSurface.of(heap), gripper, 40, 0.006, AntipodalConfig(), CONFIG, np.random.default_rng(0)
    )
    assert len(good) > 5
    assert labels.table["label"].all()
    # The boxes touch each other along x: only along y there is room for fingers.
    assert (np.abs(good.grasps.axis[:, 1]) > 0.9).all()


def test_flat_faces_meet_a_ball_at_its_equator(gripper: ParallelJawGripper) -> None:
    mesh = trimesh.creation.icosphere(4, 0.015)
    ball = ObjectModel("ball", "ball", np.array(mesh.vertices), np.array(mesh.faces), 0.05, np.zeros(3))
    low = from_above((0.0, 0.0, 0.008, ALONG_X, 0.04))  # the TCP is far below the middle of the ball
    found = labelled(low, heap_of(standing(ball, 0.0, 0.0, mass=0.05)), gripper)
    np.testing.assert_allclose(found.table["contacts"][0, :, 2], 0.015, atol=0.003)
    assert found.table["width"][0] == pytest.approx(0.03, abs=0.002)
    assert found.table["label"][0]


def test_a_roof_is_not_held_by_its_slanted_sides(gripper: ParallelJawGripper) -> None:
    corners = np.array(
        [[x, y, 0.0] for x in (-0.02, 0.02) for y in (-0.02, 0.02)] + [[-0.02, 0, 0.012], [0.02, 0, 0.012]]
    )
    hull = trimesh.convex.convex_hull(corners)
    roof = ObjectModel("roof", "roof", np.array(hull.vertices), np.array(hull.faces), 0.05, hull.center_mass)
    found = labelled(
        from_above((0.0, 0.0, 0.009, ALONG_Y, 0.045)), heap_of(standing(roof, 0.0, 0.0)), gripper
    )
    assert found.table["collision_free"][0]
    assert not found.table["label"][0]
