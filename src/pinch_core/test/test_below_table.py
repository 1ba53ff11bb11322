# SPDX-License-Identifier: Apache-2.0
"""No planned TCP or fingertip lies below the table, whatever was configured."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinch_core.errors import PinchError
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.geometry.transform import Transform
from pinch_core.grasp_types import bind_grasp_type
from pinch_core.parallel_jaw.config import FilterConfig, GraspDepthConfig, ParallelJawConfig
from pinch_core.parallel_jaw.filters import TableClearance
from pinch_core.parallel_jaw.gripper import Finger, Palm, ParallelJawGripper
from pinch_core.perception.config import SegmentationConfig, TableFitConfig
from pinch_core.perception.table import Plane
from pinch_core.planner_config import PlannerConfig
from pinch_core.planning.explain import explain_pixel
from pinch_core.planning.filters import BelowTable
from pinch_core.planning.plan import PlanResult, SceneHints, perceive, plan_grasps
from pinch_core.planning.report import PlanRecorder
from pinch_core.planning.scene import Scene
from pinch_core.synthetic_scene import BoxSolid, camera_above, render_depth

CAMERA = CameraIntrinsics(320, 240, 262.5, 262.5, 159.5, 119.5)
GRIPPER = ParallelJawGripper(
    name="test_hand", max_opening=0.08, min_opening=0.0, max_force=70.0,
    finger=Finger(breadth=0.022, thickness=0.0155, length=0.047, tip_beyond_tcp=0.0095),
    palm=Palm(size_x=0.065, size_y=0.205, size_z=0.066),
)  # fmt: skip
# Lower than the fingers are long: the palm does not keep them from the table.
BOX = BoxSolid.standing(0.02, 0.01, 0.4, (0.09, 0.04, 0.025))
T_TABLE_CAM = camera_above(0.75, 0.2)
FRAME = render_depth((BOX,), T_TABLE_CAM, CAMERA, np.random.default_rng(0), noise=0.001)
TABLE = Plane.from_surface_pose(T_TABLE_CAM.inverse())
MASK = TABLE.height_image(FRAME) > 0.01
# What the fit of a noisy table may be off; a planned grasp is never lower than that in truth.
FIT_M = 0.002


def off_by(height: float, tilt: float) -> Plane:
    """The table as a frame of TF says that is off by a height [m] and an angle [rad]."""
    return Plane.from_surface_pose((Transform.from_rpy((tilt, 0, 0), (0, 0, height)) @ T_TABLE_CAM).inverse())


def plan(
    config: PlannerConfig, table: Plane | None = None, segmask: Any = None, policy: Any = None
) -> PlanResult:
    hints = SceneHints(segmask=segmask, table=table)
    grasp_type = bind_grasp_type(GRIPPER, config)
    return plan_grasps(FRAME, grasp_type, config, np.random.default_rng(0), hints=hints, policy=policy)


def lowest(result: PlanResult) -> float:
    """Smallest height [m] of a fingertip above the true table; the TCP is higher."""
    tips = [
        grasp.T_cam_tcp.translation + grasp.T_cam_tcp.rotation[:, 2] * GRIPPER.finger.tip_beyond_tcp
        for grasp in result.grasps
    ]
    return min((float(TABLE.height(tip)) for tip in tips), default=np.inf)


absurd = st.builds(
    lambda distance, share, clearance, tolerance, overlap, unseen, height: PlannerConfig(
        max_grasps=200,
        table=TableFitConfig(inlier_distance=distance, min_inlier_share=share, anchor=0.0),
        segmentation=SegmentationConfig(min_height=height),
        parallel_jaw=ParallelJawConfig(
            depths=GraspDepthConfig(table_clearance=clearance, palm_clearance=0.0, finger_margin=0.0),
            filters=FilterConfig(
                collision_tolerance=tolerance, min_overlap=overlap, max_unseen=unseen, max_hidden=1.0,
                max_approach_tilt=1.5, border=0, min_opening_margin=0.0,
            ),
        ),
    ),
    st.sampled_from([0.0005, 0.006, 0.05]), st.sampled_from([0.01, 0.15]), st.sampled_from([0.0, 0.003]),
    st.sampled_from([0.0, 0.05]), st.sampled_from([0.0, 0.004]), st.sampled_from([0.5, 1.0]),
    st.sampled_from([0.0005, 0.004, 0.1]),
)  # fmt: skip


@settings(max_examples=30)
@given(
    absurd,
    st.one_of(st.none(), st.tuples(st.floats(-0.06, 0.06), st.floats(-0.08, 0.08))),
    st.booleans(),
)
def test_no_fingertip_is_planned_below_the_table(
    config: PlannerConfig, off: tuple[float, float] | None, with_mask: bool
) -> None:
    try:
        result = plan(config, None if off is None else off_by(*off), MASK if with_mask else None)
    except PinchError:
        return
    assert lowest(result) >= -FIT_M
    for grasp in result.grasps:
        assert result.table.height(grasp.T_cam_tcp.translation) >= -1e-9


def test_a_table_that_tf_has_3_cm_too_low_is_told_and_no_grasp_ends_in_the_true_one() -> None:
    config = PlannerConfig(
        max_grasps=200,
        table=TableFitConfig(anchor=0.0),
        parallel_jaw=ParallelJawConfig(
            depths=GraspDepthConfig(table_clearance=0.0), filters=FilterConfig(collision_tolerance=0.05)
        ),
    )
    result = plan(config, off_by(0.03, 0.0), MASK)
    assert lowest(result) >= -FIT_M
    assert any(
        "30 mm above the given one" in each and "table_frame" in each for each in result.report.warnings
    )


@pytest.mark.parametrize("ratio", [0.95, 0.98, 1.02, 1.06])
def test_a_given_table_corrects_an_image_whose_distances_are_a_little_too_long_or_short(ratio: float) -> None:
    scaled = dataclasses.replace(FRAME, depth=FRAME.depth * np.float32(ratio))
    grasp_type = bind_grasp_type(GRIPPER, PlannerConfig())
    rng, hints = np.random.default_rng(0), SceneHints(table=TABLE)
    result = plan_grasps(scaled, grasp_type, PlannerConfig(), rng, hints=hints)
    assert any("divided by" in each and "table.anchor" in each for each in result.report.warnings)
    assert lowest(result) >= 0.0
    best = T_TABLE_CAM @ result.grasps[0].T_cam_tcp.translation
    assert BOX.contains(np.array([[best[0], best[1], BOX.size[2] / 2]])).all()
    assert best[2] - GRIPPER.finger.tip_beyond_tcp < BOX.size[2] - 0.004


def test_a_large_lid_is_not_taken_for_a_table_of_another_scale() -> None:
    lid = BoxSolid.standing(0.0, 0.0, 0.0, (0.70, 0.52, 0.04))
    frame = render_depth((lid,), T_TABLE_CAM, CAMERA, np.random.default_rng(0), noise=0.001)
    assert (TABLE.height_image(frame) < 0.01).mean() < 0.5
    run = PlanRecorder()
    rng, hints = np.random.default_rng(0), SceneHints(table=TABLE, segmask=np.ones((240, 320), bool))
    scene = perceive(frame, GRIPPER, PlannerConfig(), hints, rng, run)
    assert np.array_equal(scene.frame.depth, frame.depth)
    assert not any("divided by" in each for each in run.warnings)


def test_the_filter_rejects_a_tcp_below_either_table() -> None:
    below, scenes = BelowTable(), {}
    for name, table, measured in (("fitted", TABLE, None), ("given", off_by(0.03, 0.0), TABLE)):
        scenes[name] = Scene.look(
            FRAME, GRIPPER, table, SegmentationConfig(), segmask=MASK, measured_table=measured
        )
    for name, lift in (("fitted", 0.0), ("given", 0.03)):
        scene = scenes[name]
        grasps = bind_grasp_type(GRIPPER, PlannerConfig()).sampler().sample(scene, np.random.default_rng(0))
        poses = grasps.T_table_tcp
        for height, expected in ((0.001, True), (0.0, True), (-0.001, False)):
            at = poses.translation.copy()
            at[:, 2] = height + lift + (1e-6 if height == 0.0 else 0.0)
            moved = dataclasses.replace(grasps, T_table_tcp=dataclasses.replace(poses, translation=at))
            assert (below.keep(scene, moved) == expected).all()
            finding = below.findings(scene, moved)[0]
            assert finding.values == pytest.approx(height, abs=1e-5)


def test_fingertips_below_the_table_in_the_image_are_rejected() -> None:
    scene = Scene.look(
        FRAME, GRIPPER, off_by(0.03, 0.0), SegmentationConfig(), segmask=MASK, measured_table=TABLE
    )
    grasps = bind_grasp_type(GRIPPER, PlannerConfig()).sampler().sample(scene, np.random.default_rng(0))
    for height, expected in ((0.031, True), (0.029, False)):
        moved = dataclasses.replace(grasps, tip_height=np.full(len(grasps), height))
        kept = TableClearance(0.0, -1.0).keep(scene, moved)
        assert (kept == expected).all()


def test_the_rule_is_part_of_every_search_and_of_its_explanation() -> None:
    result = plan(PlannerConfig())
    assert result.grasps and "below_table" in result.report.rejected
    grasp_type = bind_grasp_type(GRIPPER, PlannerConfig())
    rows, columns = np.nonzero(MASK)
    config = PlannerConfig(table=TableFitConfig(anchor=0.0))
    explained = explain_pixel(
        FRAME, grasp_type, config, np.random.default_rng(0), int(columns.mean()), int(rows.mean()),
        hints=SceneHints(segmask=MASK, table=off_by(0.03, 0.0)),
    )  # fmt: skip
    assert any(each.filter in ("table_clearance", "below_table") for each in explained.rejections)
