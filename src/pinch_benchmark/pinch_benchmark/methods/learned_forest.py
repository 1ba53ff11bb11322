# SPDX-License-Identifier: Apache-2.0
"""ML-RF, the paper's learned baseline: a random forest on what the generator makes, trained at first use."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
from sklearn.metrics import average_precision_score

from pinch_benchmark.methods.method import MethodSetting
from pinch_core.config import load_yaml
from pinch_core.perception.crop import CROP_32
from pinch_core.planning.network_quality import NetworkQuality
from pinch_core.planning.training_view import TrainingView
from pinch_core.resources import find_config
from pinch_datagen.datagen_config import DatagenConfig
from pinch_datagen.dataset.dataset import Dataset
from pinch_datagen.dataset.groups import SplitUnit
from pinch_datagen.dataset.splits import split
from pinch_datagen.generate import generate_object
from pinch_datagen.object_ref import list_objects
from pinch_datagen.run.executor import LocalPool
from pinch_datagen.run.generation import run_generation
from pinch_training.evaluation.baselines import RandomForest
from pinch_training.evaluation.forest_file import StoredForest, write_forest

# A change of what this file computes must not find what it computed before.
VERSION = 1
# What pinch's own networks learn from, in the size that a forest makes use of: fewer views of as many shapes.
RECIPE = "pinch"
OBJECTS = 150
VIEWS_PER_POSE = 2
SHARES = (0.8, 0.2)  # of the objects: learned from, and held out
AVERAGE_PRECISION = "average precision on held-out objects"


def random_forest(made_for: MethodSetting, workers: int = 1) -> StoredForest:
    """The forest for the gripper; trained once, then kept in the cache."""
    config = _config(made_for)
    digest = hashlib.sha256(f"{VERSION} {made_for.gripper} {config} {SHARES}".encode()).hexdigest()[:32]
    path = made_for.cache / f"random_forest_{digest}.onnx"
    if not path.is_file():
        _train(path, config, made_for, workers)
    return StoredForest(path)


def random_forest_quality(made_for: MethodSetting) -> NetworkQuality:
    """The forest behind the same crops as a network."""
    camera = _config(made_for).views.camera
    view = TrainingView(CROP_32, camera.focal, camera.radius, camera.polar, made_for.gripper.max_opening)
    return NetworkQuality(random_forest(made_for), view, "ml_rf")


def _config(made_for: MethodSetting) -> DatagenConfig:
    config = load_yaml(DatagenConfig, find_config("datagen", RECIPE))
    views = replace(config.views, per_pose=VIEWS_PER_POSE)
    return replace(config, gripper=made_for.gripper.name, procedural_count=OBJECTS, views=views)


def _train(path: Path, config: DatagenConfig, made_for: MethodSetting, workers: int) -> None:
    folder = path.with_suffix("")
    refs = list_objects(config.procedural_count, [])
    run_generation(folder, config, made_for.gripper, refs, LocalPool(workers), generate_object, resume=True)
    dataset = Dataset.open(folder)
    learned, held_out = split(dataset, SplitUnit.OBJECT, SHARES, config.seed)
    labels, depths = dataset.labels(), dataset.depths()
    forest = RandomForest.train(
        dataset.crops(CROP_32.size, learned),
        depths[learned],
        labels[learned],
        np.random.default_rng(config.seed),
    )
    q = forest.predict(dataset.crops(CROP_32.size, held_out), depths[held_out])
    precision = average_precision_score(labels[held_out], q)
    notes = {
        AVERAGE_PRECISION: f"{precision:.3f}",
        "examples learned from": str(len(learned)),
        "examples held out": str(len(held_out)),
        "of them good": f"{labels[held_out].mean():.3f}",
    }
    write_forest(path, forest, notes)
    shutil.rmtree(folder)
