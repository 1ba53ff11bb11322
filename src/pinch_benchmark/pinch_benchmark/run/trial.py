# SPDX-License-Identifier: Apache-2.0
"""One trial: a method plans on a scene, physics says what becomes of the grasp."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace

import numpy as np
import trimesh

from pinch_benchmark.benchmark_config import GraspBenchmarkConfig
from pinch_benchmark.methods.method import GraspMethod, NoGrasp, PlannedGrasp, SeenObject
from pinch_benchmark.methods.true_geometry import robust_epsilons
from pinch_benchmark.physics.grasp_trial import Outcome, Watch, execute_grasp
from pinch_benchmark.registration.deviation import Deviation
from pinch_benchmark.registration.planar_icp import Surface
from pinch_benchmark.scenes.singulated_scene import SingulatedScene
from pinch_core.geometry.transform import Transform
from pinch_datagen.parallel_jaw.parallel_jaw_grasps import ParallelJawGrasps
from pinch_datagen.random_streams import RandomStreams

REAL_SURFACE_POINTS = 10_000


@dataclass(frozen=True)
class TrialRecord:
    """What is kept of a trial, a line of JSON.

    ``quality``: the method's own, NaN where it has none. ``robust_epsilon``: what the label of training data
    would be computed from. ``approach_force`` [N], ``pushed`` [m], ``slip`` [m]: see :class:`ExecutedGrasp`.
    ``planning_s``, ``physics_s``: seconds of this machine. Of methods that recognize the object:
    ``taken_for``, the name, and ``surface_error`` [m], ``translation_error`` [m], ``rotation_error`` [rad]:
    see :class:`Deviation`.
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
    taken_for: str = ""
    surface_error: float = math.nan
    translation_error: float = math.nan
    rotation_error: float = math.nan

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
    if isinstance(planned, NoGrasp):
        return _record(method, scene, Outcome.NO_GRASP, planning_s)
    T_table_tcp = scene.T_table_cam @ planned.T_cam_tcp
    epsilon = robust_epsilon_of(T_table_tcp, scene, config, streams.of("label"))
    start = time.perf_counter()
    executed = execute_grasp(
        scene.world,
        scene.T_table_obj,
        T_table_tcp @ scene.T_tcp_real,
        planned.opening,
        config.gripper_physics,
        config.motion,
        watch,
    )
    physics_s = time.perf_counter() - start
    record = _record(
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
    return record if planned.seen is None else _with_deviation(record, planned.seen, scene)


def _with_deviation(record: TrialRecord, seen: SeenObject, scene: SingulatedScene) -> TrialRecord:
    points, faces = trimesh.sample.sample_surface(scene.model.mesh, REAL_SURFACE_POINTS, seed=0)
    normals = scene.model.rays.face_normals[faces]
    real = Surface.of(scene.T_table_obj @ points, scene.T_table_obj.rotate(normals))
    deviation = Deviation.of(scene.T_table_cam @ seen.surface, real)
    return replace(
        record,
        taken_for=seen.name,
        surface_error=deviation.distance,
        translation_error=deviation.translation,
        rotation_error=deviation.rotation,
    )


def robust_epsilon_of(
    T_table_tcp: Transform, scene: SingulatedScene, config: GraspBenchmarkConfig, rng: np.random.Generator
) -> float:
    """What the label of training data would be computed from, of one grasp."""
    _, axis, approach = T_table_tcp.rotation.T
    grasps = ParallelJawGrasps(T_table_tcp.translation[None], axis[None], approach[None])
    return float(robust_epsilons(scene.placed, scene.world.gripper, grasps, config.quality, rng)[0])


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
