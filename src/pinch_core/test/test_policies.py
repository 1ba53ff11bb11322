# SPDX-License-Identifier: Apache-2.0
"""What holds for every policy, with the networks that are shipped."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from pinch_core.depth_frame import DepthFrame
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.grasp import Grasp
from pinch_core.grasp_types import bind_grasp_type
from pinch_core.networks.compact import CompactNetwork
from pinch_core.networks.compact_architecture import CompactArchitecture
from pinch_core.networks.errors import NetworkError
from pinch_core.networks.weights import save_network
from pinch_core.parallel_jaw.candidates import JawCandidates
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_core.parallel_jaw.testing import at_places, turned_across, with_tips_at
from pinch_core.perception.table import Plane
from pinch_core.planner_config import PlannerConfig
from pinch_core.planning.grasp_policy import GraspPolicy
from pinch_core.planning.loaded_network import LoadedNetwork, network_for
from pinch_core.planning.plan import PlanResult, SceneHints, plan_grasps
from pinch_core.planning.policies import POLICIES, UnknownPolicyError, make_policy, policy_kind
from pinch_core.planning.scene import Scene
from pinch_core.resources import load_gripper
from pinch_core.synthetic_scene import BoxSolid, CylinderSolid, Solid, camera_above, render_depth

CONFIG = PlannerConfig()
HINTS = {field.name for field in dataclasses.fields(SceneHints)}
T_WORLD_CAM = camera_above(0.72, math.radians(9), azimuth=0.5)
BOX = BoxSolid.standing(0.02, -0.03, 0.7, (0.11, 0.035, 0.04))
OTHERS: tuple[Solid, ...] = (
    CylinderSolid.standing(-0.09, 0.08, 0.02, 0.05),
    BoxSolid.standing(0.09, 0.10, 0.2, (0.09, 0.03, 0.03)),
)
BY_NETWORK = [name for name, kind in POLICIES.items() if kind.needs_network]
SEARCHING = ["cem", "dense", "rank", "igq"]


@pytest.fixture(scope="module")
def network(gripper: ParallelJawGripper) -> LoadedNetwork:
    return LoadedNetwork.find("", gripper)


def policy(name: str, network: LoadedNetwork, config: PlannerConfig = CONFIG) -> GraspPolicy:
    kind = policy_kind(name)
    grasp_type = bind_grasp_type(load_gripper("panda"), config)
    return kind.make(config, grasp_type, network if kind.needs_network else None)


def plan(
    frame: DepthFrame,
    gripper: ParallelJawGripper,
    policy: GraspPolicy,
    config: PlannerConfig = CONFIG,
    **more,
) -> PlanResult:
    seed = more.pop("seed", 0)
    grasp_type = bind_grasp_type(gripper, config)
    hints = SceneHints(**{key: more.pop(key) for key in HINTS & set(more)})
    rng = np.random.default_rng(seed)
    return plan_grasps(frame, grasp_type, config, rng, hints=hints, policy=policy, **more)


def noisy(camera: CameraIntrinsics, *solids: Solid) -> DepthFrame:
    return render_depth(solids, T_WORLD_CAM, camera, np.random.default_rng(0), noise=0.001, dropout=0.002)


def is_across_the_box(grasp: Grasp) -> bool:
    T_box_tcp = BOX.T_table_solid.inverse() @ T_WORLD_CAM @ grasp.T_cam_tcp
    within = np.abs(T_box_tcp.translation[:2]) <= np.array(BOX.size[:2]) / 2
    return bool(within.all() and abs(T_box_tcp.rotation[1, 1]) > math.cos(math.radians(15)))


@pytest.mark.parametrize("name", [*SEARCHING, "random"])
def test_a_box_is_grasped_across_its_narrow_side(
    name: str, camera: CameraIntrinsics, gripper: ParallelJawGripper, network: LoadedNetwork
) -> None:
    result = plan(noisy(camera, BOX), gripper, policy(name, network))
    if name == "random":  # any antipodal pair: corners too
        assert np.mean([is_across_the_box(grasp) for grasp in result.grasps]) > 0.3
    else:
        assert is_across_the_box(result.grasps[0])
    assert {grasp.source for grasp in result.grasps} == {name}
    qualities = [grasp.quality for grasp in result.grasps]
    assert qualities == sorted(qualities, reverse=True)
    assert 0.0 <= qualities[-1] <= qualities[0] <= 1.0
    assert result.report.warnings == ()


@pytest.mark.parametrize("name", BY_NETWORK)
def test_a_network_is_sure_of_a_good_grasp_and_of_none_in_the_air_or_along(
    name: str, camera: CameraIntrinsics, gripper: ParallelJawGripper, network: LoadedNetwork
) -> None:
    best = plan(noisy(camera, BOX), gripper, policy(name, network)).grasps[0]
    assert best.quality > 0.5
    scene, grasps = _candidate(noisy(camera, BOX), gripper, best)
    lifted = with_tips_at(grasps, grasps.tip_height + 0.06)
    turned = turned_across(grasps)
    (same,) = network.quality.score(scene, grasps)
    assert same == pytest.approx(best.quality, abs=1e-6)
    assert network.quality.score(scene, lifted)[0] < 0.1
    assert network.quality.score(scene, turned)[0] < 0.1


def _candidate(frame: DepthFrame, gripper: ParallelJawGripper, grasp: Grasp) -> tuple[Scene, JawCandidates]:
    """The scene that the plan saw, and one grasp of it as a candidate."""
    from pinch_core.parallel_jaw.depths import grasps_at
    from pinch_core.parallel_jaw.jaw_axes import JawAxes
    from pinch_core.perception.table import fit_table

    table = fit_table(frame, CONFIG.table, np.random.default_rng(0))
    scene = Scene.look(frame, gripper, table, CONFIG.segmentation)
    T_table_tcp = table.T_cam_table.inverse() @ grasp.T_cam_tcp
    position, closing = T_table_tcp.translation, T_table_tcp.rotation[:2, 1]
    axes = JawAxes.anywhere(position[None, :2], closing[None] / np.linalg.norm(closing), np.ones(1, np.int32))
    tip = np.array([position[2] - gripper.finger.tip_beyond_tcp])
    found = grasps_at(scene, gripper, axes, tip, CONFIG.parallel_jaw.depths)
    return scene, at_places(found, position[None, :2])


@pytest.mark.parametrize("name", SEARCHING)
def test_the_same_seed_gives_the_same_plan(
    name: str, small_camera: CameraIntrinsics, gripper: ParallelJawGripper, network: LoadedNetwork
) -> None:
    frame = noisy(small_camera, BOX, *OTHERS)
    one, two = (plan(frame, gripper, policy(name, network), seed=3) for _ in range(2))
    assert len(one.grasps) > 3
    for a, b in zip(one.grasps, two.grasps, strict=True):
        assert np.array_equal(a.T_cam_tcp.matrix, b.T_cam_tcp.matrix) and a.quality == b.quality


@pytest.mark.parametrize("name", BY_NETWORK)
def test_rolling_the_camera_leaves_the_grasp_where_it_is_in_the_world(
    name: str, gripper: ParallelJawGripper, network: LoadedNetwork
) -> None:
    square = CameraIntrinsics(480, 480, 525.0, 525.0, 239.5, 239.5)
    axes, positions = [], []
    for roll in (0.0, math.pi / 2, math.pi):
        T_world_cam = camera_above(0.72, 0.15, roll=roll)
        frame = render_depth((BOX,), T_world_cam, square)
        table = Plane.from_surface_pose(T_world_cam.inverse())
        best = plan(frame, gripper, policy(name, network), table=table).grasps[0]
        T_box_tcp = BOX.T_table_solid.inverse() @ T_world_cam @ best.T_cam_tcp
        positions.append(T_box_tcp.translation)
        axes.append(abs(T_box_tcp.rotation[1, 1]))
        assert best.quality > 0.5
    # A box is as good to hold at many places along it; across it and in height there is one best.
    assert np.ptp(np.array(positions)[:, 1]) < 0.004
    assert np.ptp(np.array(positions)[:, 2]) < 0.025
    assert min(axes) > math.cos(math.radians(20))


@pytest.mark.parametrize("name", BY_NETWORK)
def test_a_shifted_image_shifts_the_grasp_and_nothing_else(
    name: str, camera: CameraIntrinsics, gripper: ParallelJawGripper, network: LoadedNetwork
) -> None:
    frame = noisy(camera, BOX)
    table = Plane.from_surface_pose(T_WORLD_CAM.inverse())
    cropped = DepthFrame.from_array(frame.depth[40:440, 60:600], camera.cropped(60, 40, 540, 400))
    one, two = (
        plan(image, gripper, policy(name, network), table=table).grasps[0] for image in (frame, cropped)
    )
    assert np.allclose(one.T_cam_tcp.matrix, two.T_cam_tcp.matrix, atol=1e-5)
    assert one.quality == pytest.approx(two.quality, abs=1e-4)
    assert (one.image.column - 60, one.image.row - 40) == pytest.approx(two.image.center_px, abs=1e-2)


@pytest.mark.parametrize("name", BY_NETWORK)
@pytest.mark.parametrize("scale", [0.5, 2.0])
def test_intrinsics_and_image_scaled_together_change_no_quality(
    name: str, scale: float, camera: CameraIntrinsics, gripper: ParallelJawGripper, network: LoadedNetwork
) -> None:
    k = camera
    scaled = CameraIntrinsics(
        int(k.width * scale), int(k.height * scale), k.fx * scale, k.fy * scale,
        (k.cx + 0.5) * scale - 0.5, (k.cy + 0.5) * scale - 0.5,
    )  # fmt: skip
    one, two = (
        plan(render_depth((BOX,), T_WORLD_CAM, image), gripper, policy(name, network)).grasps[0]
        for image in (camera, scaled)
    )
    assert is_across_the_box(two)
    assert one.width == pytest.approx(two.width, abs=0.006)
    assert one.quality == pytest.approx(two.quality, abs=0.15)


@pytest.mark.parametrize("name", SEARCHING)
def test_grasps_stay_inside_a_given_mask(
    name: str, camera: CameraIntrinsics, gripper: ParallelJawGripper, network: LoadedNetwork
) -> None:
    frame = noisy(camera, BOX, *OTHERS)
    only_box = render_depth((BOX,), T_WORLD_CAM, camera).depth
    mask = only_box < render_depth((), T_WORLD_CAM, camera).depth - 0.004
    result = plan(frame, gripper, policy(name, network), segmask=mask)
    assert result.grasps
    for grasp in result.grasps:
        assert mask[round(grasp.image.row), round(grasp.image.column)]


@pytest.mark.parametrize("name", SEARCHING)
@pytest.mark.parametrize("seed", range(3))
def test_no_filter_is_broken_by_what_is_returned(
    name: str, seed: int, small_camera: CameraIntrinsics, gripper: ParallelJawGripper, network: LoadedNetwork
) -> None:
    rng = np.random.default_rng(seed)
    solids: list[Solid] = [
        BoxSolid.standing(*rng.uniform(-0.1, 0.1, 2), rng.uniform(0, 3), tuple(rng.uniform(0.02, 0.09, 3)))
        for _ in range(4)
    ]
    frame = noisy(small_camera, *solids)
    seen: list[tuple[Scene, JawCandidates]] = []

    class Witness:
        name = "witness"

        def keep(self, scene: Scene, grasps: JawCandidates) -> np.ndarray:
            seen.append((scene, grasps))
            return np.ones(len(grasps), dtype=bool)

    result = plan(frame, gripper, policy(name, network), constraints=(Witness(),))
    assert result.report.rejected["witness"] == 0
    passed = np.concatenate([grasps.positions(scene) for scene, grasps in seen])
    for scene, grasps in seen:
        for one in bind_grasp_type(gripper, CONFIG).filters():
            assert one.keep(scene, grasps).all(), one.name
    for grasp in result.grasps:
        assert np.linalg.norm(passed - grasp.T_cam_tcp.translation, axis=1).min() < 1e-9


@pytest.mark.parametrize("name", [*SEARCHING, "random"])
def test_a_constraint_of_the_caller_is_kept_and_counted_by_its_name(
    name: str, small_camera: CameraIntrinsics, gripper: ParallelJawGripper, network: LoadedNetwork
) -> None:
    class LeftHalf:
        name = "left_half"

        def keep(self, scene: Scene, grasps: JawCandidates) -> np.ndarray:
            return scene.frame.intrinsics.project(grasps.positions(scene))[:, 0] < 160

    result = plan(
        noisy(small_camera, BOX, *OTHERS), gripper, policy(name, network), constraints=(LeftHalf(),)
    )
    assert result.grasps and all(grasp.image.column < 160 for grasp in result.grasps)
    assert result.report.rejected["left_half"] > 0


@pytest.mark.parametrize("name", BY_NETWORK)
def test_a_time_budget_ends_the_search_with_what_was_found(
    name: str, camera: CameraIntrinsics, gripper: ParallelJawGripper, network: LoadedNetwork
) -> None:
    hasty = dataclasses.replace(CONFIG, time_budget=1e-6, cem=dataclasses.replace(CONFIG.cem, seeds=900))
    frame = noisy(camera, BOX, *OTHERS)
    result = plan(frame, gripper, policy(name, network, hasty), config=hasty)
    unhurried = plan(frame, gripper, policy(name, network))
    assert result.grasps
    assert "time budget of 0.001 ms ended the search after" in " ".join(result.report.warnings)
    assert result.report.scored < unhurried.report.scored
    assert not unhurried.report.warnings


def test_each_iteration_tells_of_a_best_grasp_that_never_gets_worse(
    camera: CameraIntrinsics, gripper: ParallelJawGripper, network: LoadedNetwork
) -> None:
    told: list[tuple[int, float]] = []

    def on_progress(stage: str, number: int, best: Grasp | None) -> None:
        if stage == "resampling" and best is not None:
            told.append((number, best.quality))

    result = plan(noisy(camera, BOX, *OTHERS), gripper, policy("cem", network), on_progress=on_progress)
    assert [number for number, _ in told] == [0, 1]
    qualities = [quality for _, quality in told]
    assert qualities == sorted(qualities)
    assert result.grasps[0].quality >= qualities[-1]


def test_an_image_from_outside_the_training_is_warned_of(
    camera: CameraIntrinsics, gripper: ParallelJawGripper, network: LoadedNetwork
) -> None:
    near = camera_above(0.35, 0.1)
    result = plan(render_depth((BOX,), near, camera), gripper, policy("cem", network))
    assert any("m away, but" in sentence for sentence in result.report.warnings)
    assert result.grasps
    slanted = camera_above(0.72, math.radians(40))
    result = plan(render_depth((BOX,), slanted, camera), gripper, policy("cem", network))
    assert any("tilted by 40 degrees" in sentence for sentence in result.report.warnings)
    wide = dataclasses.replace(gripper, max_opening=0.16)
    result = plan(noisy(camera, BOX), wide, policy("cem", network))
    assert any("spans 160 mm" in sentence for sentence in result.report.warnings)


def test_the_network_for_a_gripper_is_the_one_for_jaws_nearest_in_width(gripper: ParallelJawGripper) -> None:
    assert network_for(dataclasses.replace(gripper, max_opening=0.045)) == "compact_50mm"
    assert network_for(dataclasses.replace(gripper, max_opening=0.2)) == "compact_85mm"


def test_names_that_are_wrong_are_answered_with_those_that_are_right(gripper: ParallelJawGripper) -> None:
    grasp_type = bind_grasp_type(gripper, CONFIG)
    with pytest.raises(UnknownPolicyError, match="policy = 'best' is not known; there are: cem, rank, dense"):
        make_policy("best", "", CONFIG, grasp_type)
    with pytest.raises(NetworkError, match="'none' is neither a file nor a network"):
        make_policy("cem", "none", CONFIG, grasp_type)
    with pytest.raises(NetworkError, match="policy 'igq' uses no network, but model = 'compact_50mm'"):
        make_policy("igq", "compact_50mm", CONFIG, grasp_type)


def test_a_loaded_network_outlives_its_file(
    tmp_path: Path, small_camera: CameraIntrinsics, gripper: ParallelJawGripper
) -> None:
    path = tmp_path / "mine.safetensors"
    network = CompactNetwork(CompactArchitecture()).eval()
    network.pose_std.fill_(0.1)
    save_network(path, network)
    loaded = LoadedNetwork(path, "mine")
    path.unlink()
    for name in BY_NETWORK:
        assert plan(noisy(small_camera, BOX), gripper, policy(name, loaded)).report.scored


def test_a_network_of_another_gripper_type_is_refused() -> None:
    cup: Any = SimpleNamespace(name="cup_30mm", type="cup", span=0.03)
    with pytest.raises(NetworkError, match=r"no network for grippers of type 'cup' is shipped"):
        network_for(cup)
    with pytest.raises(NetworkError, match=r"compact_50mm was trained for grippers of type 'parallel_jaw'"):
        LoadedNetwork.find("compact_50mm", cup).check_trained_for(cup)


@pytest.mark.parametrize("name", [name for name, kind in POLICIES.items() if kind.needs_network])
def test_no_policy_takes_a_network_of_another_gripper_type(gripper: ParallelJawGripper, name: str) -> None:
    network = LoadedNetwork.find("compact_50mm", gripper)
    of_cups: Any = SimpleNamespace(gripper=SimpleNamespace(name="cup_30mm", type="cup", span=0.03))
    with pytest.raises(NetworkError, match="cup_30mm is of type 'cup'"):
        POLICIES[name].make(PlannerConfig(), of_cups, network)
