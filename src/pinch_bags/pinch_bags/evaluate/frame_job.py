# SPDX-License-Identifier: Apache-2.0
"""One frame through every contender: decode, plan, judge, draw. Runs in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from pinch_bags.attempts import ExecutedGrasp
from pinch_bags.evaluate.contenders import Contender, PlannerSettings, loaded
from pinch_bags.evaluate.records import AttemptRecord, FrameRecord, GraspRecord, PlanRecord, Verdict
from pinch_bags.evaluate.stillness import thumbnail
from pinch_bags.ground_truth import objects_from_markers
from pinch_core.depth_frame import DepthFrame
from pinch_core.errors import PinchError
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.geometry.transform import Transform
from pinch_core.grasp import Grasp
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_core.perception.table import fit_table
from pinch_core.planning.draw import draw_plan
from pinch_core.planning.loaded_network import LoadedNetwork
from pinch_core.planning.plan import PlanResult, plan_grasps
from pinch_core.planning.scene import Scene
from pinch_datagen.benchmark.grasp_judge import GraspJudge
from pinch_datagen.benchmark.random_scenes import JudgedScene
from pinch_datagen.parallel_jaw.robust_quality import QualityConfig
from pinch_datagen.random_streams import RandomStreams
from pinch_datagen.scene.placed_object import PlacedObject
from pinch_ros.bags import RawFrame, RawMessage

UInt8 = NDArray[np.uint8]
JPEG_QUALITY = 85
_TITLE_HEIGHT = 22


@dataclass(frozen=True, eq=False)
class Truth:
    """True objects as they were recorded, and the camera before them."""

    objects: RawMessage
    T_cam_table: Transform


@dataclass(frozen=True)
class FrameSettings:
    """What is the same for all frames. ``intrinsics``: where they are not those of the camera info."""

    planner: PlannerSettings
    intrinsics: CameraIntrinsics | None
    rectified: bool
    judged: int
    quality: QualityConfig
    pictures: bool


@dataclass(frozen=True, eq=False)
class FrameJob:
    """A frame and what is known of it. ``error``: why it cannot be planned on."""

    frame: RawFrame
    T_base_cam: Transform | None = None
    truth: Truth | None = None
    attempts: tuple[ExecutedGrasp, ...] = ()
    error: str = ""


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
        frame = raw.decode(settings.intrinsics, rectified=settings.rectified)
    except PinchError as error:
        return FrameResult(FrameRecord(raw.number, raw.stamp_ns, raw.time_ns, None, "", (), str(error)), None)
    plans, panels = [], []
    for contender in settings.planner.contenders:
        plan, panel = _plan(frame, contender, job, settings)
        plans.append(plan)
        panels.append(panel)
    record = FrameRecord(
        raw.number, raw.stamp_ns, raw.time_ns, frame.hole_ratio, thumbnail(frame.depth), tuple(plans)
    )
    return FrameResult(record, _jpeg(np.hstack(panels)) if settings.pictures else None)


def _plan(
    frame: DepthFrame, contender: Contender, job: FrameJob, settings: FrameSettings
) -> tuple[PlanRecord, UInt8]:
    gripper, policies = loaded(settings.planner)
    policy, network = policies[contender.name]
    config, start = settings.planner.config, time.perf_counter()
    try:
        # A generator for each frame, as the node has it: a plan does not depend on the frames before.
        rng = np.random.default_rng(settings.planner.seed)
        result = plan_grasps(frame, gripper, config, rng, T_base_cam=job.T_base_cam, policy=policy)
    except PinchError as error:
        seconds = time.perf_counter() - start
        return PlanRecord(contender.name, seconds, error=str(error)), _failed(frame, contender, str(error))
    seconds = time.perf_counter() - start
    verdicts = _verdicts(frame, result.grasps[: settings.judged], gripper, job, settings)
    verdicts += [None] * (len(result.grasps) - len(verdicts))
    report = result.report
    record = PlanRecord(
        contender.name,
        seconds,
        tuple(GraspRecord.of(grasp, found) for grasp, found in zip(result.grasps, verdicts, strict=True)),
        report.sampled,
        report.scored,
        report.rejected,
        report.warnings,
        why_empty="" if result.grasps else report.why_empty(),
        attempts=_scored(frame, gripper, network, job, settings.planner),
    )
    return record, _panel(frame, contender, result, gripper) if settings.pictures else np.empty(
        (0, 0, 3), np.uint8
    )


def _verdicts(
    frame: DepthFrame,
    grasps: Sequence[Grasp],
    gripper: ParallelJawGripper,
    job: FrameJob,
    settings: FrameSettings,
) -> list[Verdict | None]:
    """What the truth says of each, by the measures that label training data."""
    if job.truth is None:
        return [None] * len(grasps)
    number = job.frame.number
    scene = JudgedScene(number, frame, _objects(job.truth.objects), job.truth.T_cam_table)
    judge, streams = GraspJudge(gripper, settings.quality), RandomStreams(settings.planner.seed, "bag")
    found: list[Verdict | None] = []
    for rank, (grasp, hit) in enumerate(zip(grasps, judge.collisions(scene, grasps), strict=True)):
        epsilon = judge.robust_epsilon(scene, grasp, streams.of(f"judging {rank}", number))
        found.append(Verdict(bool(hit), epsilon, bool(judge.is_robust(epsilon) and not hit)))
    return found


@lru_cache(maxsize=2)
def _objects(raw: RawMessage) -> tuple[PlacedObject, ...]:
    """Kept for the next frames of the scene: their meshes need a search tree for rays."""
    return tuple(objects_from_markers(raw.decode(), raw.where))


def _scored(
    frame: DepthFrame,
    gripper: ParallelJawGripper,
    network: LoadedNetwork | None,
    job: FrameJob,
    settings: PlannerSettings,
) -> tuple[AttemptRecord, ...]:
    """What the network thinks of the grasps that were executed on this image."""
    if not job.attempts:
        return ()
    if network is None:
        return tuple(AttemptRecord(one.held, None) for one in job.attempts)
    frame = frame.rectified()
    table = fit_table(frame, settings.config.table, np.random.default_rng(settings.seed))
    scene = Scene.look(frame, gripper, table, settings.config.segmentation)
    columns = np.array([(one.column, one.row, one.angle, one.depth) for one in job.attempts])
    quality = network.quality.score_in_image(scene, columns[:, :2], columns[:, 2], columns[:, 3])
    return tuple(AttemptRecord(one.held, float(q)) for one, q in zip(job.attempts, quality, strict=True))


def _panel(frame: DepthFrame, contender: Contender, result: PlanResult, gripper: ParallelJawGripper) -> UInt8:
    return _titled(draw_plan(frame, result, gripper), contender.name)


def _failed(frame: DepthFrame, contender: Contender, reason: str) -> UInt8:
    height, width = frame.depth.shape
    picture = np.full((height, width, 3), 40, np.uint8)
    cv2.putText(
        picture,
        reason[: width // 8],
        (8, height // 2),
        cv2.FONT_HERSHEY_SIMPLEX,
        0.4,
        (220,) * 3,
        1,
        cv2.LINE_AA,
    )
    return _titled(picture, contender.name)


def _titled(picture: UInt8, title: str) -> UInt8:
    band = np.full((_TITLE_HEIGHT, picture.shape[1], 3), 70, np.uint8)
    cv2.putText(band, title, (8, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255,) * 3, 1, cv2.LINE_AA)
    return np.vstack([band, picture])


def _jpeg(picture: UInt8) -> bytes:
    _, content = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return bytes(content.tobytes())
