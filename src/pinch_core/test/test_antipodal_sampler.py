# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from pinch_core.cli.plan_timings import count_antipodal_pairs_singly
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.parallel_jaw.antipodal_pairs import required_friction, sample_antipodal_pairs
from pinch_core.parallel_jaw.config import AntipodalSamplerConfig
from pinch_core.parallel_jaw.contacts import Contacts, find_contacts
from pinch_core.perception.config import EdgeConfig, SegmentationConfig
from pinch_core.perception.segmentation import segment_objects
from pinch_core.perception.table import Plane
from pinch_core.synthetic_scene import BoxSolid, CylinderSolid, Solid, camera_above, render_depth

CONFIG = AntipodalSamplerConfig()


def contacts_of(camera: CameraIntrinsics, *solids: Solid, tilt: float = 0.2) -> tuple[Contacts, np.ndarray]:
    """Contacts, and T (3x3 in-plane part) from their table frame to the solids' world."""
    T_world_cam = camera_above(0.75, tilt)
    frame = render_depth(solids, T_world_cam, camera, np.random.default_rng(0), noise=0.0005)
    table = Plane.from_surface_pose(T_world_cam.inverse())
    heights = table.height_image(frame)
    labels = segment_objects(frame, heights, SegmentationConfig())
    return find_contacts(frame, table, heights, labels, EdgeConfig()), (
        T_world_cam @ table.T_cam_table
    ).matrix


def random_contacts(rng: np.random.Generator, count: int, labels: int = 1) -> Contacts:
    angle = rng.uniform(0, 2 * math.pi, count)
    return Contacts(
        rng.uniform(-0.03, 0.03, (count, 2)),
        np.stack([np.cos(angle), np.sin(angle)], -1),
        np.full(count, 0.03),
        rng.integers(1, labels + 1, count).astype(np.int32),
    )


@pytest.mark.parametrize("tilt", [0.0, 0.25])
def test_contacts_of_a_box_lie_on_its_rim_with_normals_into_it(camera: CameraIntrinsics, tilt: float) -> None:
    box = BoxSolid.standing(0.02, 0.03, 0.6, (0.10, 0.05, 0.04))
    contacts, T_world_table = contacts_of(camera, box, tilt=tilt)
    assert len(contacts) > 100
    ground = np.concatenate([contacts.position, np.zeros((len(contacts), 1)), np.ones((len(contacts), 1))], 1)
    local = (box.T_table_solid.inverse() @ (ground @ T_world_table.T)[:, :3])[:, :2]
    normals = np.concatenate([contacts.inward, np.zeros((len(contacts), 1))], 1) @ T_world_table[:3, :3].T
    normals = box.T_table_solid.inverse().rotate(normals)[:, :2]
    beyond = np.abs(local) - np.array(box.size[:2]) / 2
    side = np.argmax(beyond, axis=1)
    assert np.abs(beyond.max(axis=1)).max() < 0.004  # about three pixels
    away_from_corners = np.abs(beyond).max(axis=1) > 0.008
    expected = -np.sign(local[np.arange(len(side)), side])
    cosines = (normals[np.arange(len(side)), side] * expected)[away_from_corners]
    assert np.degrees(np.arccos(cosines.clip(-1, 1))).max() < 15
    assert np.allclose(contacts.height, 0.04, atol=0.003)


def test_every_sampled_pair_is_antipodal_by_an_independent_check(rng: np.random.Generator) -> None:
    contacts = random_contacts(rng, 400)
    pairs = sample_antipodal_pairs(contacts, 0.05, CONFIG, rng)
    assert len(pairs) == CONFIG.count
    for first, second, friction in zip(pairs.first, pairs.second, pairs.friction, strict=True):
        line = contacts.position[second] - contacts.position[first]
        assert CONFIG.min_separation <= np.hypot(*line) <= 0.05
        for index, direction in ((first, line), (second, -line)):
            normal = contacts.inward[index]
            angle = abs(math.atan2(np.cross([*normal, 0], [*direction, 0])[2], normal @ direction))
            assert angle <= math.atan(friction) + 1e-6
        assert friction <= max(CONFIG.friction)


def test_pairs_are_distinct_and_stay_on_one_object(rng: np.random.Generator) -> None:
    contacts = random_contacts(rng, 300, labels=4)
    pairs = sample_antipodal_pairs(contacts, 0.05, CONFIG, rng)
    assert (contacts.label[pairs.first] == contacts.label[pairs.second]).all()
    assert len({frozenset(p) for p in zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)}) == len(
        pairs
    )


def test_little_friction_is_tried_before_much(rng: np.random.Generator) -> None:
    many = random_contacts(rng, 500)
    assert sample_antipodal_pairs(many, 0.05, CONFIG, rng).friction.max() <= 0.4
    # Two contacts at 35 degrees to their line: only mu = 0.8 (38.7 degrees) holds them.
    tilt = math.radians(35)
    two = Contacts(
        np.array([[-0.02, 0.0], [0.02, 0.0]]),
        np.array([[math.cos(tilt), math.sin(tilt)], [-math.cos(tilt), math.sin(tilt)]]),
        np.full(2, 0.03),
        np.ones(2, np.int32),
    )
    pairs = sample_antipodal_pairs(two, 0.05, CONFIG, rng)
    assert pairs.friction == pytest.approx([math.tan(tilt)])
    strict = dataclasses.replace(CONFIG, friction=(0.4, 0.6))
    assert len(sample_antipodal_pairs(two, 0.05, strict, rng)) == 0


def test_faces_that_look_away_from_each_other_are_no_pair() -> None:
    outward = Contacts(
        np.array([[-0.02, 0.0], [0.02, 0.0]]),
        np.array([[-1.0, 0.0], [1.0, 0.0]]),
        np.full(2, 0.03),
        np.ones(2, np.int32),
    )
    index = np.array([0]), np.array([1])
    assert required_friction(outward, *index, 0.0, 0.1) == [math.inf]


def test_the_vectorised_test_finds_as_many_pairs_as_one_at_a_time() -> None:
    contacts = random_contacts(np.random.default_rng(3), 200)
    one = count_antipodal_pairs_singly(contacts, 4000, 0.5, (0.003, 0.05), np.random.default_rng(1))
    rng, first, second = np.random.default_rng(1), [], []
    for _ in range(4000):
        i, j = rng.integers(200, size=2)
        first.append(i)
        second.append(j)
    friction = required_friction(contacts, np.array(first), np.array(second), 0.003, 0.05)
    assert one == (friction <= 0.5).sum() > 20


def test_the_same_seed_draws_the_same_pairs() -> None:
    contacts = random_contacts(np.random.default_rng(0), 300)
    one, two = (sample_antipodal_pairs(contacts, 0.05, CONFIG, np.random.default_rng(5)) for _ in range(2))
    assert np.array_equal(one.first, two.first)
    assert np.array_equal(one.second, two.second)


def test_no_contacts_give_no_pairs(rng: np.random.Generator) -> None:
    assert len(sample_antipodal_pairs(random_contacts(rng, 0), 0.05, CONFIG, rng)) == 0


def test_pairs_on_a_cylinder_go_through_its_axis(camera: CameraIntrinsics, rng: np.random.Generator) -> None:
    can = CylinderSolid.standing(0.0, 0.0, 0.03, 0.06)
    contacts, T_world_table = contacts_of(camera, can, tilt=0.0)
    pairs = sample_antipodal_pairs(contacts, 0.08, dataclasses.replace(CONFIG, friction=(0.15,)), rng)
    centers = (contacts.position[pairs.first] + contacts.position[pairs.second]) / 2
    ground = (
        np.concatenate([centers, np.zeros((len(pairs), 1)), np.ones((len(pairs), 1))], 1) @ T_world_table.T
    )
    assert len(pairs) > 50
    assert np.linalg.norm(ground[:, :2], axis=1).max() < 0.008
