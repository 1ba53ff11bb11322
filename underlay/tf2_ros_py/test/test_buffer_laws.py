# SPDX-License-Identifier: Apache-2.0
"""Laws of the transform tree, against homogeneous matrices and a slerp written out here."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from builtin_interfaces.msg import Time as TimeMsg
from geometry_msgs.msg import TransformStamped
from hypothesis import assume, given
from hypothesis import strategies as st
from rclpy.duration import Duration
from rclpy.time import Time
from scipy.spatial.transform import Rotation

from tf2_ros import (
    Buffer,
    ConnectivityException,
    ExtrapolationException,
    InvalidArgumentException,
    LookupException,
    TransformException,
)

LATEST = Time()
SECOND = 10**9

coordinates = st.floats(-10.0, 10.0)
translations = st.tuples(coordinates, coordinates, coordinates)
quaternions = (
    st.tuples(*[st.floats(-1.0, 1.0)] * 4)
    .map(np.array)
    .filter(lambda q: np.linalg.norm(q) > 0.1)
    .map(lambda q: q / np.linalg.norm(q))
)
poses = st.tuples(translations, quaternions)
IDENTITY = ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 1.0))


def stamped(parent: str, child: str, pose: tuple, stamp: int = 0) -> TransformStamped:
    msg = TransformStamped()
    msg.header.frame_id, msg.child_frame_id = parent, child
    msg.header.stamp = Time(nanoseconds=stamp).to_msg()
    shift, turn = msg.transform.translation, msg.transform.rotation
    shift.x, shift.y, shift.z = (float(value) for value in pose[0])
    turn.x, turn.y, turn.z, turn.w = (float(value) for value in pose[1])
    return msg


def matrix_of_pose(pose: tuple) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_quat(pose[1]).as_matrix()
    matrix[:3, 3] = pose[0]
    return matrix


def matrix_of_message(msg: TransformStamped) -> np.ndarray:
    shift, turn = msg.transform.translation, msg.transform.rotation
    return matrix_of_pose(((shift.x, shift.y, shift.z), (turn.x, turn.y, turn.z, turn.w)))


def buffer_of(*transforms: TransformStamped, static: tuple[TransformStamped, ...] = ()) -> Buffer:
    buffer = Buffer()
    for transform in transforms:
        buffer.set_transform(transform, "test")
    for transform in static:
        buffer.set_transform_static(transform, "test")
    return buffer


@given(st.lists(poses, min_size=1, max_size=6), st.lists(poses, min_size=0, max_size=6))
def test_transform_between_two_branches_is_the_product_of_matrices(left: list, right: list) -> None:
    buffer = Buffer()
    matrices = {}
    for side, branch in (("l", left), ("r", right)):
        parent, matrix = "root", np.eye(4)
        for level, pose in enumerate(branch):
            buffer.set_transform_static(stamped(parent, f"{side}{level}", pose), "test")
            parent, matrix = f"{side}{level}", matrix @ matrix_of_pose(pose)
        matrices[parent] = matrix
    matrices.setdefault("root", np.eye(4))
    source, *_, target = [*matrices, *matrices]
    expected = np.linalg.inv(matrices[target]) @ matrices[source]
    np.testing.assert_allclose(
        matrix_of_message(buffer.lookup_transform(target, source, LATEST)), expected, atol=1e-9
    )


@given(poses, poses)
def test_there_and_back_is_the_identity(first: tuple, second: tuple) -> None:
    buffer = buffer_of(static=(stamped("a", "b", first), stamped("b", "c", second)))
    there = matrix_of_message(buffer.lookup_transform("a", "c", LATEST))
    back = matrix_of_message(buffer.lookup_transform("c", "a", LATEST))
    np.testing.assert_allclose(there @ back, np.eye(4), atol=1e-9)
    np.testing.assert_array_equal(matrix_of_message(buffer.lookup_transform("b", "b", LATEST)), np.eye(4))


def slerp(start: np.ndarray, end: np.ndarray, ratio: float) -> np.ndarray:
    """Shoemake's formula, along the shorter arc."""
    cosine = float(np.dot(start, end))
    if cosine < 0.0:
        end, cosine = -end, -cosine
    angle = math.acos(min(cosine, 1.0))
    if angle < 1e-9:
        return start
    return (math.sin((1 - ratio) * angle) * start + math.sin(ratio * angle) * end) / math.sin(angle)


@given(poses, poses, st.integers(1, 5 * SECOND), st.floats(0.0, 1.0))
def test_pose_between_two_stamps_is_interpolated(
    first: tuple, second: tuple, span: int, ratio: float
) -> None:
    assume(abs(np.dot(first[1], second[1])) > 1e-3)  # at exactly 180 deg both arcs are as short
    start = 100 * SECOND
    stamp = start + round(ratio * span)
    buffer = buffer_of(stamped("a", "b", first, start), stamped("a", "b", second, start + span))
    found = buffer.lookup_transform("a", "b", Time(nanoseconds=stamp))
    exact = (stamp - start) / span
    expected_translation = (1 - exact) * np.array(first[0]) + exact * np.array(second[0])
    expected = matrix_of_pose((expected_translation, slerp(first[1], second[1], exact)))
    np.testing.assert_allclose(matrix_of_message(found), expected, atol=1e-6)
    assert Time.from_msg(found.header.stamp).nanoseconds == stamp
    assert (found.header.frame_id, found.child_frame_id) == ("a", "b")


@given(st.lists(st.integers(95 * SECOND, 105 * SECOND), min_size=2, max_size=8, unique=True), st.randoms())
def test_order_of_arrival_does_not_matter(stamps: list[int], random) -> None:
    shuffled = list(stamps)
    random.shuffle(shuffled)

    def moving(stamp: int) -> TransformStamped:
        return stamped("a", "b", ((stamp / SECOND, 0.0, 0.0), IDENTITY[1]), stamp)

    in_order = buffer_of(*map(moving, sorted(stamps)))
    out_of_order = buffer_of(*map(moving, shuffled))
    kept = [stamp for stamp in stamps if stamp >= max(stamps) - 10 * SECOND]
    for stamp in kept:
        at = Time(nanoseconds=stamp)
        assert in_order.lookup_transform("a", "b", at) == out_of_order.lookup_transform("a", "b", at)


@given(st.lists(st.integers(1, 8 * SECOND), min_size=1, max_size=5), st.integers(0, 5))
def test_latest_common_time_is_the_oldest_of_the_newest_and_ignores_static_frames(
    newest: list[int], static_level: int
) -> None:
    buffer = Buffer()
    names = [f"f{level}" for level in range(len(newest) + 2)]
    for level, (parent, child) in enumerate(itertools.pairwise(names)):
        if level == min(static_level, len(newest)):
            buffer.set_transform_static(stamped(parent, child, IDENTITY, 1), "test")
        else:
            stamp = newest[level - (level > static_level)]
            buffer.set_transform(stamped(parent, child, IDENTITY, 1), "test")
            buffer.set_transform(stamped(parent, child, IDENTITY, stamp), "test")
    assert buffer.get_latest_common_time(names[0], names[-1]).nanoseconds == min(newest)
    found = buffer.lookup_transform(names[0], names[-1], LATEST)
    assert Time.from_msg(found.header.stamp).nanoseconds == min(newest)


def test_times_outside_the_history_are_refused() -> None:
    buffer = buffer_of(*(stamped("a", "b", IDENTITY, second * SECOND) for second in (20, 21)))
    for nanoseconds in (20 * SECOND - 1, 21 * SECOND + 1):
        with pytest.raises(ExtrapolationException, match="'b'"):
            buffer.lookup_transform("a", "b", Time(nanoseconds=nanoseconds))
    for nanoseconds in (20 * SECOND, 21 * SECOND):
        assert buffer.can_transform("a", "b", Time(nanoseconds=nanoseconds))


def test_history_reaches_back_by_the_cache_time() -> None:
    buffer = Buffer(cache_time=Duration(seconds=2))
    for second in range(10, 15):
        buffer.set_transform(stamped("a", "b", IDENTITY, second * SECOND), "test")
    buffer.set_transform(stamped("a", "b", IDENTITY, 3 * SECOND), "test")  # too old: not taken
    known = [second for second in range(2, 16) if buffer.can_transform("a", "b", Time(seconds=second))]
    assert known == [12, 13, 14]


def test_a_static_frame_is_known_at_every_time() -> None:
    buffer = buffer_of(static=(stamped("a", "b", IDENTITY, 7 * SECOND),))
    for second in (0, 1, 7, 10**6):
        assert buffer.lookup_transform("a", "b", Time(seconds=second)).header.stamp.sec == second


def test_gaps_above_the_common_frame_do_not_matter() -> None:
    buffer = buffer_of(
        stamped("world", "base", IDENTITY, 5 * SECOND),
        *(stamped("base", name, IDENTITY, 90 * SECOND) for name in ("left", "right")),
    )
    assert buffer.can_transform("left", "right", Time(seconds=90))
    assert not buffer.can_transform("left", "world", Time(seconds=90))


def test_a_frame_follows_its_newest_parent() -> None:
    pose = ((1.0, 2.0, 3.0), IDENTITY[1])
    buffer = buffer_of(stamped("a", "b", IDENTITY, SECOND), static=(stamped("a", "c", IDENTITY),))
    buffer.set_transform(stamped("c", "b", pose, 3 * SECOND), "test")
    assert buffer.lookup_transform("c", "b", LATEST).transform.translation.z == 3.0
    assert buffer.lookup_transform("a", "b", Time(seconds=2)).transform.translation.z == 0.0


def test_each_failure_has_its_exception() -> None:
    buffer = buffer_of(static=(stamped("a", "b", IDENTITY), stamped("x", "y", IDENTITY)))
    for target, source, error in (
        ("a", "nowhere", LookupException),
        ("a", "y", ConnectivityException),
        ("", "a", InvalidArgumentException),
        ("/a", "b", InvalidArgumentException),
    ):
        with pytest.raises(error):
            buffer.lookup_transform(target, source, LATEST)
        possible, reason = buffer.can_transform(target, source, LATEST, return_debug_tuple=True)
        assert not possible
        assert reason
    assert buffer.can_transform("a", "b", LATEST, return_debug_tuple=True) == (True, "")


def test_a_loop_of_frames_is_reported() -> None:
    buffer = buffer_of(
        static=(stamped("a", "b", IDENTITY), stamped("b", "a", IDENTITY), stamped("o", "p", IDENTITY))
    )
    with pytest.raises(LookupException, match="loop"):
        buffer.lookup_transform("p", "a", LATEST)


@pytest.mark.parametrize(
    "broken",
    [
        stamped("a", "a", IDENTITY),
        stamped("", "b", IDENTITY),
        stamped("a", "", IDENTITY),
        stamped("a", "b", ((math.nan, 0.0, 0.0), IDENTITY[1])),
        stamped("a", "b", ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 0.0))),
        stamped("a", "b", ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 1.2))),
    ],
)
def test_a_transform_that_makes_no_sense_leaves_the_buffer_as_it_was(broken: TransformStamped) -> None:
    buffer = buffer_of(static=(stamped("world", "tool", IDENTITY),))
    buffer.set_transform(broken, "test")
    buffer.set_transform_static(broken, "test")
    assert not buffer.can_transform("a", "b", LATEST)
    assert buffer.can_transform("world", "tool", LATEST)


@given(st.integers(0, 2**31 - 1), st.integers(0, 10**9 - 1))
def test_stamps_of_both_time_types_mean_the_same(seconds: int, nanoseconds: int) -> None:
    msg = TimeMsg(sec=seconds, nanosec=nanoseconds)
    buffer = buffer_of(stamped("a", "b", IDENTITY, seconds * SECOND + nanoseconds))
    assert buffer.lookup_transform("a", "b", msg) == buffer.lookup_transform("a", "b", Time.from_msg(msg))


def test_clear_forgets_moving_frames_and_keeps_static_ones() -> None:
    buffer = buffer_of(stamped("a", "b", IDENTITY, SECOND), static=(stamped("a", "c", IDENTITY),))
    buffer.clear()
    assert buffer.can_transform("a", "c", LATEST)
    with pytest.raises(TransformException):
        buffer.lookup_transform("a", "b", LATEST)
    buffer.set_transform(stamped("a", "b", IDENTITY, SECOND // 2), "test")  # older than before the clear
    assert buffer.can_transform("a", "b", LATEST)


any_float = st.floats(width=64)
names = st.sampled_from(["", "/", "a", "/a", "b", "c", "d"])


@given(
    st.lists(
        st.tuples(
            names,
            names,
            st.tuples(*[any_float] * 3),
            st.tuples(*[any_float] * 4) | quaternions,
            st.booleans(),
        ),
        max_size=8,
    ),
    names,
    names,
)
def test_no_message_breaks_the_buffer(messages: list, target: str, source: str) -> None:
    buffer = Buffer()
    for index, (parent, child, translation, quaternion, static) in enumerate(messages):
        msg = stamped(parent, child, (translation, quaternion), index)
        (buffer.set_transform_static if static else buffer.set_transform)(msg, "fuzz")
    try:
        found = buffer.lookup_transform(target, source, LATEST)
    except TransformException:
        return
    turn = found.transform.rotation
    assert math.isclose(math.hypot(turn.x, turn.y, turn.z, turn.w), 1.0, rel_tol=1e-6)
