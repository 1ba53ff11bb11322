# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.geometry.transform import Transform
from pinch_core.grasp import GripperTranslation, ImageGrasp, grasp_id

CAMERA = CameraIntrinsics(640, 480, 525.0, 515.0, 319.5, 239.5)

grasps = st.builds(
    ImageGrasp,
    st.floats(20.0, 620.0),
    st.floats(20.0, 460.0),
    st.floats(-3.1, 3.1),
    st.floats(0.3, 1.5),
)
approaches = st.tuples(st.floats(0.0, 0.6), st.floats(-math.pi, math.pi)).map(
    lambda a: np.array([math.sin(a[0]) * math.cos(a[1]), math.sin(a[0]) * math.sin(a[1]), math.cos(a[0])])
)


@given(grasps, approaches)
def test_pose_and_image_are_inverse_for_any_tilted_approach(grasp: ImageGrasp, approach: np.ndarray) -> None:
    T_cam_tcp = grasp.to_pose(CAMERA, approach)
    again = ImageGrasp.from_pose(T_cam_tcp, CAMERA)
    assert (again.column, again.row, again.depth) == pytest.approx(
        (grasp.column, grasp.row, grasp.depth), abs=1e-7
    )
    assert math.sin(again.angle - grasp.angle) == pytest.approx(0.0, abs=1e-9)
    assert math.cos(again.angle - grasp.angle) > 0


@given(grasps, approaches)
def test_the_grasp_frame_follows_the_convention(grasp: ImageGrasp, approach: np.ndarray) -> None:
    T_cam_tcp = grasp.to_pose(CAMERA, approach)
    x, y, z = T_cam_tcp.rotation.T
    assert np.allclose(z, approach, atol=1e-9)
    assert np.allclose(np.cross(y, z), x, atol=1e-9)
    assert np.allclose(CAMERA.project(T_cam_tcp.translation), grasp.center_px, atol=1e-7)


@given(grasps, approaches, st.floats(0.005, 0.1))
def test_the_jaws_are_drawn_along_the_angle(grasp: ImageGrasp, approach: np.ndarray, opening: float) -> None:
    T_cam_tcp = grasp.to_pose(CAMERA, approach)
    ends = T_cam_tcp @ [[0.0, -opening / 2, 0.0], [0.0, opening / 2, 0.0]]
    assert np.linalg.norm(ends[1] - ends[0]) == pytest.approx(opening)
    tips = CAMERA.project(ends)
    along = tips[1] - tips[0]
    across = np.array([-math.sin(grasp.angle), math.cos(grasp.angle)])
    assert abs(along @ across) < 1e-6 * np.linalg.norm(along) + 1e-6


@given(grasps)
def test_rolling_the_camera_rolls_the_picture_but_not_the_grasp(grasp: ImageGrasp) -> None:
    square = CameraIntrinsics(480, 480, 525.0, 525.0, 239.5, 239.5)
    T_cam_tcp = grasp.to_pose(square)
    T_rolled_cam = Transform.from_rpy((0.0, 0.0, math.pi / 2))
    rolled = ImageGrasp.from_pose(T_rolled_cam @ T_cam_tcp, square)
    # x -> y, y -> -x about the principal point
    assert rolled.column == pytest.approx(239.5 - (grasp.row - 239.5))
    assert rolled.row == pytest.approx(239.5 + (grasp.column - 239.5))
    assert math.sin(rolled.angle - grasp.angle - math.pi / 2) == pytest.approx(0.0, abs=1e-9)
    assert rolled.depth == pytest.approx(grasp.depth)


@given(grasps, approaches, st.floats(0.0, 0.3))
def test_a_straight_motion_starts_where_its_reverse_ends_in_any_frame(
    grasp: ImageGrasp, approach: np.ndarray, distance: float
) -> None:
    T_cam_tcp = grasp.to_pose(CAMERA, approach)
    motion = GripperTranslation(T_cam_tcp.rotation[:, 2], distance)
    start = motion.start(T_cam_tcp)
    assert np.allclose(motion.end(start).matrix, T_cam_tcp.matrix)
    assert np.linalg.norm(start.translation - T_cam_tcp.translation) == pytest.approx(distance)
    T_base_cam = Transform.from_rpy((2.0, 0.3, -1.0), (0.1, 0.2, 0.3))
    in_base = motion.rotated(T_base_cam).start(T_base_cam @ T_cam_tcp)
    assert np.allclose(in_base.matrix, (T_base_cam @ start).matrix)


@given(grasps, st.integers(0, 2**62))
def test_a_grasp_has_one_id_and_any_change_of_it_another(grasp: ImageGrasp, stamp_ns: int) -> None:
    pose = grasp.to_pose(CAMERA)
    one = grasp_id(stamp_ns, "panda", pose, 0.05)
    assert one == grasp_id(stamp_ns, "panda", pose, 0.05)
    moved = Transform(pose.rotation, pose.translation + np.array([0.0, 0.0, 1e-6]))
    others = {
        grasp_id(stamp_ns + 1, "panda", pose, 0.05),
        grasp_id(stamp_ns, "yumi", pose, 0.05),
        grasp_id(stamp_ns, "panda", moved, 0.05),
        grasp_id(stamp_ns, "panda", pose, 0.0501),
    }
    assert len(others) == 4 and one not in others
