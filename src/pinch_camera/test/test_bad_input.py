# SPDX-License-Identifier: Apache-2.0
"""What a driver or a recording can do wrong: each has its sentence in diagnostics, and the node lives on."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from camera_listener import Listener, camera
from camera_recordings import CAMERA, depth_of, number_of, write_bag, write_folder
from diagnostic_msgs.msg import DiagnosticStatus
from rclpy.parameter import Parameter
from rosbags.rosbag2 import StoragePlugin
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Header

from pinch_camera.node import CameraNodeConfig
from pinch_ros.conversions import (
    camera_info_from_intrinsics,
    depth_array_from_message,
    ns_to_stamp,
    pixels_to_message,
    stamp_to_ns,
)
from pinch_ros.diagnostics import PERIOD_S
from pinch_ros.testing import isolated_ros_domain, running, wait_until


# One a test: what a node leaves behind in DDS must not be taken for a part of the next one.
@pytest.fixture(autouse=True)
def domain() -> Iterator[None]:
    with isolated_ros_domain():
        yield


def exposure(number: int) -> tuple[Image, CameraInfo]:
    header = Header(stamp=ns_to_stamp((number + 1) * 1_000_000_000), frame_id="optical")
    image = pixels_to_message(depth_of(number), "32FC1", header)
    return image, camera_info_from_intrinsics(CAMERA, header)


def truncated(image: Image, info: CameraInfo) -> None:
    image.data = image.data[:-3]


def nan_intrinsics(image: Image, info: CameraInfo) -> None:
    info.k[0] = info.p[0] = float("nan")


def zero_focal_length(image: Image, info: CameraInfo) -> None:
    info.k[0] = info.p[0] = 0.0


def another_size(image: Image, info: CameraInfo) -> None:
    info.width, info.height = 16, 12


def unknown_encoding(image: Image, info: CameraInfo) -> None:
    image.encoding = "24UC1"


def region_outside(image: Image, info: CameraInfo) -> None:
    info.roi.x_offset, info.roi.width, info.roi.height = 5, 8, 6


FAULTS = {
    truncated: "it was truncated on its way.",
    nan_intrinsics: "nan",
    zero_focal_length: "fx = 0",
    another_size: "is 8 x 6 but its intrinsics are for 16 x 12",
    unknown_encoding: "the encoding '24UC1'",
    region_outside: "the region of interest is 8 x 6 at (5, 0)",
}


def test_what_a_driver_sends_wrong_has_its_sentence_and_the_next_good_frame_passes() -> None:
    make = camera(
        source="relay",
        relay__image_topic="/driver/depth/image",
        relay__info_topic="/driver/depth/camera_info",
        stall_timeout=100.0,
    )
    number, spoilt = 0, set[int]()
    with running(make, Listener) as (_, listener):

        def drive(spoil: Any = None) -> None:
            """Every exposure with a stamp of its own, as a stale one would be dropped unread."""
            nonlocal number
            image, info = exposure(number)
            number += 1
            if spoil is not None:
                spoil(image, info)
                spoilt.add(image.header.stamp.sec)
            wait_until(listener.driver_image.get_subscription_count, "the relay's subscription")
            wait_until(listener.driver_info.get_subscription_count, "the relay's subscription")
            listener.driver_info.publish(info)
            listener.driver_image.publish(image)

        for spoil, says in FAULTS.items():

            def told(spoil: Any = spoil, says: str = says) -> bool:
                drive(spoil)
                return any(
                    says in s.message and "/driver/depth/" in s.message and s.message.endswith(".")
                    for s in listener.statuses
                )

            def passed() -> bool:
                drive()
                return bool(listener.images)

            wait_until(told, f"the sentence for {spoil.__name__}")
            listener.images.clear()
            wait_until(passed, f"a good frame after {spoil.__name__}")
        assert not spoilt & {image.header.stamp.sec for image in listener.images}


def replay(path: Path, **parameters: Any) -> Any:
    return camera(source="replay", replay__path=str(path), **parameters)


def test_a_bag_in_a_loop_with_its_own_stamps_goes_back_in_time_and_plays_on(tmp_path: Path) -> None:
    bag = write_bag(tmp_path / "bag", 6, StoragePlugin.MCAP)
    with running(replay(bag, replay__loop=True, replay__keep_stamps=True), Listener) as (_, listener):

        def rounds() -> int:
            stamps = [stamp_to_ns(image.header.stamp) for image in list(listener.images)]
            return sum(b < a for a, b in itertools.pairwise(stamps))

        wait_until(lambda: rounds() >= 2, "a third round of the bag")


@pytest.mark.parametrize("fault", ["corrupt", "no depth topic", "empty folder"])
def test_a_recording_that_cannot_be_played_leaves_a_node_that_can_be_set_right(
    tmp_path: Path, fault: str
) -> None:
    if fault == "corrupt":
        bad = write_bag(tmp_path / "bad", 3, StoragePlugin.MCAP)
        (bad / "metadata.yaml").write_text("not: [a bag", encoding="utf-8")
        next(bad.glob("*.mcap")).write_bytes(b"\x00" * 64)
    elif fault == "no depth topic":
        bad = write_bag(tmp_path / "bad", 1, StoragePlugin.MCAP, image_topic="/cam/color/image_raw")
    else:
        bad = tmp_path / "bad"
        bad.mkdir()
    with running(replay(bad, autostart=False), Listener) as (node, listener):
        node.trigger_configure()
        assert not node.is_active
        good = write_folder(tmp_path / "good", 1)
        node.set_parameters([Parameter("replay.path", value=str(good)), Parameter("replay.loop", value=True)])
        node.trigger_configure()
        node.trigger_activate()
        wait_until(lambda: listener.images, "a frame of the recording that is right")


def test_an_unreadable_file_in_the_middle_of_a_folder_is_named_and_passed_over(tmp_path: Path) -> None:
    write_folder(tmp_path, 3)
    (tmp_path / "depth_1.npy").write_bytes(b"no array")
    with running(replay(tmp_path, replay__loop=True, replay__fps=50.0), Listener) as (_, listener):
        wait_until(
            lambda: any(
                s.level == DiagnosticStatus.WARN and "depth_1.npy" in s.message and s.message.endswith(".")
                for s in listener.statuses
            ),
            "the sentence that names the file",
        )
        listener.images.clear()
        wait_until(lambda: len(listener.images) >= 4, "frames after it")
        played = {number_of(depth_array_from_message(image)) for image in listener.images}
    assert played == {0, 2}


def test_a_stall_is_told_within_two_seconds_by_default() -> None:
    """Silence counts from the default timeout on, and diagnostics come each period."""
    assert CameraNodeConfig().stall_timeout + PERIOD_S <= 2.0
