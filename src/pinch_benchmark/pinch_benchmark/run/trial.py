# SPDX-License-Identifier: Apache-2.0
"""One trial: a method plans on a scene, physics says what becomes of the grasp."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import numpy as np

from pinch_benchmark.benchmark_config import GraspBenchmarkConfig
from pinch_benchmark.methods.method import GraspMethod, PlannedGrasp
from pinch_benchmark.methods.true_geometry import robust_epsilons
from pinch_benchmark.physics.grasp_trial import Outcome, Watch, execute_grasp
from pinch_benchmark.scenes.singulated_scene import SingulatedScene
from pinch_core.geometry.transform import Transform
from pinch_datagen.grasps.parallel_jaw_grasps import ParallelJawGrasps
from pinch_datagen.random_streams import RandomStreams


@dataclass(frozen=True)
class TrialRecord:
    """What is kept of a trial, a line of JSON.

    ``quality``: the method's own, NaN where it has none. ``robust_epsilon``: what the label of training data
    would be computed from. ``approach_force`` [N], ``pushed`` [m], ``slip`` [m]: see :class:`ExecutedGrasp`.
    ``planning_s``, ``physics_s``: seconds of this machine.
    """

    method: str
    number: int
    object_name: str
    outcome: str
    quality: float
    robust_epsilon: float
    approach_force: float
    pushed: float
    slip: float
    friction: float
    mass: float
    planning_s: float
    physics_s: float

    @property
    def held(self) -> bool:
        """Whether the grasp succeeded: lifted, carried, shaken, still held."""
        return self.outcome == Outcome.HELD.value


def run_trial(
    method: GraspMethod,
    scene: SingulatedScene,
    config: GraspBenchmarkConfig,
    seed: int,
    watch: Watch | None = None,
) -> TrialRecord:
    """Plan on the scene and execute; seed and scene decide all that is random."""
    streams = RandomStreams(seed, f"trial {scene.number}")
    start = time.perf_counter()
    planned = method.plan(scene, streams.of("planning"))
    planning_s = time.perf_counter() - start
    if planned is None:
        return _record(method, scene, Outcome.NO_GRASP, planning_s)
    T_table_tcp = scene.T_table_cam @ planned.T_cam_tcp
    epsilon = robust_epsilon_of(T_table_tcp, scene, config, streams.of("label"))
    start = time.perf_counter()
    executed = execute_grasp(
        scene.world,
        scene.T_table_obj,
        T_table_tcp @ scene.T_tcp_real,
        planned.opening,
        config.hand,
        config.motion,
        watch,
    )
    physics_s = time.perf_counter() - start
    return _record(
        method,
        scene,
        executed.outcome,
        planning_s,
        planned,
        robust_epsilon=epsilon,
        approach_force=executed.approach_force,
        pushed=executed.pushed,
        slip=executed.slip,
        physics_s=physics_s,
    )


def robust_epsilon_of(
    T_table_tcp: Transform, scene: SingulatedScene, config: GraspBenchmarkConfig, rng: np.random.Generator
) -> float:
    """What the label of training data would be computed from, of one grasp."""
    _, axis, approach = T_table_tcp.rotation.T
    grasps = ParallelJawGrasps(T_table_tcp.translation[None], axis[None], approach[None])
    return float(robust_epsilons(scene, grasps, config.quality, rng)[0])


def _record(
    method: GraspMethod,
    scene: SingulatedScene,
    outcome: Outcome,
    planning_s: float,
    planned: PlannedGrasp | None = None,
    *,
    robust_epsilon: float = math.nan,
    approach_force: float = 0.0,
    pushed: float = 0.0,
    slip: float = 0.0,
    physics_s: float = 0.0,
) -> TrialRecord:
    return TrialRecord(
        method=method.name,
        number=scene.number,
        object_name=scene.model.name,
        outcome=outcome.value,
        quality=math.nan if planned is None else planned.quality,
        robust_epsilon=robust_epsilon,
        approach_force=approach_force,
        pushed=pushed,
        slip=slip,
        friction=scene.matter.friction,
        mass=scene.matter.mass,
        planning_s=planning_s,
        physics_s=physics_s,
    )
