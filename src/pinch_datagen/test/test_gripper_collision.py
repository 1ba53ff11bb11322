# SPDX-License-Identifier: Apache-2.0
"""Collision verdicts against exact boolean volumes of another library (manifold3d)."""

from __future__ import annotations

import manifold3d
import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st
from solids import GRIPPER, ball, box, cylinder, model_of, standing

from pinch_datagen.parallel_jaw.gripper_collision import (
    CollisionConfig,
    collides,
    free_approaches,
    swept_boxes,
)
from pinch_datagen.parallel_jaw.parallel_jaw_grasps import ParallelJawGrasps
from pinch_datagen.scene.placed_object import PlacedObject

CONFIG = CollisionConfig()
CUP = model_of(
    trimesh.boolean.difference(
        [
            trimesh.creation.cylinder(0.022, 0.08, sections=48),
            trimesh.creation.cylinder(0.018, 0.08, sections=48).apply_translation([0, 0, 0.005]),
        ],
        engine="manifold",
    )
)
SOLIDS = [box(0.03, 0.04, 0.09), cylinder(0.02, 0.08), ball(0.022), CUP]


def from_above(center: np.ndarray, angle: np.ndarray) -> ParallelJawGrasps:
    axis = np.stack([np.cos(angle), np.sin(angle), np.zeros_like(angle)], axis=-1)
    return ParallelJawGrasps(center, axis, np.broadcast_to([0.0, 0, -1], axis.shape))


def manifold_of(vertices: np.ndarray, faces: np.ndarray) -> manifold3d.Manifold:
    mesh = manifold3d.Mesh(vertices.astype(np.float32), faces.astype(np.uint32))
    mesh.merge()
    return manifold3d.Manifold(mesh)


def shared_volume(grasps: ParallelJawGrasps, row: int, scene: list[PlacedObject]) -> float:
    """Of the swept gripper with the objects and the half space below the table [m^3]."""
    solids = [manifold_of(item.T_table_obj @ item.model.vertices, item.model.faces) for item in scene]
    solids.append(manifold3d.Manifold.cube([2.0, 2.0, 1.0], True).translate([0, 0, -0.5]))
    pose = np.column_stack([grasps.rotations[row], grasps.center[row]])
    volume = 0.0
    for center, half in swept_boxes(GRIPPER, 0.15, 0.0):
        part = manifold3d.Manifold.cube(list(2 * half), True).translate(list(center)).transform(pose)
        volume += sum((part ^ solid).volume() for solid in solids)
    return volume


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.sampled_from(range(len(SOLIDS))))
def test_verdicts_agree_with_boolean_volumes(seed: int, which: int) -> None:
    rng = np.random.default_rng(seed)
    scene = [standing(SOLIDS[which]), standing(box(0.02, 0.02, 0.05), 0.06, 0.0)]
    grasps = from_above(rng.uniform([-0.03, -0.03, 0.0], [0.03, 0.03, 0.1], (6, 3)), rng.uniform(0, np.pi, 6))
    verdicts = collides(grasps, GRIPPER, scene, CONFIG)
    for row, hit in enumerate(verdicts):
        volume = shared_volume(grasps, row, scene)
        # A touch of less than a tenth of a cubic millimetre may be called either way.
        assert hit == (volume > 0) or volume < 1e-10


def test_a_box_between_the_jaws_is_free_and_one_under_a_finger_is_hit() -> None:
    scene = [standing(box(0.03, 0.04, 0.06))]
    grasps = from_above(
        np.array([[0.0, 0, 0.03], [0.01, 0, 0.03], [0.0, 0, 0.002], [0.0, 0, -0.005]]), np.zeros(4)
    )
    assert collides(grasps, GRIPPER, scene, CONFIG).tolist() == [False, True, True, True]


def test_a_gripper_wholly_inside_an_object_is_hit() -> None:
    scene = [standing(box(0.6, 0.6, 0.6))]
    grasps = from_above(np.array([[0.0, 0, 0.2]]), np.zeros(1))
    assert collides(grasps, GRIPPER, scene, CollisionConfig(approach_length=0.0)).all()


def test_clearance_makes_a_tight_fit_a_hit() -> None:
    scene = [standing(box(0.048, 0.04, 0.06))]
    grasps = from_above(np.array([[0.0, 0, 0.03]]), np.zeros(1))
    assert not collides(grasps, GRIPPER, scene, CONFIG).any()
    assert collides(grasps, GRIPPER, scene, CollisionConfig(clearance=0.0015)).all()


def test_the_table_is_hit_when_the_fingertips_reach_below_it() -> None:
    tip = GRIPPER.finger.tip_beyond_tcp
    grasps = from_above(np.array([[0.0, 0, tip - 1e-4], [0.0, 0, tip + 1e-4]]), np.zeros(2))
    assert collides(grasps, GRIPPER, [], CONFIG).tolist() == [True, False]


def test_a_tilted_approach_is_found_where_the_vertical_one_is_blocked() -> None:
    # A wall stands beside the grasp, in the way of the palm; leaning away from it goes past.
    scene = [standing(box(0.4, 0.02, 0.2), 0.0, 0.035)]
    grasps = from_above(np.array([[0.0, 0.0, 0.03]]), np.zeros(1))
    config = CollisionConfig(approach_offsets=(0.0, 0.3, -0.3))
    tilted, free = free_approaches(grasps, GRIPPER, scene, config)
    assert collides(grasps, GRIPPER, scene, CONFIG).all()
    assert free.all() and not collides(tilted, GRIPPER, scene, CONFIG).any()
    assert np.arccos(-tilted.approach[0, 2]) == pytest.approx(0.3)
    assert tilted.approach[0] @ tilted.axis[0] == pytest.approx(0.0, abs=1e-12)
