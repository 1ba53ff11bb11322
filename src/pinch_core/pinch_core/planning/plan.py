# SPDX-License-Identifier: Apache-2.0
"""From one depth image to ranked grasps: the whole algorithm on one page."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinch_core.depth_frame import DepthFrame
from pinch_core.geometry.transform import Transform
from pinch_core.grasp import Grasp, ImageGrasp, grasp_id
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_core.parallel_jaw.image_quality import ImageQuality
from pinch_core.parallel_jaw.sampler import AntipodalSampler, GraspSampler
from pinch_core.perception.region import RegionOfInterest
from pinch_core.perception.segmentation import check_segmask
from pinch_core.perception.table import Plane, fit_table
from pinch_core.perception.workspace import pixels_in_workspace
from pinch_core.planning.filters import GraspFilter, standard_filters
from pinch_core.planning.grasp_policy import GraspPolicy, ScoredGrasps, Search, grasp_of
from pinch_core.planning.planner_config import PlannerConfig
from pinch_core.planning.quality_map import QualityMap
from pinch_core.planning.rank_policy import RankPolicy
from pinch_core.planning.report import PlanRecorder, PlanReport, ProgressCallback
from pinch_core.planning.scene import Scene
from pinch_core.planning.suppression import distinct

Bool = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class PlanResult:
    """``grasps`` best first, maybe none; ``report`` says why. ``table`` in the optical frame. ``mask``:
    Bool[H, W] of the objects. ``quality_map``: what was scored where. Image coordinates are those of the
    undistorted image.
    """

    grasps: tuple[Grasp, ...]
    report: PlanReport
    table: Plane
    mask: Bool
    quality_map: QualityMap


def plan_grasps(
    frame: DepthFrame,
    gripper: ParallelJawGripper,
    config: PlannerConfig,
    rng: np.random.Generator,
    *,
    segmask: NDArray[np.generic] | None = None,
    segmask_source: str = "the segmask",
    roi: RegionOfInterest | None = None,
    table: Plane | None = None,
    T_base_cam: Transform | None = None,
    reachable: Callable[[Transform], bool] | None = None,
    policy: GraspPolicy | None = None,
    sampler: GraspSampler | None = None,
    constraints: tuple[GraspFilter, ...] = (),
    on_progress: ProgressCallback | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> PlanResult:
    """Plan parallel-jaw grasps that approach along the table normal (policy of Mahler et al. 2017, S II).

    Pure: the same arguments, with a generator in the same state, give the same result.

    Args:
        segmask: (H, W) bool or uint8, non-zero = objects to grasp; without it the objects are found.
        segmask_source: file or topic of the mask, for messages.
        roi: grasps are planned on objects inside this part of the image.
        table: the supporting plane, where known; else it is fitted.
        T_base_cam: camera in the robot's base frame; the workspace box needs it.
        reachable: asked with ``T_cam_tcp`` of the best grasps until enough are reachable; each is tried both
            ways round.
        policy: how good grasps are searched for; the image-based baseline where none is given.
        sampler: what the search starts from; antipodal pairs of depth edges where none is given.
        constraints: what else is forbidden, asked after all other filters.
        on_progress: called as (stage, how often it was begun before, best grasp so far or None).
        should_stop: asked often; planning ends soon after it says True.

    Raises:
        NoTableError, NoObjectError: there is nothing to plan on.
        MaskError, RegionError: mask or region do not belong to the image.
        ConfigError: a workspace is set but ``T_base_cam`` is not.
        PlanCancelled: ``should_stop`` said so.
    """
    run = PlanRecorder(on_progress, should_stop, time_budget=config.time_budget or math.inf)
    policy = policy or RankPolicy(ImageQuality(config.quality), "igq")
    sampler = sampler or AntipodalSampler(config.edges, config.sampler, config.depths)
    filters = (*standard_filters(config.filters, config.depths, config.workspace), *constraints)
    mask = None if segmask is None else check_segmask(segmask, frame.intrinsics, segmask_source)
    region = None if roi is None else roi.mask(frame.intrinsics)
    mask, region, frame = frame.rectified_mask(mask), frame.rectified_mask(region), frame.rectified()
    with run.stage("table"):
        table = table or fit_table(frame, config.table, rng)
    with run.stage("segmentation"):
        allowed = pixels_in_workspace(frame, config.workspace, T_base_cam, region)
        scene = Scene.look(
            frame, gripper, table, config.segmentation, segmask=mask, allowed=allowed, T_base_cam=T_base_cam
        )
    found = policy.search(Search(scene, sampler, config.depths, config.motion, filters, rng, run))
    with run.stage("ranking"):
        grasps = _rank(scene, found, policy.name, config, reachable, run)
        quality_map = found.quality_map or QualityMap(
            frame.intrinsics.project(found.candidates.positions(scene)), found.quality
        )
    return PlanResult(grasps, run.report(frame.hole_ratio), table, scene.labels > 0, quality_map)


def _rank(
    scene: Scene,
    found: ScoredGrasps,
    source: str,
    config: PlannerConfig,
    reachable: Callable[[Transform], bool] | None,
    run: PlanRecorder,
) -> tuple[Grasp, ...]:
    """The best distinct grasps; reachability is asked last and only as often as needed, it may cost an IK."""
    candidates, quality = found.candidates, found.quality
    good = quality >= config.min_quality
    run.reject("min_quality", int((~good).sum()))
    order = np.argsort(-quality, kind="stable")
    order = order[good[order]]
    grasps: list[Grasp] = []
    for row in distinct(
        candidates.positions(scene), candidates.closing_directions(scene), order, config.suppression
    ):
        run.check()
        grasp = _reachable(grasp_of(scene, found, row, source, config.motion), scene, reachable)
        if grasp is None:
            run.reject("reachability", 1)
            continue
        grasps.append(grasp)
        if len(grasps) == config.max_grasps:
            break
    return tuple(grasps)


def _reachable(grasp: Grasp, scene: Scene, reachable: Callable[[Transform], bool] | None) -> Grasp | None:
    """The grasp, or the same with the hand turned by 180 degrees, whichever can be reached."""
    if reachable is None or reachable(grasp.T_cam_tcp):
        return grasp
    turned = grasp.T_cam_tcp @ Transform.from_rpy((0.0, 0.0, math.pi))
    if not reachable(turned):
        return None
    return dataclasses.replace(
        grasp,
        T_cam_tcp=turned,
        image=ImageGrasp.from_pose(turned, scene.frame.intrinsics),
        id=grasp_id(scene.frame.stamp_ns, grasp.gripper, turned, grasp.opening),
    )
