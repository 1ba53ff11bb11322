# SPDX-License-Identifier: Apache-2.0
"""Rigid transforms. ``T_a_b`` maps coordinates in frame b into frame a, so frames cancel in products."""

from __future__ import annotations

import math
import typing
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

if typing.TYPE_CHECKING:
    from scipy.spatial.transform import Rotation

Float64 = NDArray[np.float64]

ORTHONORMAL_TOLERANCE = 1e-5
_IDENTITY = np.eye(3)
# Below this angle [rad] the factors of exp and log are their limits to double precision; the closed forms
# would divide by zero in the end.
_SMALL_ANGLE = 1e-6


def _rotations() -> type[Rotation]:
    """scipy's rotations, imported when first needed: loading them takes longer than a plan."""
    from scipy.spatial import transform

    return typing.cast("type[Rotation]", transform.Rotation)


def cross_matrix(vector: Float64) -> Float64:
    """3x3: its product with v is the cross product of ``vector`` (3,) and v."""
    x, y, z = vector
    return np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])


@dataclass(frozen=True, eq=False)
class Transform:
    """An element of SE(3): ``rotation`` 3x3 orthonormal, ``translation`` (3,) in metres."""

    rotation: Float64
    translation: Float64

    def __post_init__(self) -> None:
        rotation = np.array(self.rotation, dtype=np.float64)
        translation = np.array(self.translation, dtype=np.float64)
        if rotation.shape != (3, 3) or translation.shape != (3,):
            raise ValueError(
                f"a transform needs shapes (3, 3) and (3,), got {rotation.shape} and {translation.shape}"
            )
        error = np.abs(rotation @ rotation.T - _IDENTITY).max()
        if not error <= ORTHONORMAL_TOLERANCE or np.linalg.det(rotation) < 0:
            raise ValueError(f"not a rotation matrix: {rotation.tolist()}")
        if not np.isfinite(translation).all():
            raise ValueError(f"translation is not finite: {translation.tolist()}")
        rotation.flags.writeable = translation.flags.writeable = False
        object.__setattr__(self, "rotation", rotation)
        object.__setattr__(self, "translation", translation)

    @classmethod
    def identity(cls) -> Transform:
        return cls(np.eye(3), np.zeros(3))

    @classmethod
    def from_matrix(cls, matrix: ArrayLike) -> Transform:
        """From a 4x4 homogeneous matrix."""
        m = np.asarray(matrix, dtype=np.float64)
        return cls(m[:3, :3], m[:3, 3])

    @classmethod
    def from_quaternion(cls, xyzw: ArrayLike, translation: ArrayLike = (0.0, 0.0, 0.0)) -> Transform:
        """From a quaternion in ROS order (x, y, z, w); it is normalised."""
        return cls(
            _rotations().from_quat(np.asarray(xyzw)).as_matrix(), np.asarray(translation, dtype=np.float64)
        )

    @classmethod
    def from_rpy(cls, rpy: ArrayLike, translation: ArrayLike = (0.0, 0.0, 0.0)) -> Transform:
        """From fixed-axis roll, pitch, yaw [rad] (URDF convention)."""
        return cls(
            _rotations().from_euler("xyz", np.asarray(rpy)).as_matrix(),
            np.asarray(translation, dtype=np.float64),
        )

    @classmethod
    def from_axes(cls, x: ArrayLike, y: ArrayLike, z: ArrayLike, origin: ArrayLike) -> Transform:
        """From the orthonormal axes and origin of the child frame, given in the parent frame."""
        return cls(np.stack([np.asarray(x), np.asarray(y), np.asarray(z)], axis=1), np.asarray(origin))

    @classmethod
    def look_at(cls, eye: ArrayLike, target: ArrayLike, up: ArrayLike) -> Transform:
        """An optical frame (z forward, x right, y down) at ``eye`` looking at ``target``; ``up`` fixes the
        roll.
        """
        eye_ = np.asarray(eye, dtype=np.float64)
        forward = np.asarray(target, dtype=np.float64) - eye_
        z = forward / np.linalg.norm(forward)
        x = np.cross(z, np.asarray(up, dtype=np.float64))
        x /= np.linalg.norm(x)
        return cls.from_axes(x, np.cross(z, x), z, eye_)

    @classmethod
    def exp(cls, twist: ArrayLike) -> Transform:
        """The motion along a twist for unit time, the inverse of :meth:`log`.

        Args:
            twist: (6,), velocity of the origin [m] and rotation vector [rad].
        """
        velocity, rotation_vector = np.split(np.asarray(twist, dtype=np.float64), 2)
        angle, k = float(np.linalg.norm(rotation_vector)), cross_matrix(rotation_vector)
        if angle < _SMALL_ANGLE:
            first, second = 0.5, 1.0 / 6.0
        else:
            first = 2.0 * math.sin(angle / 2.0) ** 2 / angle**2  # as 1 - cos, without its cancellation
            second = (angle - math.sin(angle)) / angle**3
        left_jacobian = _IDENTITY + first * k + second * k @ k
        return cls(_rotations().from_rotvec(rotation_vector).as_matrix(), left_jacobian @ velocity)

    def log(self) -> Float64:
        """(6,): the twist of which this is :meth:`exp`, the one with the smallest angle, in [0, pi]."""
        rotation_vector = _rotations().from_matrix(self.rotation).as_rotvec()
        angle, k = float(np.linalg.norm(rotation_vector)), cross_matrix(rotation_vector)
        # Written with the tangent of half the angle, the factor is well behaved up to pi.
        factor = 1.0 / 12.0
        if angle >= _SMALL_ANGLE:
            factor = (1.0 - angle / (2.0 * math.tan(angle / 2.0))) / angle**2
        inverse_left_jacobian = _IDENTITY - 0.5 * k + factor * k @ k
        return np.concatenate([inverse_left_jacobian @ self.translation, rotation_vector])

    @property
    def adjoint(self) -> Float64:
        """6x6: ``T_a_b.adjoint @ twist_b`` is the same motion as a twist in frame a."""
        adjoint = np.zeros((6, 6))
        adjoint[:3, :3] = adjoint[3:, 3:] = self.rotation
        adjoint[:3, 3:] = cross_matrix(self.translation) @ self.rotation
        return adjoint

    @property
    def matrix(self) -> Float64:
        """4x4 homogeneous matrix."""
        m = np.eye(4)
        m[:3, :3], m[:3, 3] = self.rotation, self.translation
        return m

    @property
    def quaternion(self) -> Float64:
        """(x, y, z, w), w >= 0."""
        return np.asarray(_rotations().from_matrix(self.rotation).as_quat(canonical=True), dtype=np.float64)

    def inverse(self) -> Transform:
        return Transform(self.rotation.T, -self.rotation.T @ self.translation)

    @typing.overload
    def __matmul__(self, other: Transform) -> Transform: ...
    @typing.overload
    def __matmul__(self, other: ArrayLike) -> Float64: ...
    def __matmul__(self, other: Transform | ArrayLike) -> Transform | Float64:
        """``T_a_b @ T_b_c`` = T_a_c; ``T_a_b @ points_b`` maps points (..., 3) into frame a."""
        if isinstance(other, Transform):
            return Transform(
                self.rotation @ other.rotation, self.rotation @ other.translation + self.translation
            )
        return np.asarray(np.asarray(other, dtype=np.float64) @ self.rotation.T + self.translation)

    def rotate(self, directions: ArrayLike) -> Float64:
        """Map free vectors (..., 3): rotation only."""
        return np.asarray(np.asarray(directions, dtype=np.float64) @ self.rotation.T)

    def distance_to(self, other: Transform) -> tuple[float, float]:
        """(metres, radians) between two poses in the same frame."""
        angle = _rotations().from_matrix(self.rotation.T @ other.rotation).magnitude()
        return float(np.linalg.norm(self.translation - other.translation)), float(angle)
