# SPDX-License-Identifier: Apache-2.0
"""Random scenes against plain ray casts and boolean volumes; hand-made grasps; figures of made-up trials."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import manifold3d
import numpy as np
import pytest
from solids import GRIPPER, box, standing

from pinch_core.config import load_yaml
from pinch_core.depth_noise.noise_config import NoiseConfig
from pinch_core.depth_noise.stereo import StereoNoise
from pinch_core.geometry.transform import Transform
from pinch_core.grasp import Grasp, GripperTranslation, ImageGrasp
from pinch_core.planning.policies import POLICIES, UnknownPolicyError
from pinch_core.resources import find_config, load_gripper
from pinch_core.synthetic_scene import camera_above, render_depth
from pinch_datagen.benchmark.grasp_judge import GraspJudge, met_by_both_jaws, on_table
from pinch_datagen.benchmark.planner_trials import Trials, compare, run_trials, summarize
from pinch_datagen.benchmark.planner_under_test import make_planner
from pinch_datagen.benchmark.random_scenes import FIRST_OBJECT, JudgedScene, RandomScenes
from pinch_datagen.cli import benchmark_policies
from pinch_datagen.datagen_config import DatagenConfig
from pinch_datagen.parallel_jaw.jaw_contacts import close_jaws
from pinch_datagen.parallel_jaw.robust_quality import robust_quality
from pinch_datagen.rendering.renderers import scene_surface
from pinch_datagen.scene.placed_object import PlacedObject

CONFIG = load_yaml(DatagenConfig, find_config("datagen", "pinch"))
SCENES = RandomScenes(CONFIG, GRIPPER, pool=12)
JUDGE = GraspJudge(GRIPPER, CONFIG.quality)
T_TABLE_CAM = camera_above(0.7, 0.2)


def scene_of(*objects: PlacedObject) -> JudgedScene:
    """A true scene; what the camera sees does not matter to the judge."""
    return JudgedScene(0, SCENES.scene(0).frame, objects, T_TABLE_CAM.inverse())


def grasp_at(x: float, y: float, z: float, opening: float = 0.05, angle: float = 0.0) -> Grasp:
    """Straight down on the table's (x, y, z) [m], closing along x turned by ``angle``."""
    closing = (np.cos(angle), np.sin(angle), 0.0)
    T_table_tcp = Transform.from_axes(np.cross(closing, [0, 0, -1.0]), closing, [0, 0, -1.0], [x, y, z])
    T_cam_tcp = T_TABLE_CAM.inverse() @ T_table_tcp
    intrinsics = SCENES.scene(0).frame.intrinsics
    down = T_cam_tcp.rotation[:, 2]
    return Grasp(
        T_cam_tcp=T_cam_tcp,
        width=0.0,
        opening=opening,
        approach=GripperTranslation(down, 0.1),
        retreat=GripperTranslation(-down, 0.1),
        quality=1.0,
        image=ImageGrasp.from_pose(T_cam_tcp, intrinsics),
        gripper=GRIPPER.name,
        source="by hand",
        id="0",
    )


def verdict(scene: JudgedScene, grasp: Grasp) -> tuple[bool, float]:
    """Whether it collides, and its robust epsilon."""
    hit = JUDGE.collisions(scene, [grasp])[0]
    return bool(hit), JUDGE.robust_epsilon(scene, grasp, np.random.default_rng(0))


def nearest_hit(triangles: np.ndarray, eye: np.ndarray, ray: np.ndarray) -> float:
    """Every triangle (F, 3, 3) tried in double precision (Moeller, Trumbore); inf without a hit."""
    corner = triangles[:, 0]
    one, other = triangles[:, 1] - corner, triangles[:, 2] - corner
    across = np.cross(ray, other)
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = 1.0 / (one * across).sum(1)
        u = ((eye - corner) * across).sum(1) * scale
        around = np.cross(eye - corner, one)
        v = (around @ ray) * scale
        length = (other * around).sum(1) * scale
        inside = (u >= 0) & (v >= 0) & (u + v <= 1) & (length > 0)
    return float(length[inside].min(initial=np.inf))


def manifold_of(item: PlacedObject) -> manifold3d.Manifold:
    vertices = (item.T_table_obj @ item.model.vertices).astype(np.float32)
    return manifold3d.Manifold(manifold3d.Mesh(vertices, item.model.faces.astype(np.uint32)))


@pytest.mark.parametrize("noise", [NoiseConfig(), NoiseConfig(stereo=StereoNoise())])
def test_number_and_seed_decide_a_scene(noise: NoiseConfig) -> None:
    one, other = (RandomScenes(CONFIG, GRIPPER, noise, pool=12) for _ in range(2))
    other.scene(1)  # what was made before does not matter
    first, second = one.scene(3), other.scene(3)
    np.testing.assert_array_equal(first.frame.depth, second.frame.depth)
    np.testing.assert_array_equal(first.T_cam_table.matrix, second.T_cam_table.matrix)
    for here, there in zip(first.objects, second.objects, strict=True):
        np.testing.assert_array_equal(here.T_table_obj.matrix, there.T_table_obj.matrix)
    assert not np.array_equal(first.frame.depth, one.scene(4).frame.depth, equal_nan=True)


def test_objects_stand_on_the_table_apart_from_each_other() -> None:
    counts = set()
    for number in range(12):
        objects = SCENES.scene(number).objects
        counts.add(len(objects))
        for item in objects:
            lowest = (item.T_table_obj @ item.model.vertices)[:, 2].min()
            assert lowest == pytest.approx(0.0, abs=1e-9)
        for one, other in combinations(objects, 2):
            assert (manifold_of(one) ^ manifold_of(other)).volume() < 1e-12
    assert {1, 4} <= counts <= {1, 2, 3, 4}


def test_objects_are_those_of_no_dataset_and_fit_between_the_jaws() -> None:
    for number in range(12):
        for item in SCENES.scene(number).objects:
            assert np.sort(np.ptp(item.model.vertices, axis=0))[1] < 0.85 * GRIPPER.max_opening
            assert int(item.model.name.split("_")[-1]) >= FIRST_OBJECT


@pytest.mark.parametrize("number", [0, 1, 2])
def test_the_image_shows_what_rays_meet(number: int) -> None:
    scene = SCENES.scene(number)
    frame, T_table_cam = scene.frame, scene.T_cam_table.inverse()
    assert frame.depth.shape == (480, 640)
    surface = scene_surface(list(scene.objects))
    triangles = surface.vertices[surface.faces]
    rng = np.random.default_rng(number)
    on_objects = np.argwhere(scene.table.height_image(frame) > 0.001)
    pixels = np.concatenate([rng.choice(on_objects, 60), rng.integers(0, [480, 640], (40, 2))])
    # Depth is the length along a ray whose z is 1 in the optical frame.
    rays = T_table_cam.rotate(frame.intrinsics.rays(pixels[:, ::-1].astype(np.float64)))
    eye = T_table_cam.translation
    on_table = -eye[2] / rays[:, 2]
    expected = np.array(
        [min(z, nearest_hit(triangles, eye, ray)) for z, ray in zip(on_table, rays, strict=True)]
    )
    error = np.abs(frame.depth[pixels[:, 0], pixels[:, 1]] - expected)
    # A ray along an edge may pass on either side of it.
    assert np.sort(error)[-3] < 1e-5


def test_a_grasp_across_a_box_is_good_and_free() -> None:
    scene = scene_of(standing(box(0.03, 0.04, 0.06)))
    hit, epsilon = verdict(scene, grasp_at(0.0, 0.0, 0.035))
    assert not hit and JUDGE.is_robust(epsilon)


def test_a_finger_that_comes_down_in_the_box_collides_and_holds_nothing() -> None:
    scene = scene_of(standing(box(0.03, 0.04, 0.06)))
    hit, epsilon = verdict(scene, grasp_at(0.0, 0.0, 0.035, opening=0.02))
    assert hit and epsilon == 0.0


def test_a_palm_that_meets_a_taller_neighbour_collides() -> None:
    target, tall = standing(box(0.03, 0.04, 0.03)), standing(box(0.02, 0.02, 0.1), 0.0, 0.035)
    hit, epsilon = verdict(scene_of(target, tall), grasp_at(0.0, 0.0, 0.015))
    assert hit and JUDGE.is_robust(epsilon)
    assert not verdict(scene_of(target), grasp_at(0.0, 0.0, 0.015))[0]


def test_fingertips_below_the_table_collide() -> None:
    scene, tip = scene_of(standing(box(0.03, 0.04, 0.03))), GRIPPER.finger.tip_beyond_tcp
    assert JUDGE.collisions(scene, [grasp_at(0, 0, tip - 1e-4), grasp_at(0, 0, tip + 1e-4)]).tolist() == [
        True,
        False,
    ]


def test_jaws_that_close_beside_the_object_are_worth_nothing() -> None:
    scene = scene_of(standing(box(0.03, 0.04, 0.06)))
    assert verdict(scene, grasp_at(0.0, 0.1, 0.03)) == (False, 0.0)
    assert verdict(scene_of(), grasp_at(0.0, 0.0, 0.03)) == (False, 0.0)


def test_jaws_that_meet_two_things_hold_neither() -> None:
    left, right = standing(box(0.01, 0.03, 0.04), -0.008), standing(box(0.01, 0.03, 0.04), 0.008)
    grasp = grasp_at(0.0, 0.0, 0.02)
    assert verdict(scene_of(left, right), grasp)[1] == 0.0
    assert met_by_both_jaws(scene_of(left), grasp) is left


def test_the_value_is_that_of_the_label() -> None:
    # A lone box that the jaws are opened fully for: what labels are computed from, by hand.
    item = standing(box(0.03, 0.04, 0.06), 0.02, -0.03)
    scene, grasp = scene_of(item), grasp_at(0.02, -0.025, 0.04, angle=0.1)
    grasps, model = on_table(scene, grasp).moved(item.T_table_obj.inverse()), item.model
    assert close_jaws(grasps, GRIPPER.max_opening, model.rays).exist.all()
    rng = np.random.default_rng(0)
    labelled = robust_quality(grasps, 0.05, model.rays, model.center_of_mass, CONFIG.quality, rng)
    assert verdict(scene, grasp)[1] == labelled.epsilon[0] > 0


def test_more_things_and_deeper_tips_never_free_a_grasp() -> None:
    for number in range(4):
        scene = SCENES.scene(number)
        rng = np.random.default_rng(number)
        planned = make_planner("random", "", GRIPPER)(scene.frame, GRIPPER, rng)
        grasps = [
            replace(g, T_cam_tcp=g.T_cam_tcp @ Transform(np.eye(3), rng.normal(0.0, 0.02, 3)))
            for g in planned
        ]
        alone = JudgedScene(number, scene.frame, scene.objects[:1], scene.T_cam_table)
        deeper = [
            replace(g, T_cam_tcp=g.T_cam_tcp @ Transform(np.eye(3), np.array([0, 0, 0.01]))) for g in grasps
        ]
        hit = JUDGE.collisions(scene, grasps)
        assert hit.any()
        assert (hit | ~JUDGE.collisions(alone, grasps)).all()
        assert (~hit | JUDGE.collisions(scene, deeper)).all()


@pytest.mark.parametrize("name", sorted(POLICIES))
def test_a_planner_gives_grasps_of_what_it_sees(name: str) -> None:
    planner, scene = make_planner(name, "", GRIPPER), SCENES.scene(1)
    grasps = planner(scene.frame, GRIPPER, np.random.default_rng(0))
    assert planner.name == name and 0 < len(grasps) <= 10
    assert all(grasp.source == name for grasp in grasps)
    bare_table = render_depth((), T_TABLE_CAM, scene.frame.intrinsics)
    assert planner(bare_table, GRIPPER, np.random.default_rng(0)) == ()


def test_an_unknown_planner_is_named_with_those_there_are() -> None:
    with pytest.raises(UnknownPolicyError, match="policy = 'best' is not known; there are: cem"):
        make_planner("best", "", GRIPPER)


def test_every_planner_is_judged_on_the_same_scenes_and_again_alike() -> None:
    planners = [make_planner(name, "", GRIPPER) for name in POLICIES]
    runs = [run_trials(planners, map(SCENES.scene, range(3)), JUDGE, 7) for _ in range(2)]
    for one, other in zip(*runs, strict=True):
        assert one.name == other.name and len(one.returned) == 3
        for figure in ("returned", "colliding", "best_collides", "robust_epsilon", "robust"):
            np.testing.assert_array_equal(getattr(one, figure), getattr(other, figure))


def trials_of(name: str, colliding: list[int], epsilon: list[float]) -> Trials:
    hits, values = np.array(colliding), np.array(epsilon)
    returned = np.where(values < 0, 0, 10)
    values = np.maximum(values, 0.0)
    return Trials(name, returned, hits, hits > 5, values, values > 0.002, np.full(len(hits), 0.05))


def test_figures_count_grasps_or_scenes_as_they_say() -> None:
    summary = summarize(trials_of("x", [0, 6, 3, 0], [0.004, 0.006, 0.0, -1.0]))
    assert (summary.scenes, summary.scenes_with_grasp) == (4, 3)
    assert summary.executed_colliding == pytest.approx(1 / 3)
    assert summary.returned_colliding == pytest.approx(9 / 30)
    assert summary.executed_robust_epsilon == pytest.approx(0.01 / 3)
    assert summary.executed_robust == pytest.approx(2 / 3)
    assert summary.success == pytest.approx(1 / 4)
    assert summary.planning_ms == pytest.approx(50.0)


def test_a_planner_does_not_differ_from_itself_and_a_shift_is_found_exactly() -> None:
    rng = np.random.default_rng(0)
    epsilon = rng.uniform(0.0, 0.01, 50)
    one = trials_of("one", [0] * 50, epsilon.tolist())
    other = trials_of("other", [0] * 50, (epsilon + 0.001).tolist())
    for same in compare(one, one, rng):
        assert (same.value, same.low, same.high) == (0.0, 0.0, 0.0)
    shift = {part.figure: part for part in compare(other, one, rng)}["robust epsilon"]
    # Pairing takes the spread of the scenes out.
    assert (shift.value, shift.low, shift.high) == pytest.approx((0.001, 0.001, 0.001))


def test_the_command_prints_one_table_or_one_document(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--scenes", "2", "--pool", "4", "--gripper", "yumi", "--noise", "--policies", "igq", "random"]
    assert benchmark_policies.main(options) == 0
    printed = capsys.readouterr().out
    assert "stereo noise" in printed and "difference to igq" in printed
    assert benchmark_policies.main([*options, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [line["name"] for line in document["summaries"]] == ["igq", "random"]
    assert {part["reference"] for part in document["differences"]} == {"igq"}


def test_setup_declares_the_command() -> None:
    setup = Path(benchmark_policies.__file__).parents[2] / "setup.py"
    assert '"policies = pinch_datagen.cli.benchmark_policies:main"' in setup.read_text()


@pytest.mark.parametrize("name", ["cem", "igq"])
def test_hardly_any_returned_grasp_hits_anything(name: str) -> None:
    """The meshes are the judge. The bar is 1 %; over hundreds of scenes it is measured by the command."""
    gripper = load_gripper("panda")
    planner, judge = make_planner(name, "", gripper), GraspJudge(gripper, CONFIG.quality)
    scenes, hits = RandomScenes(CONFIG, gripper, NoiseConfig(), 25), []
    for number in range(25):
        scene = scenes.scene(number)
        grasps = planner(scene.frame, gripper, np.random.default_rng(number))
        hits.extend(judge.collisions(scene, grasps) if grasps else ())
    assert len(hits) > 150
    assert np.mean(hits) < 0.02
