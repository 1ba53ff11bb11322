# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math

import numpy as np
import pytest
from builtin_interfaces.msg import Time
from geometry_msgs.msg import Point, Pose, Quaternion
from hypothesis import given
from hypothesis import strategies as st

from pinch_core.geometry.transform import Transform
from pinch_ros.conversions import (
    duration_to_seconds,
    ns_to_stamp,
    pose_from_transform,
    seconds_to_duration,
    stamp_to_ns,
    transform_from_message,
    transform_from_pose,
    transform_to_message,
)
from pinch_ros.errors import InvalidMessageError

angles = st.floats(-math.pi, math.pi)
metres = st.floats(-100.0, 100.0)
transforms = st.builds(
    Transform.from_rpy, st.tuples(angles, angles, angles), st.tuples(metres, metres, metres)
)


@given(transforms)
def test_transforms_come_back_through_pose_and_transform_messages(transform: Transform) -> None:
    stamped = transform_to_message(transform, 5, "parent", "child")
    for back in (
        transform_from_pose(pose_from_transform(transform)),
        transform_from_message(stamped.transform),
    ):
        np.testing.assert_allclose(back.matrix, transform.matrix, atol=1e-12)


def test_a_quarter_turn_about_z_is_the_quaternion_of_the_textbooks() -> None:
    q = pose_from_transform(Transform.from_rpy((0.0, 0.0, math.pi / 2))).orientation
    np.testing.assert_allclose((q.x, q.y, q.z, q.w), (0.0, 0.0, math.sqrt(0.5), math.sqrt(0.5)), atol=1e-12)


@pytest.mark.parametrize(
    "pose",
    [
        Pose(orientation=Quaternion(w=0.0)),
        Pose(orientation=Quaternion(w=math.nan)),
        Pose(position=Point(x=math.inf)),
    ],
    ids=["zero quaternion", "NaN quaternion", "infinite position"],
)
def test_poses_that_mean_nothing_are_refused(pose: Pose) -> None:
    with pytest.raises(InvalidMessageError, match="target pose"):
        transform_from_pose(pose, "target pose")


@given(st.integers(-(2**31) * 10**9, 2**31 * 10**9 - 1))
def test_stamps_come_back_to_the_nanosecond(nanoseconds: int) -> None:
    assert stamp_to_ns(ns_to_stamp(nanoseconds)) == nanoseconds


def test_stamps_count_seconds_and_nanoseconds() -> None:
    assert stamp_to_ns(Time(sec=3, nanosec=7)) == 3_000_000_007


@given(st.floats(0.0, 1e6))
def test_durations_come_back_to_the_nanosecond(seconds: float) -> None:
    assert abs(duration_to_seconds(seconds_to_duration(seconds)) - seconds) <= 1e-9
