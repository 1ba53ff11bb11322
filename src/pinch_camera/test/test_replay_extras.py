# SPDX-License-Identifier: Apache-2.0
"""What a recording brings along beside its frames: time and the camera's pose."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import pytest
from camera_listener import Listener, camera
from camera_recordings import depth_of, number_of, write_bag, write_folder
from geometry_msgs.msg import TransformStamped
from rosbags.rosbag2 import StoragePlugin
from rosgraph_msgs.msg import Clock
from tf2_msgs.msg import TFMessage

from pinch_camera.replay.config import ReplayConfig
from pinch_camera.replay.replay_camera import open_recording
from pinch_core.errors import ConfigError
from pinch_ros.conversions import depth_array_from_message, stamp_to_ns
from pinch_ros.qos import LATCHED
from pinch_ros.testing import isolated_ros_domain, running, wait_until

# Nobody waits for these at the recorded pace: the frames are 100 s apart.
SLOW_HZ = 0.01


# One a test: what a node leaves behind in DDS must not be taken for a part of the next one.
@pytest.fixture(autouse=True)
def domain() -> Iterator[None]:
    with isolated_ros_domain():
        yield


def replay(path: Path, **parameters: Any) -> Any:
    return camera(source="replay", replay__path=str(path), replay__loop=True, **parameters)


def test_speed_zero_plays_as_fast_as_frames_are_taken(tmp_path: Path) -> None:
    make = replay(write_folder(tmp_path, 3), replay__speed=0.0, replay__fps=SLOW_HZ)
    with running(make, Listener) as (_, listener):
        wait_until(
            lambda: {number_of(depth_array_from_message(i)) for i in listener.images} == {0, 1, 2},
            "every frame of a recording of minutes",
        )


def test_a_bag_brings_its_time_and_the_camera_s_pose(tmp_path: Path) -> None:
    pose = TransformStamped()
    pose.header.frame_id, pose.child_frame_id = "base", "optical"
    pose.transform.translation.z, pose.transform.rotation.w = 0.9, 1.0
    bag = write_bag(tmp_path / "bag", 4, StoragePlugin.MCAP, camera_pose=pose)
    make = replay(bag, replay__keep_stamps=True, replay__clock=True)
    with running(make, Listener) as (_, listener):
        clocks: list[Clock] = []
        transforms: list[TFMessage] = []
        listener.create_subscription(Clock, "/clock", clocks.append, 10)
        listener.create_subscription(TFMessage, "/tf_static", transforms.append, LATCHED)
        assert wait_until(lambda: transforms, "the camera's pose")[0].transforms == [pose]
        recorded = {1_700_000_000_000_000_000 + number * 10_000_000 for number in range(4)}
        wait_until(lambda: {stamp_to_ns(message.clock) for message in clocks} == recorded, "recorded time")


def test_recorded_time_needs_recorded_stamps() -> None:
    with pytest.raises(ConfigError, match=r"replay\.keep_stamps"):
        ReplayConfig(clock=True)


def test_a_folder_of_float_tiffs_plays_exactly(tmp_path: Path) -> None:
    write_folder(tmp_path, 1)
    (tmp_path / "depth_0.npy").unlink()
    cv2.imwrite(str(tmp_path / "depth_0.tiff"), depth_of(5))
    (one,) = open_recording(ReplayConfig(path=str(tmp_path)))
    assert number_of(one.load().depth) == 5
