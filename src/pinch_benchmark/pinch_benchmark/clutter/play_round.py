# SPDX-License-Identifier: Apache-2.0
"""A round: look, plan, grasp, until nothing is left or the rules end it."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from pinch_benchmark.clutter.heap_push import execute_push
from pinch_benchmark.clutter.heap_trial import HeapExecution, execute_in_heap
from pinch_benchmark.clutter.heap_view import HeapView
from pinch_benchmark.clutter.heap_world import HeapWorld
from pinch_benchmark.clutter.judge import ClutterOutcome, Verdict, judge
from pinch_benchmark.clutter.protocol import WORKSPACE_SIDE, ClutterProtocol
from pinch_benchmark.clutter.records import AttemptRecord, End, RoundRecord, pose_of
from pinch_benchmark.clutter.round_scene import RoundScene
from pinch_benchmark.methods.method import GraspMethod, NoGrasp, PlannedGrasp
from pinch_core.bin import Bin
from pinch_core.geometry.transform import Transform
from pinch_core.planning.failed_grasps import FailedGrasp
from pinch_core.planning.pushes import Push
from pinch_datagen.parallel_jaw.robust_quality import PoseError
from pinch_datagen.random_streams import RandomStreams
from pinch_datagen.scene.placed_object import PlacedObject

Poses = list[Transform | None]


@dataclass
class _Round:
    """What changes while a round is played; ``failed``: what planners remember; ``pushes``: in a row."""

    poses: Poses
    attempts: list[AttemptRecord] = field(default_factory=list)
    failed: list[FailedGrasp] = field(default_factory=list)
    failures: int = 0
    pushes: int = 0

    @property
    def present(self) -> list[int]:
        return [k for k, pose in enumerate(self.poses) if pose is not None]


def play_round(
    method: GraspMethod,
    scene: RoundScene,
    protocol: ClutterProtocol,
    gripper_error: PoseError,
    seed: int,
    forgetful: bool = False,
) -> RoundRecord:
    """Play a round with a method; seed and scene decide all that is random.

    Args:
        forgetful: whether the planner is never told where grasps failed.
    """
    streams = RandomStreams(seed, f"round {protocol.name} {scene.number}")
    state = _Round(list(scene.poses))
    while (end := _end(state, protocol)) is None:
        number = len(state.attempts)
        view = view_of(scene, state.poses, () if forgetful else state.failed, streams, number)
        start = time.perf_counter()
        planned = method.plan(view, streams.of("planning", number))
        planning_s = time.perf_counter() - start
        state.failed = [one for one in state.failed if one.id not in planned.changed]
        if planned.push is not None and state.pushes < protocol.pushes:
            _push(state, scene, protocol, view, planned.push, planning_s)
            continue
        state.pushes = 0
        if isinstance(planned, NoGrasp):
            state.attempts.append(_not_executed(planned.reason, planning_s, state.poses))
            state.failures += 1
            continue
        error = Transform.from_rpy(
            streams.of("turn", number).normal(0.0, gripper_error.rotation, 3),
            streams.of("place", number).normal(0.0, gripper_error.translation, 3),
        )
        _attempt(state, scene, protocol, view, planned, error, planning_s)
    return RoundRecord(
        protocol.name,
        method.name,
        scene.number,
        scene.names,
        scene.liftable,
        tuple(state.attempts),
        end.value,
    )


def view_of(
    scene: RoundScene,
    poses: Sequence[Transform | None],
    failed: Sequence[FailedGrasp],
    streams: RandomStreams,
    number: int,
) -> HeapView:
    """What the camera sees before attempt ``number``."""
    return scene.camera.look(
        placed_objects(scene, poses), scene.heap.bin, scene.world.gripper, failed, streams.of("noise", number)
    )


def placed_objects(scene: RoundScene, poses: Sequence[Transform | None]) -> list[PlacedObject]:
    """The objects that are there."""
    pairs = zip(scene.heap.objects, poses, strict=True)
    return [PlacedObject(each.placed.model, pose) for each, pose in pairs if pose is not None]


def _end(state: _Round, protocol: ClutterProtocol) -> End | None:
    if not state.present:
        return End.EMPTY
    if protocol.refusal_ends and state.attempts and state.attempts[-1].refusal:
        return End.NO_GRASP
    if state.failures >= protocol.most_failures:
        return End.FAILURES
    return End.ATTEMPTS if len(state.attempts) >= protocol.most_attempts else None


def _attempt(
    state: _Round,
    scene: RoundScene,
    protocol: ClutterProtocol,
    view: HeapView,
    planned: PlannedGrasp,
    error: Transform,
    planning_s: float,
) -> None:
    """Execute, judge, and let what is left come to rest."""
    before, world = state.poses, scene.world
    T_table_tcp = view.T_table_cam @ planned.T_cam_tcp @ error
    target = target_of(scene, before, T_table_tcp)
    # Whatever a method asks for: such a gripper knows no other opening.
    opening = world.gripper.max_opening if world.gripper.opens_fully else planned.opening
    start = time.perf_counter()
    done, after = execute_in_heap(
        world,
        before,
        T_table_tcp,
        opening,
        protocol.physics,
        protocol.motion,
        protocol.stop_on_contact,
    )
    verdict = judge(done, protocol.motion, world.gripper.max_opening)
    taken = _taken(done, verdict, protocol)
    for k in taken:
        after[k] = None
    settled = world.settled(after)
    fell_out = _fallen_out(settled, world)
    for k in fell_out:
        settled[k] = None
    state.poses = settled
    state.attempts.append(
        _executed(
            planned, opening, done, verdict, target, taken, fell_out, planning_s,
            time.perf_counter() - start, T_table_tcp, before,
        )
    )  # fmt: skip
    success = verdict.picked if protocol.one_at_a_time else verdict.lenient
    state.failures = 0 if success else state.failures + 1
    if not success:
        state.failed.append(FailedGrasp(str(len(state.attempts)), planned.T_cam_tcp, planned.patch))


def _push(
    state: _Round,
    scene: RoundScene,
    protocol: ClutterProtocol,
    view: HeapView,
    push: Push,
    planning_s: float,
) -> None:
    """Push, and let everything come to rest: no attempt at a grasp, and no failure of one."""
    before, world, start = state.poses, scene.world, time.perf_counter()
    done, after = execute_push(world, before, view.T_table_cam, push, protocol.physics, protocol.motion)
    settled = world.settled(after)
    fell_out = _fallen_out(settled, world)
    for k in fell_out:
        settled[k] = None
    state.poses, state.pushes = settled, state.pushes + 1
    record = _not_executed(f"pushed instead ({push.source})", planning_s, before)
    state.attempts.append(
        replace(
            record,
            push=True,
            outcome=ClutterOutcome.PUSH.value,
            force=done.force,
            fell_out=fell_out,
            simulated_s=done.seconds,
            physics_s=time.perf_counter() - start,
        )
    )


def _taken(done: HeapExecution, verdict: Verdict, protocol: ClutterProtocol) -> tuple[int, ...]:
    """What is carried away: where several came up, all that stayed through the shake."""
    if protocol.one_at_a_time:
        return done.held
    return tuple(sorted({*done.touching, *done.lifted})) if verdict.lenient else ()


def _fallen_out(poses: Poses, world: HeapWorld) -> tuple[int, ...]:
    half_x, half_y = _half_sides(world.heap.bin)
    return tuple(
        k
        for k, pose in enumerate(poses)
        if pose is not None and (abs(pose.translation[0]) > half_x or abs(pose.translation[1]) > half_y)
    )


def _half_sides(bin: Bin | None) -> tuple[float, float]:
    if bin is None:
        return WORKSPACE_SIDE / 2, WORKSPACE_SIDE / 2
    return bin.length / 2, bin.width / 2


def target_of(scene: RoundScene, poses: Sequence[Transform | None], T_table_tcp: Transform) -> int:
    """The object that the closing pads meet first, on rays through the TCP; else the one whose middle is
    nearest; -1 if none is left.
    """
    y = T_table_tcp.rotation[:, 1]
    nearest, found = math.inf, -1
    for k, pose in enumerate(poses):
        if pose is None:
            continue
        T_obj_tcp = pose.inverse() @ T_table_tcp
        starts = np.repeat(T_obj_tcp.translation[None], 2, axis=0)
        along = pose.inverse().rotate(np.stack([y, -y]))
        # From outside towards the TCP, and on.
        reach = scene.world.gripper.max_opening / 2
        hits = scene.heap.objects[k].placed.model.rays.first_hits(starts - reach * along, along)
        met = hits.distance[(hits.face >= 0) & (hits.distance <= 2 * reach)]
        if len(met) and float(np.abs(met - reach).min()) < nearest:
            nearest, found = float(np.abs(met - reach).min()), k
    if found < 0:
        gaps = {
            k: float(np.linalg.norm(pose.translation - T_table_tcp.translation))
            for k, pose in enumerate(poses)
            if pose is not None
        }
        found = min(gaps, key=gaps.__getitem__, default=-1)
    return found


def _not_executed(reason: str, planning_s: float, before: Poses) -> AttemptRecord:
    return AttemptRecord(
        refusal=reason,
        quality=math.nan,
        target=-1,
        lenient=False,
        picked=False,
        outcome=ClutterOutcome.NO_GRASP.value,
        force=0.0,
        wall_force=0.0,
        pushed=0.0,
        pushed_object=-1,
        lifted=(),
        held=(),
        taken=(),
        fell_out=(),
        planning_s=planning_s,
        physics_s=0.0,
        simulated_s=0.0,
        grasp=None,
        opening=0.0,
        before=tuple(pose_of(pose) for pose in before),
    )


def _executed(
    planned: PlannedGrasp,
    opening: float,
    done: HeapExecution,
    verdict: Verdict,
    target: int,
    taken: tuple[int, ...],
    fell_out: tuple[int, ...],
    planning_s: float,
    physics_s: float,
    T_table_tcp: Transform,
    before: Poses,
) -> AttemptRecord:
    return AttemptRecord(
        refusal="",
        quality=planned.quality,
        target=target,
        lenient=verdict.lenient,
        picked=verdict.picked,
        outcome=verdict.outcome.value,
        force=done.force,
        wall_force=done.wall_force,
        pushed=done.pushed,
        pushed_object=done.pushed_object,
        lifted=done.lifted,
        held=done.held,
        taken=taken,
        fell_out=fell_out,
        planning_s=planning_s,
        physics_s=physics_s,
        simulated_s=done.seconds,
        grasp=pose_of(T_table_tcp),
        opening=opening,
        before=tuple(pose_of(pose) for pose in before),
    )
