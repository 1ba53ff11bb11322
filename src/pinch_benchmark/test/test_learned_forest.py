# SPDX-License-Identifier: Apache-2.0
"""ML-RF is trained once, says how good it is, and plans as any other method."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from pinch_benchmark.benchmark_config import GraspBenchmarkConfig
from pinch_benchmark.methods import learned_forest
from pinch_benchmark.methods.learned_forest import AVERAGE_PRECISION, random_forest
from pinch_benchmark.methods.method import MethodSetting
from pinch_benchmark.methods.registry import make_method
from pinch_benchmark.scenes.object_set import ObjectSet
from pinch_benchmark.scenes.singulated_scene import make_scene
from pinch_core.resources import load_gripper


@pytest.fixture(scope="module")
def made_for(tmp_path_factory: pytest.TempPathFactory) -> MethodSetting:
    cache = tmp_path_factory.mktemp("forest")
    (cache / "meshes").mkdir()
    trimesh.creation.box((0.08, 0.03, 0.04)).export(cache / "meshes" / "box.obj")
    objects = ObjectSet.of_folder(cache / "meshes")
    return MethodSetting(load_gripper("yumi"), objects, GraspBenchmarkConfig(), 0, cache / "learned")


def test_a_forest_is_trained_once_and_plans(made_for: MethodSetting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learned_forest, "OBJECTS", 4)
    monkeypatch.setattr(learned_forest, "VIEWS_PER_POSE", 1)
    forest = random_forest(made_for)
    assert 0.0 <= float(forest.notes[AVERAGE_PRECISION]) <= 1.0
    (file,) = made_for.cache.iterdir()  # the dataset is gone
    written = file.stat().st_mtime_ns
    method = make_method("ml_rf", made_for)
    assert file.stat().st_mtime_ns == written
    (ref,) = made_for.objects.refs
    scene = make_scene(ref, 0, False, made_for.gripper, made_for.config, 0, made_for.cache)
    planned = method.plan(scene, np.random.default_rng(0))
    assert planned is not None and 0.0 <= planned.quality <= 1.0
