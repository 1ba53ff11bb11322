# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from pinch_core.depth_frame import DepthFrame
from pinch_core.errors import ConfigError, MaskError, NoObjectError, NoTableError, PlanCancelled
from pinch_core.geometry.camera import CameraIntrinsics, DistortionModel
from pinch_core.geometry.transform import Transform
from pinch_core.grasp import Grasp
from pinch_core.grasp_types import bind_grasp_type
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_core.perception.config import WorkspaceConfig
from pinch_core.perception.region import RegionOfInterest
from pinch_core.perception.table import Plane
from pinch_core.planner_config import PlannerConfig
from pinch_core.planning.plan import PlanResult, SceneHints, plan_grasps
from pinch_core.synthetic_scene import BoxSolid, CylinderSolid, Solid, camera_above, render_depth

CONFIG = PlannerConfig()
HINTS = {field.name for field in dataclasses.fields(SceneHints)}
T_WORLD_CAM = camera_above(0.75, math.radians(13), azimuth=0.5)
BOX = BoxSolid.standing(0.02, -0.03, 0.7, (0.11, 0.04, 0.04))


def plan(
    frame: DepthFrame, gripper: ParallelJawGripper, seed: int = 0, config: PlannerConfig = CONFIG, **more
) -> PlanResult:
    hints = SceneHints(**{key: more.pop(key) for key in HINTS & set(more)})
    grasp_type = bind_grasp_type(gripper, config)
    return plan_grasps(frame, grasp_type, config, np.random.default_rng(seed), hints=hints, **more)


def noisy(
    camera: CameraIntrinsics, *solids: Solid, seed: int = 0, T_world_cam: Transform = T_WORLD_CAM
) -> DepthFrame:
    return render_depth(solids, T_world_cam, camera, np.random.default_rng(seed), noise=0.001, dropout=0.002)


def swept_points(grasp: Grasp, gripper: ParallelJawGripper) -> np.ndarray:
    """(N, 3) in the optical frame: a grid in fingers and palm, swept 10 cm along the approach."""
    points = []
    for box in gripper.bodies(grasp.opening):
        spacing = 0.012 if box.name == "palm" else 0.004
        steps = [np.linspace(-h, h, max(3, int(2 * h / spacing))) for h in box.half_size]
        steps[2] = np.arange(-box.half_size[2] - 0.1, box.half_size[2] + 1e-9, spacing)
        points.append(np.stack(np.meshgrid(*steps, indexing="ij"), -1).reshape(-1, 3) + box.center)
    return grasp.T_cam_tcp @ np.concatenate(points)


def shrunk(solid: Solid, by: float = 0.0015) -> Solid:
    """A pixel thinner on every side: what lies on its very surface is a matter of resolution."""
    if isinstance(solid, BoxSolid):
        return dataclasses.replace(solid, size=tuple(s - 2 * by for s in solid.size))
    return dataclasses.replace(solid, radius=solid.radius - by, length=solid.length - 2 * by)


@pytest.mark.parametrize("seed", range(5))
def test_no_returned_grasp_collides_with_the_true_scene(
    camera: CameraIntrinsics, gripper: ParallelJawGripper, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    solids: list[Solid] = [
        BoxSolid.standing(
            *rng.uniform(-0.05, 0.05, 2), rng.uniform(0, 3), (0.09, 0.035, rng.uniform(0.02, 0.05))
        ),
        BoxSolid.standing(0.09, 0.05, rng.uniform(0, 3), (0.05, 0.04, rng.uniform(0.03, 0.12))),
        CylinderSolid.standing(-0.08, 0.09, 0.025, rng.uniform(0.04, 0.14)),
        CylinderSolid.lying(-0.02, -0.10, rng.uniform(0, 3), 0.018, 0.10),
    ]
    T_world_cam = camera_above(0.75, rng.uniform(0.0, 0.3), azimuth=rng.uniform(0, 6))
    frame = noisy(camera, *solids, seed=seed, T_world_cam=T_world_cam)
    result = plan(frame, gripper, seed, dataclasses.replace(CONFIG, max_grasps=25))
    assert len(result.grasps) >= 10
    for grasp in result.grasps:
        swept = T_world_cam @ swept_points(grasp, gripper)
        assert swept[:, 2].min() > 0.0
        assert not any(shrunk(solid).contains(swept).any() for solid in solids)


def test_a_box_is_grasped_across_its_narrow_side_at_its_middle(
    camera: CameraIntrinsics, gripper: ParallelJawGripper
) -> None:
    best = plan(noisy(camera, BOX), gripper).grasps[0]
    T_box_tcp = BOX.T_table_solid.inverse() @ T_WORLD_CAM @ best.T_cam_tcp
    assert abs(T_box_tcp.rotation[1, 1]) > math.cos(math.radians(10))
    assert T_box_tcp.rotation[2, 2] == pytest.approx(-1.0, abs=1e-4)
    assert np.abs(T_box_tcp.translation[:2]).max() < 0.01
    assert best.width == pytest.approx(0.04, abs=0.004)
    assert best.opening > best.width
    assert best.source == "igq"


def test_results_are_ranked_distinct_and_in_range(
    camera: CameraIntrinsics, gripper: ParallelJawGripper
) -> None:
    result = plan(noisy(camera, BOX), gripper)
    qualities = [grasp.quality for grasp in result.grasps]
    assert len(qualities) == CONFIG.max_grasps
    assert qualities == sorted(qualities, reverse=True)
    assert 0.0 <= qualities[-1] <= qualities[0] <= 1.0
    assert result.report.sampled == result.report.scored + sum(
        count for name, count in result.report.rejected.items() if name not in ("min_quality", "reachability")
    )
    assert list(result.report.stages) == [
        "table", "segmentation", "sampling", "filters", "scoring", "ranking",
    ]  # fmt: skip


def test_the_same_seed_gives_the_same_plan(
    small_camera: CameraIntrinsics, gripper: ParallelJawGripper
) -> None:
    frame = noisy(small_camera, BOX)
    one, two, other = (plan(frame, gripper, seed) for seed in (3, 3, 4))
    same = [
        np.array_equal(a.T_cam_tcp.matrix, b.T_cam_tcp.matrix)
        for a, b in zip(one.grasps, two.grasps, strict=True)
    ]
    assert all(same)
    assert not np.array_equal(one.grasps[0].T_cam_tcp.matrix, other.grasps[0].T_cam_tcp.matrix)


def test_rolling_the_camera_leaves_the_grasp_where_it_is_in_the_world(
    camera: CameraIntrinsics, gripper: ParallelJawGripper
) -> None:
    square = CameraIntrinsics(480, 480, 525.0, 525.0, 239.5, 239.5)
    grasps = []
    for roll in (0.0, math.pi / 2, math.pi):
        T_world_cam = camera_above(0.75, 0.2, roll=roll)
        frame = render_depth((BOX,), T_world_cam, square)
        table = Plane.from_surface_pose(T_world_cam.inverse())
        best = plan(frame, gripper, table=table).grasps[0]
        grasps.append((T_world_cam @ best.T_cam_tcp, best.width))
    for T_world_tcp, width in grasps[1:]:
        apart = np.linalg.norm(T_world_tcp.translation - grasps[0][0].translation)
        assert apart < 0.008  # other pixels are drawn, but they are pixels of the same edges
        assert abs(T_world_tcp.rotation[:, 1] @ grasps[0][0].rotation[:, 1]) > math.cos(math.radians(8))
        assert width == pytest.approx(grasps[0][1], abs=0.004)


def test_a_shifted_image_shifts_the_grasp_and_nothing_else(
    camera: CameraIntrinsics, gripper: ParallelJawGripper
) -> None:
    frame = noisy(camera, BOX)
    table = Plane.from_surface_pose(T_WORLD_CAM.inverse())
    cropped = DepthFrame.from_array(frame.depth[40:440, 60:600], camera.cropped(60, 40, 540, 400))
    one, two = plan(frame, gripper, table=table).grasps[0], plan(cropped, gripper, table=table).grasps[0]
    assert np.allclose(one.T_cam_tcp.matrix, two.T_cam_tcp.matrix, atol=1e-6)
    assert (one.image.column - 60, one.image.row - 40) == pytest.approx(two.image.center_px, abs=1e-3)


def test_another_resolution_finds_the_same_grasp(
    camera: CameraIntrinsics, small_camera: CameraIntrinsics, gripper: ParallelJawGripper
) -> None:
    one, two = (plan(noisy(k, BOX), gripper).grasps[0] for k in (camera, small_camera))
    distance, _ = one.T_cam_tcp.distance_to(two.T_cam_tcp)
    assert distance < 0.015
    assert one.width == pytest.approx(two.width, abs=0.006)


def test_a_distorted_image_gives_the_grasp_of_the_straight_one(gripper: ParallelJawGripper) -> None:
    straight = CameraIntrinsics(320, 240, 262.5, 262.5, 159.5, 119.5)
    bent = dataclasses.replace(
        straight, distortion_model=DistortionModel.PLUMB_BOB, distortion=(-0.15, 0.03, 0.001, 0.0, 0.0)
    )
    poses = [
        plan(render_depth((BOX,), T_WORLD_CAM, k), gripper).grasps[0].T_cam_tcp for k in (straight, bent)
    ]
    assert poses[0].distance_to(poses[1])[0] < 0.012


def test_grasps_stay_inside_a_given_mask(camera: CameraIntrinsics, gripper: ParallelJawGripper) -> None:
    other = BoxSolid.standing(0.06, 0.12, 0.2, (0.10, 0.04, 0.05))
    frame = noisy(camera, BOX, other)
    only_other = render_depth((other,), T_WORLD_CAM, camera).depth
    mask = only_other < render_depth((), T_WORLD_CAM, camera).depth - 0.004
    result = plan(frame, gripper, segmask=mask)
    for grasp in result.grasps:
        assert mask[round(grasp.image.row), round(grasp.image.column)]
    assert np.array_equal(result.mask, mask & frame.valid)
    assert not any("marks nothing" in warning for warning in result.report.warnings)


def test_a_mask_of_bare_table_is_told_of(camera: CameraIntrinsics, gripper: ParallelJawGripper) -> None:
    frame = noisy(camera, BOX)
    mask = np.zeros(frame.depth.shape, bool)
    mask[:40, :40] = True
    (warning,) = plan(frame, gripper, segmask=mask, segmask_source="mask.png").report.warnings
    assert "mask.png marks nothing that stands on the table" in warning


def test_an_image_that_is_turned_in_the_base_is_told_of(
    small_camera: CameraIntrinsics, gripper: ParallelJawGripper
) -> None:
    frame = noisy(small_camera, BOX)
    turned = dataclasses.replace(frame, depth=np.ascontiguousarray(frame.depth[::-1, ::-1]))
    assert not plan(frame, gripper, T_base_cam=T_WORLD_CAM).report.warnings
    assert not plan(turned, gripper).report.warnings  # nothing but the camera's pose tells
    (warning,) = plan(turned, gripper, T_base_cam=T_WORLD_CAM).report.warnings
    assert "is tilted by 26.0 degrees" in warning
    # The camera has no roll, so both are possible.
    assert (
        "level if its rows run from the bottom to the top (upside down, mirrored) or it is turned" in warning
    )


def test_roi_and_workspace_choose_the_object(camera: CameraIntrinsics, gripper: ParallelJawGripper) -> None:
    other = BoxSolid.standing(0.06, 0.12, 0.2, (0.10, 0.04, 0.05))
    frame = noisy(camera, BOX, other)
    column, row = (int(v) for v in camera.project(T_WORLD_CAM.inverse() @ [0.06, 0.12, 0.05]))
    roi = RegionOfInterest(column - 45, row - 45, 90, 90)
    box = WorkspaceConfig(enabled=True, lower=(-0.02, 0.05, 0.0), upper=(0.2, 0.2, 0.3))
    for more in (
        {"roi": roi},
        {"config": dataclasses.replace(CONFIG, workspace=box), "T_base_cam": T_WORLD_CAM},
    ):
        for grasp in plan(frame, gripper, **more).grasps:
            position = T_WORLD_CAM @ grasp.T_cam_tcp.translation
            assert np.linalg.norm(position[:2] - [0.06, 0.12]) < 0.06


def test_reachability_is_asked_both_ways_round_and_counted(
    small_camera: CameraIntrinsics, gripper: ParallelJawGripper
) -> None:
    frame = noisy(small_camera, BOX)
    free = plan(frame, gripper).grasps[0]
    turned = plan(frame, gripper, reachable=lambda T: T.rotation[0, 1] * free.T_cam_tcp.rotation[0, 1] < 0)
    same_place = np.linalg.norm(turned.grasps[0].T_cam_tcp.translation - free.T_cam_tcp.translation)
    assert same_place == pytest.approx(0.0, abs=1e-12)
    assert turned.grasps[0].T_cam_tcp.rotation[:, 1] == pytest.approx(-free.T_cam_tcp.rotation[:, 1])
    again = turned.grasps[0]
    assert math.cos(again.image.angle - free.image.angle) == pytest.approx(-1.0)
    nowhere = plan(frame, gripper, reachable=lambda T: False)
    assert nowhere.grasps == ()
    assert nowhere.report.rejected["reachability"] > 5
    assert "by reachability" in nowhere.report.why_empty()


def test_a_workspace_that_cannot_be_applied_is_refused(
    small_camera: CameraIntrinsics, gripper: ParallelJawGripper
) -> None:
    config = dataclasses.replace(CONFIG, workspace=WorkspaceConfig(enabled=True))
    frame = noisy(small_camera, BOX)
    with pytest.raises(ConfigError, match="pose in the base frame is not known"):
        plan(frame, gripper, config=config)
    assert plan(frame, gripper, config=config, T_base_cam=T_WORLD_CAM).grasps


def test_when_nothing_survives_the_report_says_why(
    small_camera: CameraIntrinsics, gripper: ParallelJawGripper
) -> None:
    wide = BoxSolid.standing(0.0, 0.0, 0.2, (0.15, 0.14, 0.05))
    too_wide = plan(noisy(small_camera, wide), dataclasses.replace(gripper, max_opening=0.03))
    assert too_wide.grasps == ()
    assert too_wide.report.why_empty()
    picky = plan(noisy(small_camera, BOX), gripper, config=dataclasses.replace(CONFIG, min_quality=1.0))
    assert picky.grasps == ()
    assert "by min_quality" in picky.report.why_empty()


def test_nothing_to_plan_on_is_an_error(small_camera: CameraIntrinsics, gripper: ParallelJawGripper) -> None:
    with pytest.raises(NoObjectError):
        plan(noisy(small_camera), gripper)
    rough = np.random.default_rng(0).uniform(0.4, 1.5, (240, 320))
    with pytest.raises(NoTableError):
        plan(DepthFrame.from_array(rough, small_camera), gripper)
    with pytest.raises(MaskError, match=r"mask\.png"):
        plan(noisy(small_camera, BOX), gripper, segmask=np.zeros((5, 5), bool), segmask_source="mask.png")


def test_cancelling_stops_at_the_next_look(
    small_camera: CameraIntrinsics, gripper: ParallelJawGripper
) -> None:
    stages: list[str] = []
    with pytest.raises(PlanCancelled):
        plan(
            noisy(small_camera, BOX),
            gripper,
            on_progress=lambda stage, number, best: stages.append(stage),
            should_stop=lambda: "sampling" in stages,
        )
    assert stages[-1] == "sampling"


def test_the_frame_is_left_as_it_was(small_camera: CameraIntrinsics, gripper: ParallelJawGripper) -> None:
    frame = noisy(small_camera, BOX)
    before = frame.depth.copy()
    plan(frame, gripper)
    assert np.array_equal(frame.depth, before, equal_nan=True)
