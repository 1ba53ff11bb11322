# SPDX-License-Identifier: Apache-2.0
"""One frame through every contender: decode, plan, judge, draw. Runs in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pinch_bags.attempts import ExecutedGrasp
from pinch_bags.depth_stream import DepthStream
from pinch_bags.evaluate.contenders import Contender, PlannerSettings, loaded
from pinch_bags.evaluate.frame_source import FrameJob
from pinch_bags.evaluate.judging import Judging
from pinch_bags.evaluate.panels import UInt8, failure_panel, plan_panel, side_by_side
from pinch_bags.evaluate.records import AttemptRecord, FrameRecord, GraspRecord, PlanRecord
from pinch_bags.evaluate.stillness import thumbnail
from pinch_core.depth_frame import DepthFrame
from pinch_core.errors import PinchError
from pinch_core.gripper import Gripper
from pinch_core.perception.table import fit_table
from pinch_core.planning.grasp_candidates import ImageGrasps
from pinch_core.planning.loaded_network import LoadedNetwork
from pinch_core.planning.plan import SceneHints, plan_grasps
from pinch_core.planning.scene import Scene


@dataclass(frozen=True)
class FrameSettings:
    """What is the same for all frames: how they are read, planned on, judged; whether plans are drawn."""

    stream: DepthStream
    planner: PlannerSettings
    judging: Judging
    pictures: bool


@dataclass(frozen=True, eq=False)
class FrameResult:
    """``picture``: JPEG of all plans side by side, None where there is none."""

    record: FrameRecord
    picture: bytes | None


def run_frame_job(job: FrameJob, settings: FrameSettings) -> FrameResult:
    """Plan on the frame; what is wrong with it is told in the record."""
    raw = job.frame
    try:
        if job.error:
            raise PinchError(job.error)
        frame = settings.stream.decode(raw)
    except PinchError as error:
        return FrameResult(FrameRecord(raw.number, raw.stamp_ns, raw.time_ns, None, "", (), str(error)), None)
    plans: list[PlanRecord] = []
    panels: list[UInt8] = []
    for contender in settings.planner.contenders:
        plan, panel = _plan(frame, contender, job, settings)
        plans.append(plan)
        if panel is not None:
            panels.append(panel)
    record = FrameRecord(
        raw.number, raw.stamp_ns, raw.time_ns, frame.hole_ratio, thumbnail(frame.depth), tuple(plans)
    )
    return FrameResult(record, side_by_side(panels) if panels else None)


def _plan(
    frame: DepthFrame, contender: Contender, job: FrameJob, settings: FrameSettings
) -> tuple[PlanRecord, UInt8 | None]:
    """The plan, and its panel where plans are drawn."""
    planner, name = settings.planner, contender.name
    grasp_type, policies = loaded(planner)
    policy, network = policies[name]
    start = time.perf_counter()
    try:
        # A generator for each frame, as the node has it: a plan does not depend on the frames before.
        rng, hints = np.random.default_rng(planner.seed), SceneHints(T_base_cam=job.T_base_cam)
        result = plan_grasps(frame, grasp_type, planner.config, rng, hints=hints, policy=policy)
    except PinchError as error:
        seconds = time.perf_counter() - start
        panel = failure_panel(frame, name, str(error)) if settings.pictures else None
        return PlanRecord(name, seconds, error=str(error)), panel
    seconds = time.perf_counter() - start
    grasps, report = result.grasps, result.report
    verdicts = settings.judging.verdicts(frame, job.frame.number, grasps, grasp_type.gripper, job.truth)
    record = PlanRecord(
        name,
        seconds,
        tuple(GraspRecord.of(grasp, found) for grasp, found in zip(grasps, verdicts, strict=True)),
        report.sampled,
        report.scored,
        report.rejected,
        report.warnings,
        why_empty="" if grasps else report.why_empty(),
        attempts=_scored(frame, grasp_type.gripper, network, job.attempts, planner),
    )
    return record, plan_panel(frame, name, result, grasp_type) if settings.pictures else None


def _scored(
    frame: DepthFrame,
    gripper: Gripper,
    network: LoadedNetwork | None,
    attempts: Sequence[ExecutedGrasp],
    planner: PlannerSettings,
) -> tuple[AttemptRecord, ...]:
    """What the network thinks of the grasps that were executed on this image."""
    if not attempts:
        return ()
    if network is None:
        return tuple(AttemptRecord(one.held, None) for one in attempts)
    frame = frame.rectified()
    table = fit_table(frame, planner.config.table, np.random.default_rng(planner.seed))
    scene = Scene.look(frame, gripper, table, planner.config.segmentation)
    columns = np.array([(one.column, one.row, one.angle, one.depth) for one in attempts])
    executed = ImageGrasps(columns[:, :2], columns[:, 2], columns[:, 3])
    quality = network.quality.score_in_image(scene, executed)
    return tuple(AttemptRecord(one.held, float(q)) for one, q in zip(attempts, quality, strict=True))
