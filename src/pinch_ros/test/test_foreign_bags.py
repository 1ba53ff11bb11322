# SPDX-License-Identifier: Apache-2.0
"""Recordings as people have them: of ROS 1, edited, split, renamed, incomplete; and what is none."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml
from rosbags.rosbag1 import Writer as Ros1Writer
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer
from rosbags.typesys import Stores, get_types_from_msg, get_typestore

from pinch_core.errors import DamagedFileError
from pinch_core.geometry.transform import Transform
from pinch_ros.bags import Bag, choose_depth_topics, raw_frames, read_static_transforms
from pinch_ros.conversions import ns_to_stamp, transform_to_message
from pinch_ros.errors import FrameTransformError, NoRecordingError

IMAGE, INFO = "/cam/depth/image", "/cam/depth/camera_info"
COUNT = 6
DEPTH = np.arange(1, 13, dtype=np.uint16).reshape(3, 4)
K = [10.0, 0.0, 2.0, 0.0, 10.0, 1.0, 0.0, 0.0, 1.0]
P = [10.0, 0.0, 2.0, 0.0, 0.0, 10.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0]


def write_ros1(path: Path, *, compression: Ros1Writer.CompressionFormat | None = None) -> Path:
    store = get_typestore(Stores.ROS1_NOETIC)
    store.register(
        get_types_from_msg("geometry_msgs/TransformStamped[] transforms", "tf2_msgs/msg/TFMessage")
    )
    new = store.types
    writer = Ros1Writer(path)
    if compression is not None:
        writer.set_compression(compression)
    with writer:
        topics = {
            name: writer.add_connection(name, kind, typestore=store)
            for name, kind in (
                (IMAGE, "sensor_msgs/msg/Image"),
                (INFO, "sensor_msgs/msg/CameraInfo"),
                ("/tf_static", "tf2_msgs/msg/TFMessage"),
            )
        }
        time_type, header_type = new["builtin_interfaces/msg/Time"], new["std_msgs/msg/Header"]
        vector = new["geometry_msgs/msg/Vector3"](1.0, 2.0, 3.0)
        pose = new["geometry_msgs/msg/Transform"](
            vector, new["geometry_msgs/msg/Quaternion"](0.0, 0.0, 0.0, 1.0)
        )
        stamped = new["geometry_msgs/msg/TransformStamped"](
            header_type(1, time_type(1, 0), "base"), "cam", pose
        )
        static = new["tf2_msgs/msg/TFMessage"]([stamped])
        writer.write(topics["/tf_static"], 1, store.serialize_ros1(static, "tf2_msgs/msg/TFMessage"))
        roi = new["sensor_msgs/msg/RegionOfInterest"](0, 0, 0, 0, False)
        for number in range(1, COUNT + 1):
            header = header_type(number, time_type(number, 0), "cam")
            image = new["sensor_msgs/msg/Image"](
                header, 3, 4, "16UC1", 0, 8, (DEPTH * number).view(np.uint8).ravel()
            )
            info = new["sensor_msgs/msg/CameraInfo"](
                header, 3, 4, "plumb_bob", np.zeros(5), np.array(K), np.eye(3).ravel(), np.array(P), 0, 0, roi
            )
            for name, message in ((INFO, info), (IMAGE, image)):
                data = store.serialize_ros1(message, message.__msgtype__)
                writer.write(topics[name], number * 1_000_000_000, data)
    return path


def write_ros2(
    path: Path, plugin: StoragePlugin, mode: CompressionMode | None = None, first: int = 1
) -> Path:
    store = get_typestore(Stores.ROS2_JAZZY)
    writer = Writer(path, version=9, storage_plugin=plugin)
    if mode is not None:
        writer.set_compression(mode, CompressionFormat.ZSTD)
    with writer:
        topic = writer.add_connection("/number", "std_msgs/msg/Int32", typestore=store)
        static = writer.add_connection("/tf_static", "tf2_msgs/msg/TFMessage", typestore=store)
        writer.write(static, first, b"\0\1\0\0" + bytes(4))
        for number in range(first, first + COUNT):
            data = store.serialize_cdr(store.types["std_msgs/msg/Int32"](number), "std_msgs/msg/Int32")
            writer.write(topic, number * 1_000_000, data)
    return path


def numbers(bag: Bag) -> list[int]:
    return [raw.decode().data for raw in bag.messages(("/number",))]


def edit(bag: Path, change: Callable[[dict], object]) -> None:
    path = bag / "metadata.yaml"
    values = yaml.safe_load(path.read_text())
    change(values["rosbag2_bagfile_information"])
    path.write_text(yaml.safe_dump(values))


def data_file(bag: Path) -> Path:
    (found,) = (file for file in bag.iterdir() if file.name != "metadata.yaml")
    return found


FORMATS = [None, Ros1Writer.CompressionFormat.BZ2, Ros1Writer.CompressionFormat.LZ4]


@pytest.mark.parametrize("compression", FORMATS)
@pytest.mark.parametrize("name", ["noetic.bag", "noetic"])
def test_a_ros_1_bag_gives_the_same_frames_whatever_its_name(
    tmp_path: Path, compression: Ros1Writer.CompressionFormat | None, name: str
) -> None:
    bag = Bag(write_ros1(tmp_path / "n.bag", compression=compression).rename(tmp_path / name))
    assert {t.name: (t.type, t.count) for t in bag.topics.values()} == {
        IMAGE: ("sensor_msgs/msg/Image", COUNT),
        INFO: ("sensor_msgs/msg/CameraInfo", COUNT),
        "/tf_static": ("tf2_msgs/msg/TFMessage", 1),
    }
    frames = list(raw_frames(bag, choose_depth_topics(bag)))
    assert [frame.stamp_ns for frame in frames] == [n * 1_000_000_000 for n in range(1, COUNT + 1)]
    for number, frame in enumerate(frames, 1):
        assert frame.image.decode().data.tobytes() == (DEPTH * number).tobytes()
        assert list(frame.info.decode().k) == K and frame.info.decode().header.frame_id == "cam"
    T_base_cam = read_static_transforms(bag).lookup("base", "cam")
    np.testing.assert_allclose(T_base_cam.matrix[:3, 3], [1.0, 2.0, 3.0])


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_ros_1_bag_that_was_cut_off_is_read_up_to_the_place(tmp_path: Path, share: float) -> None:
    path = write_ros1(tmp_path / "n.bag")
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(DamagedFileError, match=r"n\.bag was cut off: the record at byte \d+ is not whole"):
        list(Bag(path).messages((IMAGE,)))


@pytest.mark.parametrize("plugin", list(StoragePlugin))
def test_what_metadata_says_of_qos_types_and_hashes_loses_no_message(
    tmp_path: Path, plugin: StoragePlugin
) -> None:
    path = write_ros2(tmp_path / "bag", plugin)

    def change(values: dict) -> None:
        for topic in values["topics_with_message_count"]:
            about = topic["topic_metadata"]
            about |= {
                "offered_qos_profiles": [{"durability": "volatile"}],
                "type_description_hash": "RIHS01_0",
            }

    edit(path, change)
    bag = Bag(path)
    assert numbers(bag) == list(range(1, COUNT + 1)) and not bag.notes and not bag.fault
    assert len(list(bag.messages(("/tf_static",)))) == 1


@pytest.mark.parametrize("said", [COUNT - 2, COUNT + 3])
def test_counts_that_differ_are_named_and_all_is_read(tmp_path: Path, said: int) -> None:
    path = write_ros2(tmp_path / "bag", StoragePlugin.MCAP)
    edit(path, lambda values: values["topics_with_message_count"][0].update(message_count=said))
    bag = Bag(path)
    assert len(numbers(bag)) == COUNT and not bag.fault
    assert f"counts {said} messages of /number where the files hold {COUNT}" in bag.notes[0]


@pytest.mark.parametrize("said", [COUNT, COUNT + 5])
def test_a_total_that_differs_from_what_the_files_hold_is_named(tmp_path: Path, said: int) -> None:
    path = write_ros2(tmp_path / "bag", StoragePlugin.SQLITE3)
    edit(path, lambda values: values.update(message_count=said))
    (note,) = Bag(path).notes
    assert f"metadata.yaml counts {said} messages of all topics where the files hold {COUNT + 1}; " in note


def test_a_total_is_compared_where_topics_are_not_counted(tmp_path: Path) -> None:
    path = write_ros2(tmp_path / "bag", StoragePlugin.MCAP)
    edit(path, lambda values: values.update(message_count=3, topics_with_message_count=[]))
    (note,) = Bag(path).notes
    assert "counts 3 messages of all topics" in note


@pytest.mark.parametrize("said", [None, "many"])
def test_a_total_that_is_no_number_is_passed_over(tmp_path: Path, said: object) -> None:
    path = write_ros2(tmp_path / "bag", StoragePlugin.MCAP)
    edit(path, lambda values: values.update(message_count=said))
    assert not Bag(path).notes


def split(tmp_path: Path, plugin: StoragePlugin) -> Path:
    """A bag of three files."""
    parts = [write_ros2(tmp_path / f"part_{n}", plugin, first=1 + n * COUNT) for n in range(3)]
    names = []
    for number, part in enumerate(parts):
        ending = data_file(part).suffix
        names.append(f"bag_{number}{ending}")
        shutil.move(data_file(part), parts[0].parent / names[-1])
    bag = tmp_path / "bag"
    bag.mkdir()
    for name in names:
        shutil.move(tmp_path / name, bag / name)
    shutil.move(parts[0] / "metadata.yaml", bag)

    def change(values: dict) -> None:
        values["relative_file_paths"] = names
        for topic, count in zip(values["topics_with_message_count"], (3 * COUNT, 3), strict=True):
            topic["message_count"] = count
        values["message_count"] = 3 * COUNT + 3

    edit(bag, change)
    return bag


@pytest.mark.parametrize("plugin", list(StoragePlugin))
def test_a_split_bag_is_read_whole_and_a_missing_part_is_a_fault(
    tmp_path: Path, plugin: StoragePlugin
) -> None:
    path = split(tmp_path, plugin)
    bag = Bag(path)
    assert numbers(bag) == list(range(1, 3 * COUNT + 1)) and not bag.notes and not bag.fault
    (lost,) = path.glob("bag_1.*")
    lost.unlink()
    bag = Bag(path)
    assert numbers(bag) == [*range(1, COUNT + 1), *range(2 * COUNT + 1, 3 * COUNT + 1)]
    assert re.search(rf"names 3 files, of which {lost.name} is missing", bag.fault)
    (path / "metadata.yaml").unlink()
    assert not Bag(path).fault


def test_a_part_that_a_killed_recorder_did_not_list_is_read_and_another_bag_is_not(tmp_path: Path) -> None:
    path = split(tmp_path, StoragePlugin.MCAP)
    edit(path, lambda values: values["relative_file_paths"].pop())
    shutil.copy(path / "bag_0.mcap", path / "other.mcap")
    bag = Bag(path)
    assert numbers(bag) == list(range(1, 3 * COUNT + 1))
    assert "bag_2.mcap is not named in metadata.yaml; it was read" in bag.notes[0]
    assert "other.mcap is not named in metadata.yaml; it was left out" in bag.notes[1]


@pytest.mark.parametrize("plugin", list(StoragePlugin))
def test_a_renamed_file_is_read_and_named(tmp_path: Path, plugin: StoragePlugin) -> None:
    path = write_ros2(tmp_path / "bag", plugin)
    data = data_file(path)
    data.rename(path / f"renamed{data.suffix}")
    bag = Bag(path)
    assert len(numbers(bag)) == COUNT and not bag.fault
    assert f"names {data.name}, which is not there; renamed{data.suffix} was read" in bag.notes[0]


@pytest.mark.parametrize("plugin", list(StoragePlugin))
@pytest.mark.parametrize("mode", [None, CompressionMode.FILE, CompressionMode.MESSAGE])
@pytest.mark.parametrize("alone", [False, True])
def test_without_metadata_a_folder_and_a_file_alone_are_read(
    tmp_path: Path, plugin: StoragePlugin, mode: CompressionMode | None, alone: bool
) -> None:
    path = write_ros2(tmp_path / "bag", plugin, mode)
    (path / "metadata.yaml").unlink()
    bag = Bag(data_file(path) if alone else path)
    assert numbers(bag) == list(range(1, COUNT + 1)) and not bag.notes and not bag.fault


def test_metadata_that_is_no_yaml_is_named_and_the_files_are_read(tmp_path: Path) -> None:
    path = write_ros2(tmp_path / "bag", StoragePlugin.MCAP)
    (path / "metadata.yaml").write_text("rosbag2_bagfile_information:\n\tversion: 9\n")
    bag = Bag(path)
    assert len(numbers(bag)) == COUNT and "metadata.yaml is not valid" in bag.notes[0]


def test_messages_in_the_write_ahead_log_of_a_killed_recorder_are_read(tmp_path: Path) -> None:
    source = data_file(write_ros2(tmp_path / "bag", StoragePlugin.SQLITE3))
    database = sqlite3.connect(source)
    database.execute("PRAGMA journal_mode = WAL")
    rows = "SELECT topic_id, timestamp + 1000000, data FROM messages WHERE timestamp = 6000000"
    database.execute(f"INSERT INTO messages (topic_id, timestamp, data) {rows}")
    database.commit()
    killed = tmp_path / "killed"
    killed.mkdir()
    for file in source.parent.glob("*.db3*"):
        shutil.copy(file, killed)
    database.close()
    before = sorted(file.name for file in killed.iterdir())
    assert len(numbers(Bag(killed))) == COUNT + 1
    assert sorted(file.name for file in killed.iterdir()) == before


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"<!DOCTYPE html><html>404</html>", "an HTML page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
        (b"\x1f\x8b\x08\0\0\0\0\0", "gunzip"),
        (b"PK\x03\x04\x14\0\0\0", "zip archive"),
        (b"\x89PNG\r\n\x1a\n", "PNG image"),
    ],
)
@pytest.mark.parametrize("name", ["a.bag", "a.mcap", "a.db3", "folder/a.mcap"])
def test_files_of_other_kinds_are_named(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    with pytest.raises(NoRecordingError, match=says):
        Bag(path if path.parent == tmp_path else path.parent)


def test_what_is_not_there_is_bad_input_and_what_is_empty_is_damaged(tmp_path: Path) -> None:
    with pytest.raises(NoRecordingError, match="does not exist"):
        Bag(tmp_path / "nowhere")
    with pytest.raises(NoRecordingError, match="holds no recording"):
        Bag(tmp_path)
    write_ros2(tmp_path / "inner", StoragePlugin.MCAP)
    with pytest.raises(NoRecordingError, match=r"folder of 1 recordings \(inner\); name one"):
        Bag(tmp_path)
    (tmp_path / "empty.bag").write_bytes(b"")
    with pytest.raises(DamagedFileError, match="empty"):
        Bag(tmp_path / "empty.bag")


def test_a_frame_below_two_parents_is_named_with_both_and_never_looked_up() -> None:
    from pinch_ros.bags import StaticTransforms

    transforms = StaticTransforms()
    for stamp_s, parent, child in ((1, "world", "base"), (2, "base", "cam"), (3, "mount", "cam")):
        stamped = transform_to_message(Transform.identity(), 0, parent, child)
        stamped.header.stamp = ns_to_stamp(stamp_s * 1_000_000_000)
        transforms.add(stamped, "/tf_static")
    with pytest.raises(FrameTransformError, match=r"'base' at 2\.000 s and 'mount' at 3\.000 s"):
        transforms.lookup("base", "cam")
    assert transforms.lookup("world", "base") is not None
    assert list(transforms.contradictions) == ["cam"]
