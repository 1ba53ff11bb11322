# SPDX-License-Identifier: Apache-2.0
"""What is generated for an object is consistent: geometry, metrics, labels, images."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from solids import GRIPPER
from test_gripper_collision import shared_volume

from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.geometry.transform import Transform
from pinch_datagen.datagen_config import DatagenConfig, StorageConfig, ViewConfig
from pinch_datagen.dataset.tables import METRICS, GraspKind, ObjectData
from pinch_datagen.generate import generate_object
from pinch_datagen.object_ref import ObjectRef, procedural_name
from pinch_datagen.parallel_jaw.parallel_jaw_grasps import ParallelJawGrasps
from pinch_datagen.parallel_jaw.proposal import GraspShares
from pinch_datagen.parallel_jaw.robust_quality import QualityConfig
from pinch_datagen.rendering.ray_renderer import RayRenderer
from pinch_datagen.rendering.renderers import scene_surface
from pinch_datagen.scene.clutter import ClutterConfig
from pinch_datagen.scene.placed_object import PlacedObject

CONFIG = DatagenConfig(
    seed=3,
    grasps=GraspShares(per_object=60, blocked=0.15, beside=0.1),
    views=ViewConfig(per_pose=3),
    storage=StorageConfig(crops_32=True, crops_96=True),
)


def procedural_ref(index: int) -> ObjectRef:
    return ObjectRef(procedural_name(index), index=index)


@functools.cache
def generated(index: int) -> ObjectData:
    return generate_object(procedural_ref(index), CONFIG, GRIPPER)


OBJECTS = [0, 1, 2]


def table_grasps(data: ObjectData, row: int) -> tuple[ParallelJawGrasps, Transform]:
    grasp = data.grasps[row : row + 1]
    T_table_obj = Transform.from_matrix(data.poses["T_table_obj"][grasp["pose"][0]])
    in_object = ParallelJawGrasps(
        *(grasp[name].astype(np.float64) for name in ("center", "axis", "approach"))
    )
    return in_object.moved(T_table_obj), T_table_obj


@pytest.mark.parametrize("index", OBJECTS)
def test_labels_follow_from_robust_epsilon_and_collision(index: int) -> None:
    data = generated(index)
    good = data.grasps["robust_epsilon"] > CONFIG.quality.min_robust_epsilon
    np.testing.assert_array_equal(data.grasps["label"], good & data.grasps["collision_free"])
    np.testing.assert_array_equal(data.examples["label"], data.grasps["label"][data.examples["grasp"]])
    assert all(np.isfinite(data.grasps[metric]).all() for metric in METRICS)
    assert (data.grasps["epsilon"] <= data.grasps["wrench_resistance"] + 1e-6).all()


@pytest.mark.parametrize("index", OBJECTS)
def test_a_colliding_gripper_is_never_positive_says_another_library(index: int) -> None:
    data = generated(index)
    positives = np.nonzero(data.grasps["label"])[0][:12]
    for row in positives:
        grasps, T_table_obj = table_grasps(data, row)
        # Coordinates are stored in single precision: a hundredth of a cubic millimetre is rounding.
        assert shared_volume(grasps, 0, [PlacedObject(data.model, T_table_obj)]) < 1e-11


@pytest.mark.parametrize("index", OBJECTS)
def test_depth_and_pixels_are_those_of_the_grasp_centre_in_the_view(index: int) -> None:
    data = generated(index)
    for example in data.examples[:: max(1, len(data.examples) // 40)]:
        view, grasp = data.views[example["view"]], data.grasps[example["grasp"]]
        assert view["pose"] == grasp["pose"]
        T_cam_obj = Transform.from_matrix(view["T_table_cam"]).inverse() @ Transform.from_matrix(
            view["T_table_obj"]
        )
        seen = T_cam_obj @ grasp["center"].astype(np.float64)
        assert example["depth"] == pytest.approx(seen[2], abs=1e-5)
        assert example["column"] == pytest.approx(view["fx"] * seen[0] / seen[2] + view["cx"], abs=0.01)
        assert example["row"] == pytest.approx(view["fy"] * seen[1] / seen[2] + view["cy"], abs=0.01)
        # The opened jaws seen from about straight above.
        expected = view["fx"] * GRIPPER.max_opening / seen[2]
        assert example["width_px"] == pytest.approx(expected, rel=0.15)


@pytest.mark.parametrize("index", OBJECTS)
def test_crops_show_the_object_as_a_camera_turned_to_the_grasp_sees_it(index: int) -> None:
    data = generated(index)
    for row in range(0, len(data.examples), max(1, len(data.examples) // 15)):
        example = data.examples[row]
        view = data.views[example["view"]]
        placed = PlacedObject(data.model, Transform.from_matrix(view["T_table_obj"]))
        whole = CameraIntrinsics(
            int(view["width"]), int(view["height"]), *(float(view[k]) for k in ("fx", "fy", "cx", "cy"))
        )
        depth = RayRenderer(scene_surface([placed])).render(Transform.from_matrix(view["T_table_cam"]), whole)
        crop = data.crops[96][row] + example["depth"]
        cosine, sine = np.cos(example["angle"]), np.sin(example["angle"])
        grid = np.arange(96) - 48
        column = example["column"] + cosine * grid[None, :] - sine * grid[:, None]
        line = example["row"] + sine * grid[None, :] + cosine * grid[:, None]
        inside = (column > 1) & (column < whole.width - 2) & (line > 1) & (line < whole.height - 2)
        nearest = depth[
            np.clip(np.rint(line), 0, 599).astype(int), np.clip(np.rint(column), 0, 599).astype(int)
        ]
        # Half a pixel from the nearest one, silhouettes and steep sides differ; surfaces do not.
        assert (np.abs(nearest - crop)[inside] < 3e-3).mean() > 0.93


@pytest.mark.parametrize("index", OBJECTS)
def test_grasps_stand_upright_and_lie_on_the_object_or_beside_it_as_their_kind_says(index: int) -> None:
    data = generated(index)
    kinds = data.grasps["kind"]
    assert (kinds == GraspKind.BESIDE).sum() == 6
    assert (kinds == GraspKind.BLOCKED).sum() <= 9
    assert (kinds == GraspKind.SURFACE).sum() <= 45
    for row in range(len(data.grasps)):
        grasps, _ = table_grasps(data, row)
        assert grasps.approach[0, 2] == pytest.approx(-1.0, abs=1e-5)
        assert grasps.axis[0, 2] == pytest.approx(0.0, abs=1e-5)
    on_object = kinds != GraspKind.BESIDE
    assert np.isfinite(data.grasps["width"][on_object]).all()
    assert (data.grasps["width"][on_object] <= GRIPPER.max_opening).all()
    assert np.isnan(data.grasps["width"][~on_object]).all()
    assert not data.grasps["collision_free"][kinds == GraspKind.BLOCKED].any()
    assert not data.grasps["label"][~on_object].any()


@given(st.integers(1, 300), st.floats(0, 0.45), st.floats(0, 0.45), st.integers(1, 12))
def test_the_shares_of_kinds_hold_over_all_poses(
    count: int, blocked: float, beside: float, poses: int
) -> None:
    shared = GraspShares(per_object=count, blocked=blocked, beside=beside).shared_out(poses)
    assert len(shared) == poses
    assert sum(c.surface + c.blocked + c.beside for c in shared) == count
    assert abs(sum(c.beside for c in shared) - count * beside) <= 0.5
    assert abs(sum(c.blocked for c in shared) - count * blocked) <= 0.5
    assert max(c.beside for c in shared) - min(c.beside for c in shared) <= 1


def test_an_object_depends_on_seed_and_name_alone() -> None:
    one = generated(1)
    two = generate_object(procedural_ref(1), CONFIG, GRIPPER)
    other = generate_object(procedural_ref(1), dataclasses.replace(CONFIG, seed=4), GRIPPER)
    for name in ("poses", "grasps", "views", "examples"):
        assert getattr(one, name).tobytes() == getattr(two, name).tobytes()
    assert one.crops[32].tobytes() == two.crops[32].tobytes()
    assert one.views.tobytes() != other.views.tobytes()


def test_robust_quality_without_errors_is_the_nominal_one() -> None:
    still = dataclasses.replace(
        CONFIG.quality,
        samples=4,
        object_error=dataclasses.replace(CONFIG.quality.object_error, translation=0.0, rotation=0.0),
        gripper_error=dataclasses.replace(CONFIG.quality.gripper_error, translation=0.0, rotation=0.0),
        friction=dataclasses.replace(CONFIG.quality.friction, sigma=1e-9),
    )
    data = generate_object(procedural_ref(0), dataclasses.replace(CONFIG, quality=still), GRIPPER)
    on_object = data.grasps["kind"] != GraspKind.BESIDE
    np.testing.assert_allclose(
        data.grasps["robust_epsilon"][on_object], data.grasps["epsilon"][on_object], rtol=1e-3, atol=1e-6
    )


def test_more_samples_come_nearer_to_the_expectation() -> None:
    def robust(samples: int, seed: int) -> np.ndarray:
        quality = QualityConfig(samples=samples)
        config = dataclasses.replace(CONFIG, quality=quality)
        return generate_object(procedural_ref(seed), config, GRIPPER).grasps["robust_epsilon"]

    few, many, most = robust(5, 2), robust(50, 2), robust(500, 2)
    assert np.abs(many - most).mean() < 0.6 * np.abs(few - most).mean()


def test_clutter_is_seen_and_takes_freedom_away() -> None:
    crowded = dataclasses.replace(
        CONFIG, views=dataclasses.replace(CONFIG.views, clutter=ClutterConfig(max_objects=4, max_gap=0.01))
    )
    alone, among = ([], [])
    for index in range(4):
        for config, free in ((CONFIG, alone), (crowded, among)):
            data = generate_object(procedural_ref(index), config, GRIPPER)
            free.append(data.grasps["collision_free"][data.grasps["kind"] == GraspKind.SURFACE])
    # The same grasps, as clutter has random numbers of its own; and what was hit is hit still.
    assert all((few <= many).all() for few, many in zip(among, alone, strict=True))
    assert np.concatenate(among).mean() < np.concatenate(alone).mean()
