# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import pytest
from rclpy.node import Node

from pinch_core.geometry.transform import Transform
from pinch_ros.bags import RecordedTransforms
from pinch_ros.conversions import transform_to_message
from pinch_ros.errors import FrameTransformError
from pinch_ros.testing import isolated_ros_domain, running
from pinch_ros.transforms import TransformLookup
from tf2_ros import StaticTransformBroadcaster, TransformBroadcaster

SECOND = 10**9
T_BASE_CAM = Transform.from_rpy((0.1, 0.2, 0.3), (0.5, 0.0, 0.7))


@pytest.fixture(scope="module")
def nodes() -> Iterator[tuple[Node, TransformLookup]]:
    with isolated_ros_domain(), running(lambda context: Node("looker", context=context)) as (node,):
        lookup = TransformLookup(node)
        StaticTransformBroadcaster(node).sendTransform(transform_to_message(T_BASE_CAM, 0, "base", "camera"))
        lookup.lookup("base", "camera", 0, timeout_s=20.0)
        yield node, lookup


def test_a_static_transform_is_known_at_every_stamp(nodes: tuple[Node, TransformLookup]) -> None:
    _, lookup = nodes
    found = lookup.lookup("base", "camera", 123 * SECOND)
    np.testing.assert_allclose(found.matrix, T_BASE_CAM.matrix, atol=1e-12)
    np.testing.assert_allclose(
        lookup.lookup("camera", "base", 0).matrix, T_BASE_CAM.inverse().matrix, atol=1e-12
    )


def test_a_frame_in_itself_needs_no_tf(nodes: tuple[Node, TransformLookup]) -> None:
    assert lookup_matrix(nodes[1], "nowhere", "nowhere") == np.eye(4).tolist()


def lookup_matrix(lookup: TransformLookup, target: str, source: str) -> list[list[float]]:
    return lookup.lookup(target, source, 0).matrix.tolist()


def test_an_unknown_frame_is_refused_after_the_wait_with_frames_stamp_and_what_is_known(
    nodes: tuple[Node, TransformLookup],
) -> None:
    started = time.monotonic()
    with pytest.raises(FrameTransformError) as refused:
        nodes[1].lookup("base", "moon", 7 * SECOND, timeout_s=0.2)
    assert 0.2 <= time.monotonic() - started < 2.0
    sentence = str(refused.value)
    for part in ("'moon'", "'base'", "7.000 s", "0.2 s", "camera"):
        assert part in sentence
    assert (refused.value.target, refused.value.source, refused.value.stamp_ns) == (
        "base",
        "moon",
        7 * SECOND,
    )


def test_a_stamp_before_time_began_is_refused(nodes: tuple[Node, TransformLookup]) -> None:
    with pytest.raises(FrameTransformError, match=r"-5\.000 s, before time began"):
        nodes[1].lookup("base", "camera", -5 * SECOND)
    with pytest.raises(FrameTransformError, match=r"-5\.000 s"):
        RecordedTransforms().lookup_at("base", "camera", -5 * SECOND)


def test_a_stamp_that_tf_has_not_reached_is_refused_with_what_it_has(
    nodes: tuple[Node, TransformLookup],
) -> None:
    node, lookup = nodes
    broadcaster = TransformBroadcaster(node)
    for second in (10, 12):
        moved = Transform.from_rpy((0.0, 0.0, 0.0), (float(second), 0.0, 0.0))
        broadcaster.sendTransform(transform_to_message(moved, second * SECOND, "base", "arm"))
    # In between it is interpolated; the wait is for the messages on their way.
    at_11 = lookup.lookup("base", "arm", 11 * SECOND, timeout_s=20.0)
    np.testing.assert_allclose(at_11.translation, (11.0, 0.0, 0.0))
    with pytest.raises(FrameTransformError, match=r"12\.000"):
        lookup.lookup("base", "arm", 20 * SECOND, timeout_s=0.05)
