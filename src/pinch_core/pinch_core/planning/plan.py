# SPDX-License-Identifier: Apache-2.0
"""From one depth image to ranked grasps: the whole algorithm on one page."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinch_core.depth_frame import DepthFrame
from pinch_core.geometry.transform import Transform
from pinch_core.grasp import Grasp, ImageGrasp
from pinch_core.gripper import Gripper
from pinch_core.perception.region import RegionOfInterest
from pinch_core.perception.segmentation import check_segmask
from pinch_core.perception.table import Plane, fit_table
from pinch_core.perception.workspace import pixels_in_workspace
from pinch_core.planning.antipodal_sampler import sample_antipodal_pairs
from pinch_core.planning.contacts import find_contacts
from pinch_core.planning.filters import GraspFilter, standard_filters
from pinch_core.planning.grasp_candidates import GraspCandidates
from pinch_core.planning.grasp_depths import propose_grasps
from pinch_core.planning.image_quality import ImageQuality
from pinch_core.planning.planner_config import PlannerConfig
from pinch_core.planning.report import PlanRecorder, PlanReport, ProgressCallback
from pinch_core.planning.scene import Scene
from pinch_core.planning.scorer import GraspScorer
from pinch_core.planning.suppression import distinct

Bool = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class PlanResult:
    """``grasps`` best first, maybe none; ``report`` says why. ``table`` in the optical frame. ``mask``:
    Bool[H, W] of the objects. Image coordinates are those of the undistorted image.
    """

    grasps: tuple[Grasp, ...]
    report: PlanReport
    table: Plane
    mask: Bool


def plan_grasps(
    frame: DepthFrame,
    gripper: Gripper,
    config: PlannerConfig,
    rng: np.random.Generator,
    *,
    segmask: NDArray[np.generic] | None = None,
    segmask_source: str = "the segmask",
    roi: RegionOfInterest | None = None,
    table: Plane | None = None,
    T_base_cam: Transform | None = None,
    reachable: Callable[[Transform], bool] | None = None,
    scorer: GraspScorer | None = None,
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
        scorer: quality of the candidates; the image-based baseline where none is given.
        on_progress: called as (stage, number of the stage, best grasp so far or None).
        should_stop: asked often; planning ends soon after it says True.

    Raises:
        NoTableError, NoObjectError: there is nothing to plan on.
        MaskError, RegionError: mask or region do not belong to the image.
        ConfigError: a workspace is set but ``T_base_cam`` is not.
        PlanCancelled: ``should_stop`` said so.
    """
    run = PlanRecorder(on_progress, should_stop)
    scorer = scorer or ImageQuality(config.quality)
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
    with run.stage("sampling"):
        contacts = find_contacts(frame, table, scene.heights, scene.labels, config.edges)
        pairs = sample_antipodal_pairs(contacts, gripper.max_width, config.sampler, rng)
    with run.stage("depths"):
        candidates = propose_grasps(scene, contacts, pairs, config.depths)
        run.sampled = len(candidates)
    with run.stage("filters"):
        candidates = _filter(
            scene, candidates, standard_filters(config.filters, config.depths, config.workspace), run
        )
    with run.stage("scoring"):
        quality = scorer.score(scene, candidates)
        run.scored = len(candidates)
    with run.stage("ranking"):
        grasps = _rank(scene, candidates, quality, scorer.name, config, reachable, run)
    return PlanResult(grasps, run.report(frame.hole_ratio), table, scene.labels > 0)


def _filter(
    scene: Scene, candidates: GraspCandidates, filters: tuple[GraspFilter, ...], run: PlanRecorder
) -> GraspCandidates:
    for grasp_filter in filters:
        run.check()
        keep = grasp_filter.keep(scene, candidates)
        run.reject(grasp_filter.name, int((~keep).sum()))
        candidates = candidates.select(keep)
    return candidates


def _rank(
    scene: Scene,
    candidates: GraspCandidates,
    quality: NDArray[np.float64],
    source: str,
    config: PlannerConfig,
    reachable: Callable[[Transform], bool] | None,
    run: PlanRecorder,
) -> tuple[Grasp, ...]:
    """The best distinct grasps; reachability is asked last and only as often as needed, it may cost an IK."""
    good = quality >= config.min_quality
    run.reject("min_quality", int((~good).sum()))
    order = np.argsort(-quality, kind="stable")
    order = order[good[order]]
    grasps: list[Grasp] = []
    for row in distinct(
        candidates.positions(scene), candidates.closing_directions(scene), order, config.suppression
    ):
        run.check()
        T_cam_tcp = _reachable_pose(candidates.pose(row, scene), reachable)
        if T_cam_tcp is None:
            run.reject("reachability", 1)
            continue
        # Its width is the opening of the approach; the turned hand has the turned angle.
        image = ImageGrasp.from_pose(T_cam_tcp, float(candidates.opening[row]), scene.frame.intrinsics)
        grasps.append(Grasp(T_cam_tcp, float(candidates.width[row]), float(quality[row]), image, source))
        if len(grasps) == config.max_grasps:
            break
    return tuple(grasps)


def _reachable_pose(T_cam_tcp: Transform, reachable: Callable[[Transform], bool] | None) -> Transform | None:
    """The pose, or the same grasp with the hand turned by 180 degrees, whichever can be reached."""
    if reachable is None:
        return T_cam_tcp
    turned = T_cam_tcp @ Transform.from_rpy((0.0, 0.0, math.pi))
    return next((pose for pose in (T_cam_tcp, turned) if reachable(pose)), None)
