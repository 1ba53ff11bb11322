# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given
from hypothesis import strategies as st

from pinch_core.geometry.transform import Transform, cross_matrix

angles = st.floats(-math.pi, math.pi)
metres = st.floats(-2.0, 2.0)
transforms = st.builds(
    lambda r, p, y, t: Transform.from_rpy((r, p, y), t),
    angles,
    angles,
    angles,
    st.tuples(metres, metres, metres),
)
points = st.tuples(metres, metres, metres).map(np.array)


@given(transforms, transforms, points)
def test_composition_applies_the_right_one_first(T_a_b: Transform, T_b_c: Transform, p: np.ndarray) -> None:
    assert np.allclose(T_a_b @ T_b_c @ p, T_a_b @ (T_b_c @ p), atol=1e-12)


@given(transforms, points)
def test_inverse_undoes(T: Transform, p: np.ndarray) -> None:
    assert np.allclose(T.inverse() @ (T @ p), p, atol=1e-12)
    assert np.allclose((T @ T.inverse()).matrix, np.eye(4), atol=1e-12)


@given(transforms, points, points)
def test_a_rigid_motion_keeps_distances_and_handedness(T: Transform, p: np.ndarray, q: np.ndarray) -> None:
    assert np.linalg.norm(T @ p - T @ q) == pytest.approx(np.linalg.norm(p - q), abs=1e-12)
    assert np.allclose(T.rotate(np.cross(p, q)), np.cross(T.rotate(p), T.rotate(q)), atol=1e-10)


@given(transforms)
def test_quaternion_round_trip_and_sign(T: Transform) -> None:
    again = Transform.from_quaternion(T.quaternion, T.translation)
    assert np.allclose(again.matrix, T.matrix, atol=1e-12)
    assert T.quaternion[3] >= 0


def test_rpy_is_the_fixed_axis_convention_of_urdf() -> None:
    quarter = math.pi / 2
    T = Transform.from_rpy((quarter, 0.0, quarter))
    assert np.allclose(T.rotate([0.0, 1.0, 0.0]), [0.0, 0.0, 1.0])
    assert np.allclose(T.rotate([1.0, 0.0, 0.0]), [0.0, 1.0, 0.0])


def test_look_at_sees_its_target_on_the_optical_axis_with_up_at_the_top() -> None:
    T = Transform.look_at((0.3, -0.2, 0.9), (0.1, 0.1, 0.0), (0.0, 0.0, 1.0))
    target = T.inverse() @ [0.1, 0.1, 0.0]
    assert target[:2] == pytest.approx([0.0, 0.0], abs=1e-12)
    assert target[2] > 0
    assert T.inverse().rotate([0.0, 0.0, 1.0])[1] < 0


@given(transforms, st.floats(0.01, 3.0))
def test_distance_is_what_was_moved(T: Transform, angle: float) -> None:
    moved = T @ Transform.from_rpy((angle, 0.0, 0.0), (0.0, 0.3, 0.0))
    assert T.distance_to(moved) == pytest.approx((0.3, angle), abs=1e-7)


@pytest.mark.parametrize("matrix", [np.eye(4) * 2, np.diag([1.0, 1.0, -1.0, 1.0])])
def test_scaled_and_mirrored_matrices_are_refused(matrix: np.ndarray) -> None:
    with pytest.raises(ValueError, match="not a rotation"):
        Transform.from_matrix(matrix)


def test_a_transform_cannot_be_changed_from_outside() -> None:
    rotation = np.eye(3)
    T = Transform(rotation, np.zeros(3))
    rotation[0, 0] = 5.0
    assert T.rotation[0, 0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        T.translation[0] = 1.0


def twist_of(
    axis: tuple[float, float, float], angle: float, velocity: tuple[float, float, float]
) -> np.ndarray:
    direction = np.array(axis) / np.linalg.norm(axis)
    return np.concatenate([velocity, angle * direction])


# Angles of every size, and those where closed forms divide zero by zero.
angles_to_pi = st.one_of(
    st.floats(0.0, math.pi),
    st.floats(-16.0, -3.0).map(lambda exponent: 10.0**exponent),
    st.floats(-16.0, -3.0).map(lambda exponent: math.pi - 10.0**exponent),
    st.sampled_from([0.0, 1e-6, math.pi]),
)
twists = st.builds(
    twist_of,
    st.tuples(metres, metres, metres).filter(lambda axis: np.linalg.norm(axis) > 1e-3),
    angles_to_pi,
    st.tuples(metres, metres, metres),
)


@given(twists)
def test_exp_undoes_log_also_near_zero_and_half_a_turn(twist: np.ndarray) -> None:
    T = Transform.exp(twist)
    assert np.allclose(Transform.exp(T.log()).matrix, T.matrix, atol=1e-9)


@given(twists.filter(lambda twist: np.linalg.norm(twist[3:]) < math.pi - 1e-6))
def test_log_undoes_exp_for_less_than_half_a_turn(twist: np.ndarray) -> None:
    assert np.allclose(Transform.exp(twist).log(), twist, atol=1e-7)


@given(twists)
def test_exp_agrees_with_the_matrix_exponential(twist: np.ndarray) -> None:
    generator = np.zeros((4, 4))
    generator[:3, :3], generator[:3, 3] = cross_matrix(twist[3:]), twist[:3]
    assert np.allclose(Transform.exp(twist).matrix, scipy.linalg.expm(generator), atol=1e-12)


@given(transforms)
def test_log_never_turns_by_more_than_half_a_turn(T: Transform) -> None:
    assert np.linalg.norm(T.log()[3:]) <= math.pi + 1e-12


@given(transforms, twists)
def test_the_adjoint_moves_a_twist_to_another_frame(T_a_b: Transform, twist_b: np.ndarray) -> None:
    in_a = T_a_b @ Transform.exp(twist_b) @ T_a_b.inverse()
    assert np.allclose(Transform.exp(T_a_b.adjoint @ twist_b).matrix, in_a.matrix, atol=1e-9)


@given(transforms, st.lists(points, min_size=1, max_size=4))
def test_points_of_any_shape_are_mapped_one_by_one(T: Transform, rows: list[np.ndarray]) -> None:
    stacked = np.stack(rows)[:, None]
    assert (T @ stacked).shape == stacked.shape
    assert np.allclose((T @ stacked)[:, 0], [T @ row for row in rows], atol=1e-12)
