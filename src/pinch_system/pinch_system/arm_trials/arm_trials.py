# SPDX-License-Identifier: Apache-2.0
"""Trials of the grasp benchmark through the whole graph: camera, planner, executor, arm."""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pinch_interfaces.msg import ErrorCode

from pinch_benchmark.benchmark_config import GraspBenchmarkConfig
from pinch_benchmark.physics.grasp_trial import Outcome
from pinch_benchmark.run.arm import planner_goal
from pinch_benchmark.run.run_trials import Job, JobResult, scene_of
from pinch_benchmark.run.trial import TrialRecord, robust_epsilon_of
from pinch_benchmark.scenes.singulated_scene import SingulatedScene, true_view
from pinch_core.geometry.transform import Transform
from pinch_core.parallel_jaw.gripper import as_parallel_jaw
from pinch_core.resources import load_gripper
from pinch_datagen.random_streams import RandomStreams
from pinch_datagen.scene.placed_object import PlacedObject
from pinch_ros.conversions import transform_from_pose
from pinch_system.arm_trials.arm_cell import ArmCell
from pinch_system.arm_trials.arm_client import ArmClient
from pinch_system.arm_trials.carry_and_shake import ArmMotions
from pinch_system.client.cell_client import CellError
from pinch_system.graph import simulated_graph

# Simulated seconds per second, where the machine delivers so many.
REAL_TIME_FACTOR = 2.0
# What the executor's answers say of a trial: a controller gives up where something is in the way. Any other
# error is the graph's and says nothing of the grasp.
OUTCOME_OF = {
    ErrorCode.SUCCESS: Outcome.HELD,
    ErrorCode.CONTROL_FAILED: Outcome.COLLIDED,
    ErrorCode.NOTHING_HELD: Outcome.MISSED,
    ErrorCode.OBJECT_DROPPED: Outcome.SLIPPED,
}


def run_arm_jobs(jobs: Sequence[Job]) -> Iterator[JobResult]:
    """Every job's methods on its scene, one after the other, in a cell of their own; all of one gripper.

    Raises:
        PinchError: the cell cannot be started, or a part of it failed; what was yielded before is kept.
    """
    if not jobs:
        return
    cell, config = ArmCell.of_gripper(jobs[0].gripper), jobs[0].config
    with (
        tempfile.TemporaryDirectory(prefix="pinch_arm_trials_") as logs,
        simulated_graph(
            Path(logs),
            real_time_factor=REAL_TIME_FACTOR,
            robot=cell.robot.name,
            executor_parameters=_protocol(
                config,
                as_parallel_jaw(load_gripper(jobs[0].gripper), "pinch benchmark grasp --arm").max_force,
            ),
        ) as graph,
        ArmClient(cell.robot) as client,
    ):
        client.wait_until_ready(lambda: graph.dead)
        trials = ArmTrials(client, cell)
        for job in jobs:
            scene = scene_of(job)
            records = tuple(trials.run(name, scene, job) for name in job.methods)
            yield JobResult(job.number, records)


def _protocol(config: GraspBenchmarkConfig, max_force: float) -> tuple[str, ...]:
    """Settings of the executor that the protocol of the gripper without an arm prescribes."""
    force = min(config.gripper_physics.grip_force, max_force)
    return (f"gripper.force:={force:.3f}",)


class ArmTrials:
    """Trials one after the other in a running cell."""

    def __init__(self, client: ArmClient, cell: ArmCell) -> None:
        self._client, self._cell = client, cell
        self._motions = ArmMotions(cell.robot)

    def run(self, name: str, scene: SingulatedScene, job: Job) -> TrialRecord:
        """Plan with a method's policy on the cell's camera image, grasp, lift, carry, shake."""
        config, streams = job.config, RandomStreams(job.seed, f"arm {scene.number}")
        T_base_obj = self._reset(scene, config, int(streams.of("noise").integers(2**31)))
        goal = planner_goal(name)
        if goal is None:
            raise ValueError(f"the planner node has no policy for the method '{name}'")
        mask = self._mask(scene, T_base_obj)
        start = time.perf_counter()
        grasps = self._client.plan(*goal, mask)
        planning_s = time.perf_counter() - start
        if not grasps:
            return _record(name, scene, Outcome.NO_GRASP, planning_s)
        start = time.perf_counter()
        motion = config.motion
        grasp, code, message = self._client.execute(
            grasps, scene.T_tcp_real, motion.approach_length, motion.lift
        )
        if grasp is None:
            return _record(name, scene, Outcome.UNREACHABLE, planning_s)
        if code not in OUTCOME_OF:
            raise CellError(
                f"scene {scene.number} ended with error {code} of the executor ({message}), which is not the "
                "grasp's; run the command again to go on, what was tried is kept."
            )
        outcome = OUTCOME_OF[code]
        if outcome is Outcome.HELD:
            outcome = self._carry_and_shake(config)
        refused = self._client.recover()
        if refused:
            raise CellError(f"the arm did not recover after scene {scene.number}: {refused}")
        T_base_tcp = transform_from_pose(grasp.pose, "grasp pose")
        T_table_tcp = scene.T_table_obj @ T_base_obj.inverse() @ T_base_tcp
        epsilon = robust_epsilon_of(T_table_tcp, scene, config, streams.of("label"))
        physics_s = time.perf_counter() - start
        return _record(name, scene, outcome, planning_s, float(grasp.quality), epsilon, physics_s)

    def _reset(self, scene: SingulatedScene, config: GraspBenchmarkConfig, seed: int) -> Transform:
        reach = max(abs(edge) for edge in (*config.placement.x, *config.placement.y))
        where = self._cell.within_reach(scene.T_table_obj, reach)
        torsion = 2.0 / 3.0 * config.gripper_physics.patch_radius * scene.matter.friction
        return self._client.reset_to(scene, where, torsion, seed)

    def _mask(self, scene: SingulatedScene, T_base_obj: Transform) -> NDArray[np.bool_]:
        """Bool[H, W]: where the cell's camera sees the object, as methods are told without an arm, too."""
        camera = self._cell.camera
        return true_view(PlacedObject(scene.model, T_base_obj), camera.T_base_cam, camera.intrinsics)[1]

    def _carry_and_shake(self, config: GraspBenchmarkConfig) -> Outcome:
        """What became of an object that the executor says was lifted."""
        client, motions, motion = self._client, self._motions, config.motion
        if not client.is_held():
            return Outcome.SLIPPED
        carried = client.follow(motions.carry(client.joint_positions(), motion))
        shaken = carried and client.follow(motions.shake(client.joint_positions(), motion)[0])
        return Outcome.HELD if shaken and client.is_held() else Outcome.DROPPED


def _record(
    name: str,
    scene: SingulatedScene,
    outcome: Outcome,
    planning_s: float,
    quality: float = math.nan,
    robust_epsilon: float = math.nan,
    physics_s: float = 0.0,
) -> TrialRecord:
    """``physics_s``: seconds of execution by this machine's clock, as all else an arm's trial takes."""
    return TrialRecord(
        method=name,
        number=scene.number,
        object_name=scene.model.name,
        outcome=outcome.value,
        quality=quality,
        robust_epsilon=robust_epsilon,
        approach_force=math.nan,  # no robot feels them
        pushed=math.nan,
        slip=math.nan,
        friction=scene.matter.friction,
        mass=scene.matter.mass,
        planning_s=planning_s,
        physics_s=physics_s,
    )
