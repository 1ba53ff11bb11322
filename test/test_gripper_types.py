# SPDX-License-Identifier: Apache-2.0
"""The contract of gripper types: every registered type, and a toy that only tests know, keeps to it.

A failure of the first test says what a new type still lacks.
"""

from __future__ import annotations

import dataclasses
import inspect
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import toy_magnet

from pinch_core.errors import ConfigError
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.grasp_types import GRASP_TYPES, GraspTypeEntry, bind_grasp_type, read_gripper
from pinch_core.gripper import Box
from pinch_core.planner_config import PlannerConfig
from pinch_core.planning.cem_policy import CemPolicy
from pinch_core.planning.draw import draw_plan
from pinch_core.planning.explain import explain_pixel
from pinch_core.planning.grasp_policy import GraspPolicy
from pinch_core.planning.grasp_type import GraspType
from pinch_core.planning.plan import PlanResult, plan_grasps
from pinch_core.planning.policies import make_policy
from pinch_core.planning.scene import Scene
from pinch_core.planning.search_config import CemConfig
from pinch_core.resources import config_directory, config_names
from pinch_core.synthetic_scene import BoxSolid, camera_above, render_depth
from pinch_datagen.datagen_config import DatagenConfig
from pinch_datagen.dataset.tables import GRASPS
from pinch_datagen.generate import generate_object
from pinch_datagen.grasp_types import LABELLED_GRASPS
from pinch_datagen.object_ref import list_objects
from pinch_executor.end_effectors import END_EFFECTORS

CAMERA = CameraIntrinsics(640, 480, 525.0, 525.0, 319.5, 239.5)
T_WORLD_CAM = camera_above(0.7, 0.15)
BOXES = (
    BoxSolid.standing(0.02, -0.03, 0.7, (0.11, 0.035, 0.04)),
    BoxSolid.standing(-0.10, 0.08, 0.2, (0.05, 0.03, 0.05)),
)
FRAME = render_depth(BOXES, T_WORLD_CAM, CAMERA, np.random.default_rng(0), noise=0.001)
CONFIG = PlannerConfig()
MEMBERS = [name for name in vars(GraspType) if not name.startswith("_")]
TOY = "magnet"
# Policies that need no trained network, and CEM with the type's own measure of quality.
POLICIES = ["igq", "random", "cem"]


@pytest.fixture(autouse=True)
def toy_type(monkeypatch: pytest.MonkeyPatch) -> None:
    """Adding a type touches its own room, its gripper files and these three registries; nothing else."""
    monkeypatch.setitem(GRASP_TYPES, TOY, GraspTypeEntry(toy_magnet.Magnet, toy_magnet.bind))
    monkeypatch.setitem(LABELLED_GRASPS, TOY, toy_magnet.MagnetLabels)
    monkeypatch.setitem(END_EFFECTORS, TOY, toy_magnet.MagnetEndEffector())


def gripper_files(tmp_path: Path, type_name: str) -> list[Path]:
    """The files in config/grippers of one type; the toy's is written for the test."""
    if type_name == TOY:
        path = tmp_path / "toy.yaml"
        path.write_text(toy_magnet.YAML)
        return [path]
    folder = config_directory() / "grippers"
    files = [folder / f"{name}.yaml" for name in config_names("grippers")]
    return [path for path in files if read_gripper(path).type == type_name]


@pytest.fixture(params=[*GRASP_TYPES, TOY])
def grasp_type(request: pytest.FixtureRequest, tmp_path: Path) -> GraspType[Any]:
    files = gripper_files(tmp_path, request.param)
    assert files, f"no file in config/grippers has type: {request.param}; add one"
    return bind_grasp_type(read_gripper(files[0]), CONFIG)


def missing_parts(grasp_type: object) -> list[str]:
    return [name for name in MEMBERS if not hasattr(grasp_type, name)]


def plan(grasp_type: GraspType[Any], policy: str = "igq", seed: int = 0) -> PlanResult:
    chosen: GraspPolicy = CemPolicy(grasp_type.baseline(), CemConfig(seeds=60))
    if policy != "cem":
        chosen = make_policy(policy, "", CONFIG, grasp_type)
    return plan_grasps(FRAME, grasp_type, CONFIG, np.random.default_rng(seed), policy=chosen)


def look(grasp_type: GraspType[Any]) -> Scene:
    result = plan(grasp_type)
    return Scene.look(FRAME, grasp_type.gripper, result.table, CONFIG.segmentation)


def test_a_type_lacks_nothing(grasp_type: GraspType[Any]) -> None:
    name = grasp_type.gripper.type
    assert missing_parts(grasp_type) == [], f"type '{name}' lacks these; see planning/grasp_type.py"
    assert name in LABELLED_GRASPS, f"type '{name}' has no entry in pinch_datagen/grasp_types.py"
    assert name in END_EFFECTORS, f"type '{name}' has no entry in pinch_executor/end_effectors.py"
    in_config = {field.name for field in dataclasses.fields(PlannerConfig)}
    assert name == TOY or name in in_config, f"PlannerConfig has no group '{name}'"


@pytest.mark.parametrize("part", [name for name in MEMBERS if name != "gripper"])
def test_what_a_type_lacks_is_named(part: str) -> None:
    assert missing_parts(toy_magnet.without(part)()) == [part]


def test_planning_names_no_type() -> None:
    import pinch_core.planning

    folder = Path(inspect.getfile(pinch_core.planning)).parent
    named = [
        f"{path.name}: {name}"
        for path in folder.glob("*.py")
        for name in GRASP_TYPES
        if name in path.read_text(encoding="utf-8")
    ]
    assert not named


def test_a_gripper_of_no_type_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "g.yaml"
    path.write_text("type: tentacle\nname: x\n")
    with pytest.raises(
        ConfigError, match=r"g\.yaml has type = 'tentacle'; known gripper types: parallel_jaw"
    ):
        read_gripper(path)


@pytest.mark.parametrize("policy", POLICIES)
def test_every_policy_plans_grasps_that_pass_every_filter(grasp_type: GraspType[Any], policy: str) -> None:
    result = plan(grasp_type, policy)
    assert result.grasps
    assert len({grasp.id for grasp in result.grasps}) == len(result.grasps)
    for grasp in result.grasps:
        assert grasp.gripper == grasp_type.gripper.name
        assert grasp.width >= 0.0 and grasp.opening >= 0.0 and 0.0 <= grasp.quality <= 1.0
        assert np.linalg.norm(grasp.approach.direction) == pytest.approx(1.0)
        assert grasp.approach.direction @ grasp.T_cam_tcp.rotation[:, 2] == pytest.approx(1.0)
        assert grasp.retreat.direction @ result.table.normal == pytest.approx(1.0)


def test_the_same_seed_gives_the_same_plan(grasp_type: GraspType[Any]) -> None:
    one, two = (plan(grasp_type, "random", seed=3) for _ in range(2))
    assert [grasp.id for grasp in one.grasps] == [grasp.id for grasp in two.grasps]


def test_candidates_are_proper_poses_and_keep_their_columns_together(grasp_type: GraspType[Any]) -> None:
    scene = look(grasp_type)
    grasps = grasp_type.sampler().sample(scene, np.random.default_rng(0))
    rotation = grasps.T_table_tcp.rotation
    assert np.allclose(rotation @ rotation.transpose(0, 2, 1), np.eye(3), atol=1e-9)
    assert np.allclose(np.linalg.det(rotation), 1.0)
    rows = np.arange(len(grasps))[::-2]
    some = grasps.select(rows)
    assert len(some) == len(rows)
    assert np.array_equal(some.T_table_tcp.translation, grasps.T_table_tcp.translation[rows])
    both = type(grasps).concatenated([some, grasps])
    for field in dataclasses.fields(grasps):
        if isinstance(getattr(grasps, field.name), np.ndarray) and field.name != "profile":
            expected = np.concatenate([getattr(some, field.name), getattr(grasps, field.name)])
            assert np.array_equal(getattr(both, field.name), expected), field.name


def test_filters_have_names_and_keep_what_their_findings_pass(grasp_type: GraspType[Any]) -> None:
    scene = look(grasp_type)
    grasps = grasp_type.sampler().sample(scene, np.random.default_rng(1))
    filters = grasp_type.filters()
    assert len({each.name for each in filters}) == len(filters)
    # Also where the search would come: somewhat off what was sampled.
    points = grasp_type.to_search_space(grasps)
    moved = points + np.random.default_rng(2).normal(0.0, 1.0, points.shape)
    for candidates in (grasps, grasp_type.from_search_space(scene, moved)):
        for each in filters:
            keep = each.keep(scene, candidates)
            passes = np.all([finding.passes for finding in each.findings(scene, candidates)], axis=0)
            assert keep.shape == (len(candidates),) and keep.dtype == np.bool_
            assert (keep == passes).mean() > 0.999, each.name  # but for what rounding decides


def test_the_search_space_leads_back_to_the_same_grasps(grasp_type: GraspType[Any]) -> None:
    scene = look(grasp_type)
    result = plan(grasp_type)
    grasps = grasp_type.sampler().sample(scene, np.random.default_rng(0))
    for each in grasp_type.filters():
        grasps = grasps.select(each.keep(scene, grasps))
    points = grasp_type.to_search_space(grasps)
    again = grasp_type.from_search_space(scene, points)
    assert np.isfinite(points).all() and len(again) == len(grasps) > 0 and result.grasps
    moved = np.linalg.norm(again.T_table_tcp.translation - grasps.T_table_tcp.translation, axis=1)
    assert np.median(moved) < 0.002  # a type may centre a grasp on what it meets


def test_what_networks_see_leads_back_to_the_same_grasps(grasp_type: GraspType[Any]) -> None:
    scene = look(grasp_type)
    grasps = grasp_type.sampler().sample(scene, np.random.default_rng(0))
    for each in grasp_type.filters():
        grasps = grasps.select(each.keep(scene, grasps))
    seen = grasps.to_image(scene)
    again = grasp_type.from_image(scene, seen)
    assert seen.pixels.shape == (len(grasps), 2) and len(seen.angles) == len(seen.depths) == len(grasps)
    assert np.allclose(scene.frame.intrinsics.project(grasps.positions(scene)), seen.pixels)
    moved = np.linalg.norm(again.positions(scene) - grasps.positions(scene), axis=1)
    assert np.median(moved) < 0.002


def test_quality_is_between_0_and_1_and_does_not_depend_on_company(grasp_type: GraspType[Any]) -> None:
    scene, scorer = look(grasp_type), grasp_type.baseline()
    grasps = grasp_type.sampler().sample(scene, np.random.default_rng(0))
    quality = scorer.score(scene, grasps)
    assert quality.shape == (len(grasps),) and (quality >= 0).all() and (quality <= 1).all()
    alone = scorer.score(scene, grasps.select(np.array([3])))
    assert alone[0] == pytest.approx(quality[3])


def test_equivalent_poses_grasp_at_the_same_place(grasp_type: GraspType[Any]) -> None:
    pose = plan(grasp_type).grasps[0].T_cam_tcp
    first, *others = grasp_type.equivalents(pose)
    assert np.array_equal(first.matrix, pose.matrix)
    for other in others:
        assert np.allclose(other.translation, pose.translation)
        assert np.allclose(other.rotation[:, 2], pose.rotation[:, 2])  # from the same side


def test_the_first_equivalent_pose_that_can_be_reached_is_returned(grasp_type: GraspType[Any]) -> None:
    plain = plan(grasp_type).grasps[0]
    wanted = grasp_type.equivalents(plain.T_cam_tcp)[-1]
    result = plan_grasps(
        FRAME,
        grasp_type,
        CONFIG,
        np.random.default_rng(0),
        reachable=lambda pose: bool(np.allclose(pose.matrix, wanted.matrix, atol=1e-6)),
    )
    (found,) = result.grasps
    assert np.allclose(found.T_cam_tcp.matrix, wanted.matrix, atol=1e-6)


def test_bodies_are_boxes_that_end_at_the_tcp_or_reach_past_it_by_little(grasp_type: GraspType[Any]) -> None:
    gripper = grasp_type.gripper
    bodies = gripper.bodies(plan(grasp_type).grasps[0].opening)
    assert bodies and all(isinstance(body, Box) for body in bodies)
    assert any(body.touches_object for body in bodies)
    for body in bodies:
        assert body.center[2] + body.half_size[2] < 0.1
        assert np.abs(body.center[:2]).max() - body.half_size[:2].max() <= gripper.reach
        assert (body.half_size > 0).all()


def test_the_best_grasp_and_the_others_are_drawn(grasp_type: GraspType[Any]) -> None:
    result = plan(grasp_type)
    none = draw_plan(FRAME, dataclasses.replace(result, grasps=()), grasp_type)
    best = draw_plan(FRAME, dataclasses.replace(result, grasps=result.grasps[:1]), grasp_type)
    all_of_them = draw_plan(FRAME, result, grasp_type)
    image = slice(0, 400)  # above the caption
    assert (best[image] != none[image]).any()
    assert len(result.grasps) == 1 or (all_of_them[image] != best[image]).any()


def test_a_pixel_is_explained(grasp_type: GraspType[Any]) -> None:
    best = plan(grasp_type).grasps[0].image
    at = round(best.column), round(best.row)
    here = explain_pixel(FRAME, grasp_type, CONFIG, np.random.default_rng(0), *at)
    there = explain_pixel(FRAME, grasp_type, CONFIG, np.random.default_rng(0), 20, 20)
    assert here.label > 0 and here.passed > 0
    assert there.label == 0 and there.passed == 0 and there.nearest is not None
    for explanation in (here, there):
        rejected = sum(rejection.count for rejection in explanation.rejections)
        assert explanation.passed + rejected == explanation.samples_near + explanation.probes
        assert all(rejection.findings for rejection in explanation.rejections)


def test_data_is_generated_and_labelled(grasp_type: GraspType[Any]) -> None:
    config = DatagenConfig()
    config = dataclasses.replace(
        config,
        grasps=dataclasses.replace(config.grasps, per_object=12),
        views=dataclasses.replace(config.views, per_pose=1),
    )
    data = generate_object(list_objects(1, ())[0], config, grasp_type.gripper)
    assert data.grasps.dtype == GRASPS and len(data.grasps) and len(data.examples)
    assert set(np.unique(data.examples["label"])) <= {0, 1}


def test_the_executor_knows_what_the_gripper_will_hold(grasp_type: GraspType[Any]) -> None:
    from pinch_executor.end_effectors import end_effector_type

    model = end_effector_type(grasp_type.gripper).model(grasp_type.gripper)
    for name in ("check", "approach_opening", "expected"):
        assert callable(getattr(model, name))
