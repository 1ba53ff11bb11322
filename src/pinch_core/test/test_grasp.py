# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.geometry.transform import Transform
from pinch_core.grasp import ImageGrasp

CAMERA = CameraIntrinsics(640, 480, 525.0, 515.0, 319.5, 239.5)

grasps = st.builds(
    ImageGrasp,
    st.floats(20.0, 620.0),
    st.floats(20.0, 460.0),
    st.floats(-3.1, 3.1),
    st.floats(0.3, 1.5),
    st.floats(0.005, 0.1),
)
approaches = st.tuples(st.floats(0.0, 0.6), st.floats(-math.pi, math.pi)).map(
    lambda a: np.array([math.sin(a[0]) * math.cos(a[1]), math.sin(a[0]) * math.sin(a[1]), math.cos(a[0])])
)


@given(grasps, approaches)
def test_pose_and_image_are_inverse_for_any_tilted_approach(grasp: ImageGrasp, approach: np.ndarray) -> None:
    T_cam_tcp = grasp.to_pose(CAMERA, approach)
    again = ImageGrasp.from_pose(T_cam_tcp, grasp.width, CAMERA)
    assert (again.column, again.row, again.depth, again.width) == pytest.approx(
        (grasp.column, grasp.row, grasp.depth, grasp.width), abs=1e-7
    )
    assert math.sin(again.angle - grasp.angle) == pytest.approx(0.0, abs=1e-9)
    assert math.cos(again.angle - grasp.angle) > 0


@given(grasps, approaches)
def test_the_tool_frame_follows_the_convention(grasp: ImageGrasp, approach: np.ndarray) -> None:
    T_cam_tcp = grasp.to_pose(CAMERA, approach)
    x, y, z = T_cam_tcp.rotation.T
    assert np.allclose(z, approach, atol=1e-9)
    assert np.allclose(np.cross(y, z), x, atol=1e-9)
    assert np.allclose(CAMERA.project(T_cam_tcp.translation), grasp.center_px, atol=1e-7)


@given(grasps, approaches)
def test_the_jaws_are_drawn_along_the_angle_at_the_opening_width(
    grasp: ImageGrasp, approach: np.ndarray
) -> None:
    T_cam_tcp = grasp.to_pose(CAMERA, approach)
    ends = T_cam_tcp @ [[0.0, -grasp.width / 2, 0.0], [0.0, grasp.width / 2, 0.0]]
    assert np.linalg.norm(ends[1] - ends[0]) == pytest.approx(grasp.width)
    tips = CAMERA.project(ends)
    along = tips[1] - tips[0]
    across = np.array([-math.sin(grasp.angle), math.cos(grasp.angle)])
    assert abs(along @ across) < 1e-6 * np.linalg.norm(along) + 1e-6


@given(grasps)
def test_rolling_the_camera_rolls_the_picture_but_not_the_grasp(grasp: ImageGrasp) -> None:
    square = CameraIntrinsics(480, 480, 525.0, 525.0, 239.5, 239.5)
    T_cam_tcp = grasp.to_pose(square)
    T_rolled_cam = Transform.from_rpy((0.0, 0.0, math.pi / 2))
    rolled = ImageGrasp.from_pose(T_rolled_cam @ T_cam_tcp, grasp.width, square)
    # x -> y, y -> -x about the principal point
    assert rolled.column == pytest.approx(239.5 - (grasp.row - 239.5))
    assert rolled.row == pytest.approx(239.5 + (grasp.column - 239.5))
    assert math.sin(rolled.angle - grasp.angle - math.pi / 2) == pytest.approx(0.0, abs=1e-9)
    assert rolled.depth == pytest.approx(grasp.depth)
