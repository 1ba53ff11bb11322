# SPDX-License-Identifier: Apache-2.0
"""From one depth image to ranked grasps: the whole algorithm on one page."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinch_core.bin import Bin
from pinch_core.depth_frame import DepthFrame
from pinch_core.geometry.transform import Transform
from pinch_core.grasp import Grasp
from pinch_core.gripper import Gripper
from pinch_core.input_signatures.given_table import (
    scale_error,
    scale_warning,
    table_disagreement,
    turned_image_warning,
)
from pinch_core.perception.region import RegionOfInterest
from pinch_core.perception.seen_bin import SeenBin, locate_bin
from pinch_core.perception.segmentation import check_segmask
from pinch_core.perception.table import Plane, fit_table, measure_table
from pinch_core.perception.workspace import pixels_in_workspace
from pinch_core.planning.bin_fit import misfit
from pinch_core.planning.failed_grasps import FailedGrasp
from pinch_core.planning.filters import BelowTable, GraspFilter
from pinch_core.planning.grasp_policy import GraspPolicy, ScoredGrasps, Search, grasp_of
from pinch_core.planning.grasp_type import G, GraspSampler, GraspType
from pinch_core.planning.keep_out import KeepOutBox
from pinch_core.planning.network_quality import NetworkQuality
from pinch_core.planning.planning_config import PlanningConfig
from pinch_core.planning.quality_map import QualityMap
from pinch_core.planning.rank_policy import RankPolicy
from pinch_core.planning.report import PlanRecorder, PlanReport, ProgressCallback
from pinch_core.planning.scene import Scene
from pinch_core.planning.scene_filters import FailedBefore, KeepOut
from pinch_core.planning.suppression import distinct

Bool = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class PlanResult:
    """``grasps`` best first, possibly empty; ``report`` says why. ``table`` in the optical frame. ``mask``:
    Bool[H, W] of the objects. ``quality_map``: scores by position. Image coordinates are those of the
    undistorted image. ``scene``: what was perceived.
    """

    grasps: tuple[Grasp, ...]
    report: PlanReport
    table: Plane
    mask: Bool
    quality_map: QualityMap
    scene: Scene


@dataclass(frozen=True, eq=False)
class SceneHints:
    """What the caller knows about the scene besides the image.

    ``segmask``: (H, W) bool or uint8, non-zero = objects to grasp; without it the objects are found.
    ``segmask_source``: file or topic of the mask, for messages. ``roi``: grasps are planned on objects inside
    this part of the image. ``table``: the supporting plane in the optical frame; without it, it is fitted.
    ``T_base_cam``: camera in the robot's base frame; the workspace box needs it. ``bin``: what is picked
    from, and ``T_cam_bin``: where it stands; without a pose it is found in the image. ``failed``: where
    grasps failed lately. ``keep_out``: boxes in which no grasp is planned.
    """

    segmask: NDArray[np.generic] | None = None
    segmask_source: str = "the segmask"
    roi: RegionOfInterest | None = None
    table: Plane | None = None
    T_base_cam: Transform | None = None
    bin: Bin | None = None
    T_cam_bin: Transform | None = None
    failed: tuple[FailedGrasp, ...] = ()
    keep_out: tuple[KeepOutBox, ...] = ()


def plan_grasps(
    frame: DepthFrame,
    grasp_type: GraspType[G],
    config: PlanningConfig,
    rng: np.random.Generator,
    *,
    hints: SceneHints | None = None,
    policy: GraspPolicy | None = None,
    sampler: GraspSampler[G] | None = None,
    constraints: tuple[GraspFilter[G], ...] = (),
    reachable: Callable[[Transform], bool] | None = None,
    on_progress: ProgressCallback | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> PlanResult:
    """Plan grasps on one depth image (policy of Mahler et al. 2017, S II).

    Pure: the same arguments, with a generator in the same state, give the same result.

    Args:
        grasp_type: the grasps of a gripper, as :func:`pinch_core.grasp_types.bind_grasp_type` gives them.
        policy: how to search for good grasps; default: the type's image-based baseline.
        sampler: where the search starts; default: the type's own.
        constraints: more filters, applied after all others.
        reachable: asked with ``T_cam_tcp`` of the best grasps, and of their equivalents, until enough are
            reachable.
        on_progress: called as (stage, how often it was begun before, best grasp so far or None).
        should_stop: called often; planning ends soon after it returns True.

    Raises:
        NoTableError, NoObjectError: there is no table or no object.
        BinNotFoundError: the bin is not where it is said to be, or was not found.
        GripperTooLargeError: the gripper does not fit into the bin.
        InvalidDepthError: the values are no depth, or the image contradicts the table that was given.
        IntrinsicsError: it does so as with intrinsics of another resolution.
        MaskError, RegionError: mask or region do not belong to the image.
        ConfigError: a workspace is set but ``T_base_cam`` is not.
        PlanCancelled: ``should_stop`` returned True.
    """
    run = PlanRecorder(on_progress, should_stop, time_budget=config.time_budget or math.inf)
    for note in frame.notes:
        run.warn(note)
    policy = policy or RankPolicy(grasp_type.baseline(), "igq")
    scene = perceive(frame, grasp_type.gripper, config, hints or SceneHints(), rng, run)
    search = Search(
        scene,
        grasp_type,
        sampler or grasp_type.sampler(),
        all_filters(grasp_type.filters(), config, constraints),
        config.motion,
        rng,
        run,
    )
    found = policy.search(search)
    least = _least_quality(scene, policy, config)
    # A sampler of the caller's proposes what the caller wants, and nothing else.
    for resort in () if sampler is not None else grasp_type.last_resorts():
        if (found.quality >= least).any():
            break
        filters = all_filters(resort.filters, config, constraints)
        further = policy.search(dataclasses.replace(search, sampler=resort.sampler, filters=filters))
        if (further.quality >= least).any():
            run.warn(resort.warning)
        found = ScoredGrasps.merged(found, further)
    with run.stage("ranking"):
        grasps = _rank(search, found, policy.name, config, least, reachable)
        quality_map = found.quality_map or QualityMap(
            scene.frame.intrinsics.project(found.candidates.positions(scene)), found.quality
        )
    report = run.report(scene.frame.hole_ratio, grasp_type.nothing_sampled, frame.no_return)
    return PlanResult(grasps, report, scene.table, scene.labels > 0, quality_map, scene)


def perceive(
    frame: DepthFrame,
    gripper: Gripper,
    config: PlanningConfig,
    hints: SceneHints,
    rng: np.random.Generator,
    run: PlanRecorder,
) -> Scene:
    """Find the table and the objects on it; errors as :func:`plan_grasps`."""
    segmask, roi = hints.segmask, hints.roi
    mask = None if segmask is None else check_segmask(segmask, frame.intrinsics, hints.segmask_source)
    region = None if roi is None else roi.mask(frame.intrinsics)
    mask, region, frame = frame.rectified_mask(mask), frame.rectified_mask(region), frame.rectified()
    with run.stage("table"):
        seen_bin = _bin(frame, hints, config, rng)
        if seen_bin is None:
            frame, table, measured_table = _table(frame, hints, config, rng, run)
        else:
            table, measured_table = seen_bin.floor, None
    with run.stage("segmentation"):
        allowed = pixels_in_workspace(frame, config.workspace, hints.T_base_cam, region)
        scene = Scene.look(
            frame,
            gripper,
            table,
            config.segmentation,
            segmask=mask,
            allowed=allowed,
            T_base_cam=hints.T_base_cam,
            measured_table=measured_table,
            seen_bin=seen_bin,
            wall_clearance=config.bin.wall_clearance,
            keep_out=hints.keep_out,
        )
        scene, run.changed_since_failure = scene.remembering(hints.failed, config.memory)
        if mask is not None and (highest := _highest(scene)) < config.segmentation.min_height:
            run.warn(
                f"{hints.segmask_source} marks nothing that stands on the table: its highest points are "
                f"{highest * 1e3:.0f} mm above it; check that the mask is of this image and of its objects."
            )
        if seen_bin is not None and (warning := misfit(gripper, scene)):
            run.warn(warning)
        return scene


def _bin(
    frame: DepthFrame, hints: SceneHints, config: PlanningConfig, rng: np.random.Generator
) -> SeenBin | None:
    if hints.bin is None:
        return None
    return locate_bin(frame, hints.bin, hints.T_cam_bin, config.bin, config.table, rng)


def _table(
    frame: DepthFrame, hints: SceneHints, config: PlanningConfig, rng: np.random.Generator, run: PlanRecorder
) -> tuple[DepthFrame, Plane, Plane | None]:
    """(The frame, the table, the table that the image shows where it was given). A given table corrects the
    scale of the frame.
    """
    given = hints.table
    if given is None:
        fitted, base = fit_table(frame, config.table, rng), hints.T_base_cam
        if base is not None and (warning := turned_image_warning(fitted, base, frame.source)):
            run.warn(warning)
        return frame, fitted, None
    # A generator of its own: what is sampled does not depend on whether the table was compared.
    measured = measure_table(frame, given, config.table, np.random.default_rng(0))
    if measured is None:
        return frame, given, None
    ratio = scale_error(given, measured, config.table.anchor)
    if ratio is not None:
        run.warn(scale_warning(given, ratio, frame.source))
        frame = frame.scaled(1.0 / ratio)
        return frame, given, measure_table(frame, given, config.table, np.random.default_rng(0))
    if warning := table_disagreement(given, measured, frame.source):
        run.warn(warning)
    return frame, given, measured


def _highest(scene: Scene) -> float:
    """Height above the table [m] that only a hundredth of the objects' pixels exceed."""
    heights = scene.heights[(scene.labels > 0) & np.isfinite(scene.heights)]
    return float(np.percentile(heights, 99)) if heights.size else math.inf


def all_filters(
    filters: tuple[GraspFilter[G], ...],
    config: PlanningConfig,
    constraints: tuple[GraspFilter[G], ...] = (),
) -> tuple[GraspFilter[G], ...]:
    """The filters of a type, those that hold for all types, and those of the caller."""
    return (*filters, BelowTable(), KeepOut(), FailedBefore(config.memory), *constraints)


def _least_quality(scene: Scene, policy: GraspPolicy, config: PlanningConfig) -> float:
    """From which quality on a grasp is returned. Among several objects a network's low quality is a reason to
    push or to look again, and not to try.
    """
    in_heap = scene.seen_bin is not None or int(scene.labels.max()) > 1
    if in_heap and isinstance(policy.scorer, NetworkQuality):
        return max(config.min_quality, config.min_quality_in_heaps)
    return config.min_quality


def _rank(
    search: Search[G],
    found: ScoredGrasps[G],
    source: str,
    config: PlanningConfig,
    least_quality: float,
    reachable: Callable[[Transform], bool] | None,
) -> tuple[Grasp, ...]:
    """The best distinct grasps; reachability is checked last and lazily, because it may cost an IK."""
    scene, run = search.scene, search.run
    candidates, quality = found.candidates, found.quality
    good = quality >= least_quality
    run.reject("min_quality", int((~good).sum()))
    order = np.argsort(-quality, kind="stable")
    order = order[good[order]]
    axes = search.grasp_type.axes(scene, candidates)
    grasps: list[Grasp] = []
    for row in distinct(candidates.positions(scene), axes, order, config.suppression):
        run.check()
        grasp = _reachable(search, grasp_of(scene, found, row, source, config.motion), reachable)
        if grasp is None:
            run.reject("reachability", 1)
            continue
        grasps.append(grasp)
        if len(grasps) == config.max_grasps:
            break
    return tuple(grasps)


def _reachable(
    search: Search[G], grasp: Grasp, reachable: Callable[[Transform], bool] | None
) -> Grasp | None:
    """The grasp, or the first equivalent one that can be reached; None where none can."""
    if reachable is None:
        return grasp
    for T_cam_tcp in search.grasp_type.equivalents(grasp.T_cam_tcp):
        if reachable(T_cam_tcp):
            return grasp.turned_to(T_cam_tcp, search.scene.frame)
    return None
