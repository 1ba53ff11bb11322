# SPDX-License-Identifier: Apache-2.0
"""Images that are not what they are taken for: named by what gives them away, and nothing else is."""

from __future__ import annotations

import contextlib
import dataclasses
import math

import numpy as np
import pytest
from numpy.typing import NDArray

from pinch_core.depth_format import DepthFormat
from pinch_core.depth_frame import DepthFrame
from pinch_core.errors import IntrinsicsError, InvalidDepthError, NoObjectError, NoTableError
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.geometry.transform import Transform
from pinch_core.input_signatures.given_table import table_disagreement, turned_image_warning
from pinch_core.input_signatures.plane_hypotheses import ray_bend
from pinch_core.input_signatures.values import why_nothing_is_valid
from pinch_core.perception.config import SegmentationConfig, TableFitConfig
from pinch_core.perception.segmentation import segment_objects
from pinch_core.perception.table import Plane, fit_table, measure_table
from pinch_core.synthetic_scene import BoxSolid, camera_above, render_depth

CONFIG = TableFitConfig()
SCENE = (
    BoxSolid.standing(0.05, 0.0, 0.5, (0.10, 0.06, 0.05)),
    BoxSolid.standing(-0.15, 0.1, 0.1, (0.12, 0.08, 0.09)),
)


def ray_lengths(k: CameraIntrinsics) -> NDArray[np.float64]:
    rows, columns = np.indices((k.height, k.width))
    return np.asarray(np.linalg.norm(k.rays(np.stack([columns, rows], -1).astype(float)), axis=-1))


def fit(depth: NDArray[np.floating], k: CameraIntrinsics, config: TableFitConfig = CONFIG) -> Plane:
    return fit_table(DepthFrame.from_array(depth, k, source="it.npy"), config, np.random.default_rng(0))


@pytest.mark.parametrize("inlier_distance", [0.003, 0.006, 0.02, 0.05])
@pytest.mark.parametrize("focal", [200.0, 400.0, 650.0])
@pytest.mark.parametrize("tilt", [0.0, 0.25, 0.6])
def test_lengths_of_rays_are_named_whatever_the_inlier_distance(
    tilt: float, focal: float, inlier_distance: float
) -> None:
    k = CameraIntrinsics(320, 240, focal, focal, 165.0, 112.0)
    frame = render_depth(
        SCENE, camera_above(0.8, tilt, 0.7), k, np.random.default_rng(1), noise=0.0015, dropout=0.1
    )
    config = dataclasses.replace(CONFIG, inlier_distance=inlier_distance)
    with pytest.raises(InvalidDepthError, match=r"it\.npy .*lengths of the viewing rays.* mm") as refused:
        fit(frame.depth * ray_lengths(k), k, config)
    assert "inlier_distance" not in str(refused.value)
    fit(frame.depth, k, config)


@pytest.mark.parametrize("tilt", [0.35, 0.6])
def test_inverse_depth_is_named_where_the_table_is_tilted(
    small_camera: CameraIntrinsics, tilt: float
) -> None:
    frame = render_depth(SCENE, camera_above(0.8, tilt), small_camera, np.random.default_rng(1), noise=0.001)
    with pytest.raises(InvalidDepthError, match=r"inverse depth.*baseline / disparity"):
        fit(1.0 / frame.depth, small_camera)


def test_inverse_depth_of_a_table_seen_from_above_is_named_by_its_pits(
    small_camera: CameraIntrinsics,
) -> None:
    """There is no bend to tell by, but objects lie behind the table."""
    frame = render_depth(SCENE, camera_above(0.8, 0.0), small_camera)
    inverse = DepthFrame.from_array(1.0 / frame.depth, small_camera, source="it.npy")
    table = fit_table(inverse, CONFIG, np.random.default_rng(0))
    with pytest.raises(NoObjectError, match=r"mm behind the table instead.*disparity"):
        segment_objects(inverse, table.height_image(inverse), SegmentationConfig())


@pytest.mark.parametrize("seed", range(6))
def test_depth_is_never_taken_for_anything_else(small_camera: CameraIntrinsics, seed: int) -> None:
    """Noisy, cluttered, bowed by two centimetres and full of holes, it is a table or none."""
    rng = np.random.default_rng(seed)
    solids = tuple(
        BoxSolid.standing(*rng.uniform(-0.3, 0.3, 2), rng.uniform(0, 3), tuple(rng.uniform(0.03, 0.2, 3)))
        for _ in range(rng.integers(0, 12))
    )
    frame = render_depth(
        solids, camera_above(0.9, rng.uniform(0, 0.7), rng.uniform(0, 6)), small_camera, rng, noise=0.004,
        dropout=0.5,
    )  # fmt: skip
    rows, columns = np.indices(frame.depth.shape)
    bow = 0.02 * (((columns - 160) / 160.0) ** 2 + ((rows - 120) / 120.0) ** 2) / 2
    for depth in (frame.depth, frame.depth + bow):
        with contextlib.suppress(NoTableError):
            fit(depth, small_camera)


def test_the_bend_is_0_for_depth_and_1_for_lengths_of_rays(small_camera: CameraIntrinsics) -> None:
    frame = render_depth((), camera_above(0.8, 0.3), small_camera)
    points = frame.points().reshape(-1, 3).astype(float)
    assert ray_bend(points) == pytest.approx(0.0, abs=1e-3)
    assert ray_bend(points * ray_lengths(small_camera).reshape(-1, 1)) == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (np.full((4, 5), -0.7, np.float32), r"all are negative: 20 of 20 \(-0\.7 to .*change their sign"),
        (np.where(np.eye(4, 5) > 0, np.nan, -0.7), r"not zero or NaN are negative: 16 of 20"),
        (np.zeros((4, 5), np.uint16), r"all are zero or NaN\); check"),
        (np.full((4, 5), np.inf), r"20 zero, NaN or infinite"),
        (np.full((4, 5), 700.0), r"700 m .*but 0\.7 m if these are millimetres"),
        (np.full((4, 5), 70.0), r"70 m .*0\.7 m if these are centimetres.*scale to 0\.01, or .*disparity"),
        (np.full((4, 5), 7000.0), r"0\.7 m if these are tenths of a millimetre \(0\.0001\), 1\.4 m .*1/5000"),
        (np.full((4, 5), 2800.0), r"0\.7 m if these are quarters of a millimetre \(0\.00025\)"),
        (np.full((4, 5), 700_000.0), r"0\.7 m if these are micrometres; set depth_format\.scale to 1e-06"),
        (np.full((4, 5), 30.0), r"0\.3 m if these are centimetres"),
        (np.full((4, 5), 40, np.uint16), r"0\.4 m if these are centimetres; set .*scale to 0\.01"),
        (np.full((4, 5), 1, np.uint16), r"0\.001 m .*1 m if these are whole metres"),
    ],
)
def test_values_that_are_no_depth_are_told_as_what_they_are(
    values: NDArray[np.generic], sentence: str
) -> None:
    with pytest.raises(InvalidDepthError, match=sentence):
        DepthFrame.from_array(values, CameraIntrinsics(5, 4, 5.0, 5.0, 2.0, 1.5))


def given_table(T_table_cam: Transform) -> Plane:
    return Plane.from_surface_pose(T_table_cam.inverse())


def measured(depth: NDArray[np.floating], k: CameraIntrinsics, given: Plane) -> Plane:
    frame = DepthFrame.from_array(depth, k, source="it.npy")
    table = measure_table(frame, given, CONFIG, np.random.default_rng(0))
    assert table is not None
    return table


def test_a_table_that_is_where_it_was_given_is_not_told(small_camera: CameraIntrinsics) -> None:
    T_table_cam = camera_above(0.8, 0.3)
    depth = render_depth(SCENE, T_table_cam, small_camera, np.random.default_rng(0), noise=0.002).depth
    given = given_table(T_table_cam)
    assert table_disagreement(given, measured(depth, small_camera, given), "it.npy") == ""


@pytest.mark.parametrize("off_mm", [-200, -30, -8, 8, 30, 200])
def test_a_table_that_was_given_elsewhere_is_told_in_millimetres(
    small_camera: CameraIntrinsics, off_mm: int
) -> None:
    T_table_cam = camera_above(0.8, 0.3)
    given = given_table(Transform.from_rpy((0, 0, 0), (0, 0, off_mm / 1e3)) @ T_table_cam)
    depth = render_depth(SCENE, T_table_cam, small_camera, np.random.default_rng(0), noise=0.001).depth
    told = table_disagreement(given, measured(depth, small_camera, given), "it.npy")
    where = "above" if off_mm > 0 else "below"
    assert f"{abs(off_mm)} mm {where} the given one" in told and "table_frame" in told


@pytest.mark.parametrize(
    ("turn", "words"),
    [
        (lambda image: image[::-1], "upside down"),
        (lambda image: image[::-1, ::-1], "turned by 180 degrees"),
        (lambda image: image[:, ::-1], "columns run from right to left"),
    ],
)
def test_a_turned_image_is_named_where_the_table_is_known(
    small_camera: CameraIntrinsics, turn: object, words: str
) -> None:
    T_table_cam = camera_above(0.8, 0.3, roll=0.6)
    given = given_table(T_table_cam)
    image = turn(render_depth(SCENE, T_table_cam, small_camera).depth)  # type: ignore[operator]
    with pytest.raises(InvalidDepthError, match=words):
        table_disagreement(given, measured(np.ascontiguousarray(image), small_camera, given), "it.npy")


TURNS = {
    "as it is": (lambda image: image, ""),
    "upside down": (lambda image: image[::-1], "rows run from the bottom"),
    "half a turn": (lambda image: image[::-1, ::-1], "turned by 180 degrees"),
    "mirrored": (lambda image: image[:, ::-1], "columns run from right to left"),
}


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("roll", [0.6, 0.6 + math.pi])  # a camera may hang upside down
def test_a_turned_image_is_told_where_only_the_camera_is_known_in_the_base(
    small_camera: CameraIntrinsics, roll: float, turn: str
) -> None:
    T_base_cam = camera_above(0.8, 0.3, roll=roll)
    depth = render_depth(SCENE, T_base_cam, small_camera, np.random.default_rng(0), noise=0.001).depth
    image = np.ascontiguousarray(TURNS[turn][0](depth))
    told = turned_image_warning(fit(image, small_camera), T_base_cam, "it.npy")
    assert (TURNS[turn][1] in told and "unless table or robot" in told) if TURNS[turn][1] else told == ""


@pytest.mark.parametrize("yaw", [0.0, 0.9, 2.0])
def test_a_tilted_table_is_no_turned_image(small_camera: CameraIntrinsics, yaw: float) -> None:
    T_table_cam = camera_above(0.8, 0.3, roll=0.6)
    table = fit(render_depth(SCENE, T_table_cam, small_camera).depth, small_camera)
    for tilt in (0.1, 0.25, 0.5):
        T_base_table = Transform.from_rpy((0, 0, yaw), (0, 0, 0)) @ Transform.from_rpy(
            (tilt, 0, 0), (0, 0, 0)
        )
        assert turned_image_warning(table, T_base_table @ T_table_cam, "it.npy") == ""


@pytest.mark.parametrize("factor", [10.0, 5.0, 4.0, 0.25, 0.2, 0.1])
def test_another_unit_is_named_where_the_table_is_known(
    small_camera: CameraIntrinsics, factor: float
) -> None:
    T_table_cam = camera_above(0.8, 0.3)
    given = given_table(T_table_cam)
    depth = render_depth((), T_table_cam, small_camera).depth * factor
    with pytest.raises(InvalidDepthError, match=rf"{factor:g} times .*unit"):
        table_disagreement(given, measured(depth, small_camera, given), "it.npy")


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_the_focal_length_of_another_resolution_is_named_where_the_table_is_known(
    small_camera: CameraIntrinsics, factor: float
) -> None:
    T_table_cam = camera_above(0.8, 0.3)
    given = given_table(T_table_cam)
    depth = render_depth(SCENE, T_table_cam, small_camera).depth
    k = dataclasses.replace(small_camera, fx=small_camera.fx * factor, fy=small_camera.fy * factor)
    with pytest.raises(IntrinsicsError, match=rf"true focal length is {1 / factor:g} times"):
        table_disagreement(given, measured(depth, k, given), "it.npy")


def test_a_lid_that_hides_most_of_a_given_table_is_not_taken_for_it(small_camera: CameraIntrinsics) -> None:
    T_table_cam = camera_above(0.75, 0.0)
    lid = BoxSolid.standing(0.0, 0.0, 0.0, (0.84, 0.80, 0.06))
    frame = render_depth((lid,), T_table_cam, small_camera)
    given = given_table(T_table_cam)
    assert 0.02 < np.mean(np.abs(given.height_image(frame)) < 0.002) < CONFIG.min_inlier_share
    assert measure_table(frame, given, CONFIG, np.random.default_rng(0)) is None


def test_a_raised_inlier_distance_does_not_move_the_table(small_camera: CameraIntrinsics) -> None:
    T_table_cam = camera_above(0.8, 0.2)
    clutter = (*SCENE, BoxSolid.standing(0.15, -0.1, 0.3, (0.25, 0.2, 0.045)))
    frame = render_depth(clutter, T_table_cam, small_camera, np.random.default_rng(0), noise=0.002)
    table = fit(frame.depth, small_camera, dataclasses.replace(CONFIG, inlier_distance=0.05))
    truth = given_table(T_table_cam)
    assert table.offset == pytest.approx(truth.offset, abs=0.001)
    assert math.degrees(math.acos(min(1.0, float(table.normal @ truth.normal)))) < 0.2


def test_range_limits_that_leave_nothing_are_named_as_the_cause() -> None:
    stored = np.full((4, 5), 0.7, np.float32)
    for limits in (DepthFormat(far=0.6), DepthFormat(near=0.9)):
        sentence = why_nothing_is_valid(stored, limits.metres(stored).no_return, "depth.npy")
        assert "set depth_format.near and depth_format.far" in sentence
