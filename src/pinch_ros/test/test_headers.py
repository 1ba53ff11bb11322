# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from sensor_msgs.msg import CameraInfo
from std_msgs.msg import Header

from pinch_ros.conversions import header_warnings, ns_to_stamp


def header(frame_id: str, stamp_ns: int) -> Header:
    return Header(stamp=ns_to_stamp(stamp_ns), frame_id=frame_id)


def test_headers_that_agree_or_say_nothing_are_not_told() -> None:
    for info in (header("depth", 5_000_000_000), header("", 0)):
        assert header_warnings(header("depth", 5_000_000_000), CameraInfo(header=info)) == ()


def test_the_frame_of_another_sensor_is_told() -> None:
    (told,) = header_warnings(header("depth", 5), CameraInfo(header=header("colour", 5)))
    assert "'depth'" in told and "'colour'" in told


def test_stamps_apart_are_told_in_milliseconds() -> None:
    info = CameraInfo(header=header("depth", 5_001_000_000))
    (told,) = header_warnings(header("depth", 5_000_000_000), info)
    assert "1 ms after the depth image" in told
