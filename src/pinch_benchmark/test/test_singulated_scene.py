# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import trimesh

from pinch_benchmark.benchmark_config import GraspBenchmarkConfig
from pinch_benchmark.errors import UnusableObjectError
from pinch_benchmark.scenes.object_set import ObjectSet
from pinch_benchmark.scenes.singulated_scene import SingulatedScene, make_scene
from pinch_core.resources import load_gripper


def scene_of(folder: Path, number: int) -> SingulatedScene:
    objects = ObjectSet.of_folder(folder)
    return make_scene(
        objects.refs[0], number, False, load_gripper("yumi"), GraspBenchmarkConfig(), 0, folder / "parts"
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    trimesh.creation.box((0.08, 0.04, 0.03)).export(tmp_path / "box.stl")
    return tmp_path


def test_seed_and_number_decide_the_scene_to_the_bit(folder: Path) -> None:
    first, again, other = (scene_of(folder, number) for number in (0, 0, 1))
    np.testing.assert_array_equal(first.frame.depth, again.frame.depth)
    np.testing.assert_array_equal(first.T_table_obj.matrix, again.T_table_obj.matrix)
    assert first.matter == again.matter != other.matter


def test_the_object_rests_on_the_table_where_the_mask_shows_it(folder: Path) -> None:
    scene = scene_of(folder, 0)
    vertices = scene.T_table_obj @ scene.model.vertices
    assert vertices[:, 2].min() == pytest.approx(0.0, abs=5e-4)
    rows, columns = np.nonzero(scene.mask)
    seen = scene.frame.intrinsics.project(scene.T_table_cam.inverse() @ vertices)
    assert columns.min() == pytest.approx(seen[:, 0].min(), abs=2)
    assert rows.max() == pytest.approx(seen[:, 1].max(), abs=2)


def test_what_is_too_flat_in_every_pose_is_refused_with_its_height(tmp_path: Path) -> None:
    trimesh.creation.icosphere(3, 1.0).apply_scale((0.1, 0.1, 0.004)).export(tmp_path / "disc.stl")
    with pytest.raises(UnusableObjectError, match=r"nowhere higher than .*min_height"):
        scene_of(tmp_path, 0)


def test_every_object_comes_once_before_one_comes_again() -> None:
    drawn = ObjectSet.generated_objects(7).drawn(14, seed=3)
    assert len(set(drawn[:7])) == len(set(drawn[7:])) == 7
