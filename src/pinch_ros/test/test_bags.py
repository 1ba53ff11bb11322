# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import sqlite3
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from rclpy.serialization import serialize_message
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer
from rosbags.typesys import Stores, get_typestore
from sensor_msgs.msg import CameraInfo, Image
from tf2_msgs.msg import TFMessage

from pinch_core.errors import DamagedFileError
from pinch_core.geometry.transform import Transform
from pinch_ros.bags import Bag, choose_depth_topics, header_stamp_ns, raw_frames, read_static_transforms
from pinch_ros.conversions import ns_to_stamp, transform_to_message
from pinch_ros.errors import FrameTransformError, NoFrameError

IMAGE, INFO = "/cam/depth/image", "/cam/depth/camera_info"
COUNT = 12
T_base_mount = Transform.from_rpy((0.1, 0.2, 0.3), (1.0, 0.0, 0.5))
T_mount_cam = Transform.from_rpy((-0.5, 0.4, 1.0), (0.0, 0.2, 0.1))
STORAGE = pytest.mark.parametrize(
    ("plugin", "compression"),
    [
        (StoragePlugin.SQLITE3, None),
        (StoragePlugin.SQLITE3, CompressionMode.FILE),
        (StoragePlugin.SQLITE3, CompressionMode.MESSAGE),
        (StoragePlugin.MCAP, None),
        (StoragePlugin.MCAP, CompressionMode.FILE),
        (StoragePlugin.MCAP, CompressionMode.MESSAGE),
    ],
)


def write(path: Path, plugin: StoragePlugin, compression: CompressionMode | None = None) -> Path:
    writer = Writer(path, version=9, storage_plugin=plugin)
    if compression is not None:
        writer.set_compression(compression, CompressionFormat.ZSTD)
    store = get_typestore(Stores.ROS2_JAZZY)
    with writer:
        images = writer.add_connection(IMAGE, "sensor_msgs/msg/Image", typestore=store)
        infos = writer.add_connection(INFO, "sensor_msgs/msg/CameraInfo", typestore=store)
        static = writer.add_connection("/tf_static", "tf2_msgs/msg/TFMessage", typestore=store)
        for parent, child, pose in (("base", "mount", T_base_mount), ("mount", "cam", T_mount_cam)):
            message = TFMessage(transforms=[transform_to_message(pose, 0, parent, child)])
            writer.write(static, 1, serialize_message(message))
        for number in range(1, COUNT + 1):
            image = Image(height=1, width=2, step=4, encoding="16UC1", data=bytes([number, 0, 0, 1]))
            info = CameraInfo(width=2, height=1)
            image.header.stamp = info.header.stamp = ns_to_stamp(number * 1_000_000)
            writer.write(infos, number * 1_000_000, serialize_message(info))
            writer.write(images, number * 1_000_000 + 5, serialize_message(image))
    return path


@STORAGE
def test_every_storage_gives_back_what_was_written(
    tmp_path: Path, plugin: StoragePlugin, compression: CompressionMode | None
) -> None:
    bag = Bag(write(tmp_path / "bag", plugin, compression))
    assert {(t.name, t.type, t.count) for t in bag.topics.values()} == {
        (IMAGE, "sensor_msgs/msg/Image", COUNT),
        (INFO, "sensor_msgs/msg/CameraInfo", COUNT),
        ("/tf_static", "tf2_msgs/msg/TFMessage", 2),
    }
    raw = list(bag.messages((IMAGE, INFO)))
    assert len(raw) == 2 * COUNT
    assert all(before.time_ns <= after.time_ns for before, after in pairwise(raw))
    pairs = list(raw_frames(bag, choose_depth_topics(bag)))
    assert [frame.image.decode().data[0] for frame in pairs] == list(range(1, COUNT + 1))
    assert all(frame.stamp_ns == header_stamp_ns(frame.info) for frame in pairs)
    np.testing.assert_allclose(
        read_static_transforms(bag).lookup("base", "cam").matrix,
        T_base_mount.matrix @ T_mount_cam.matrix,
        atol=1e-12,
    )


def test_static_transforms_invert_and_say_what_they_do_not_connect(tmp_path: Path) -> None:
    transforms = read_static_transforms(Bag(write(tmp_path / "bag", StoragePlugin.MCAP)))
    there, back = transforms.lookup("base", "cam"), transforms.lookup("/cam", "/base")
    np.testing.assert_allclose((there @ back).matrix, np.eye(4), atol=1e-12)
    with pytest.raises(
        FrameTransformError, match=r"do not connect 'elsewhere' to 'base' .*record /tf_static"
    ):
        transforms.lookup("base", "elsewhere")


def test_messages_before_the_fault_are_yielded_and_the_fault_tells_how_many(tmp_path: Path) -> None:
    path = write(tmp_path / "bag", StoragePlugin.SQLITE3, CompressionMode.MESSAGE)
    (data,) = path.glob("*.db3*")
    with sqlite3.connect(data) as database:
        database.execute("UPDATE messages SET data = x'00' WHERE timestamp = 7000005")
    seen = []
    with pytest.raises(DamagedFileError, match=r"stopped after 6 messages, the last of 0\.006 s"):
        # extend keeps what it took before the iterator raised.
        seen.extend(raw.decode().data[0] for raw in Bag(path).messages((IMAGE,)))
    assert seen == [1, 2, 3, 4, 5, 6]


def test_a_bag_without_depth_names_what_there_is(tmp_path: Path) -> None:
    bag = Bag(write(tmp_path / "bag", StoragePlugin.MCAP))
    with pytest.raises(NoFrameError, match=r"/cam/depth/image \(Image\)"):
        choose_depth_topics(bag, image="/nothing")
    with pytest.raises(NoFrameError, match="/other"):
        choose_depth_topics(bag, info="/other")
