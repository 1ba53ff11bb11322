# SPDX-License-Identifier: Apache-2.0
"""Trials of the grasp benchmark in the whole graph: what an arm must hold, and what it cannot."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import trimesh

from pinch_benchmark.benchmark_config import ErrorConfig, GraspBenchmarkConfig
from pinch_benchmark.physics.grasp_trial import Outcome
from pinch_benchmark.run.arm import arm_runner
from pinch_benchmark.run.run_trials import Job
from pinch_benchmark.scenes.object_set import ObjectSet
from pinch_datagen.scene.friction import FrictionConfig
from pinch_ros.testing import isolated_ros_domain

SLIPPERY = FrictionConfig(mean=0.0, sigma=1e-4, upper=1e-3)


@pytest.fixture
def jobs(tmp_path: Path) -> tuple[Job, Job]:
    """A box that is easily held, and the same made of ice."""
    trimesh.creation.box((0.06, 0.025, 0.035)).export(tmp_path / "box.stl")
    config = GraspBenchmarkConfig()
    ice = dataclasses.replace(config, errors=dataclasses.replace(ErrorConfig(), friction=SLIPPERY))
    objects = ObjectSet.of_folder(tmp_path)
    (ref,) = objects.refs
    easy = Job(ref, 0, objects, ("arm:cem",), "yumi", config, 0, tmp_path / "parts", tmp_path / "methods")
    return easy, dataclasses.replace(easy, number=1, config=ice)


def test_an_arm_holds_a_box_through_carrying_and_shaking_and_a_box_of_ice_never(
    jobs: tuple[Job, Job],
) -> None:
    with isolated_ros_domain():
        easy, icy = arm_runner()(jobs)
    (held,), (lost,) = easy.records, icy.records
    assert held.method == "arm:cem" and held.outcome == Outcome.HELD.value, held
    assert held.quality > 0.0 and held.robust_epsilon > 0.0
    assert lost.outcome in (Outcome.MISSED.value, Outcome.SLIPPED.value, Outcome.DROPPED.value), lost
