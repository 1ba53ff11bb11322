# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pinch_interfaces.msg import Grasp, GraspArray
from rclpy.serialization import serialize_message
from rosbags.interfaces import QosDurability
from rosbags.rosbag2 import Reader
from sensor_msgs.msg import Image
from std_msgs.msg import Header

from pinch_core.errors import DamagedFileError, OutputError
from pinch_core.geometry.transform import Transform
from pinch_ros.bags import (
    Bag,
    BagWriter,
    RawMessage,
    RecordedTransforms,
    header_frame_id,
    header_stamp_ns,
)
from pinch_ros.bags.writer import UNFINISHED
from pinch_ros.conversions import ns_to_stamp, transform_to_message
from pinch_ros.errors import FrameTransformError, UnknownMessageTypeError

NAMES = pytest.mark.parametrize("name", ["bag.mcap", "bag.db3", "bag"])


def plan(number: int) -> GraspArray:
    return GraspArray(header=Header(frame_id="cam"), grasps=[Grasp(quality=number / 8.0, source="test")])


@NAMES
@pytest.mark.parametrize("compress", [False, True])
def test_what_is_written_is_read_back_also_of_our_own_types(
    tmp_path: Path, name: str, compress: bool
) -> None:
    with BagWriter(tmp_path / name, compress=compress) as bag:
        bag.add("/plans", plan(1), 10, latched=True)
        bag.add("/image", Image(data=bytes(50_000)), 11)
        bag.add("/plans", plan(2), 12)
    read = Bag(tmp_path / name)
    assert {t.name: (t.type, t.count) for t in read.topics.values()} == {
        "/plans": ("pinch_interfaces/msg/GraspArray", 2),
        "/image": ("sensor_msgs/msg/Image", 1),
    }
    assert [raw.decode() for raw in read.messages(("/plans",))] == [plan(1), plan(2)]
    assert sorted(path.name for path in tmp_path.iterdir()) == [name]
    stored = sum(
        path.stat().st_size for path in (tmp_path / name, *(tmp_path / name).glob("*")) if path.is_file()
    )
    assert (stored < 40_000) == compress


def test_a_recording_says_who_comes_late_gets_latched_messages(tmp_path: Path) -> None:
    with BagWriter(tmp_path / "bag.mcap") as bag:
        bag.add("/plans", plan(1), 10, latched=True)
    with Reader(tmp_path / "bag.mcap") as reader:
        (connection,) = reader.connections
        (qos,) = connection.ext.offered_qos_profiles
        assert qos.durability is QosDurability.TRANSIENT_LOCAL


@NAMES
def test_an_error_while_recording_leaves_a_whole_recording(tmp_path: Path, name: str) -> None:
    def interrupted() -> None:
        with BagWriter(tmp_path / name) as bag:
            bag.add("/plans", plan(1), 10)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    read = Bag(tmp_path / name)
    assert read.fault == "" and [raw.decode() for raw in read.messages(("/plans",))] == [plan(1)]


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "bag.mcap").write_bytes(b"precious")
    with pytest.raises(OutputError, match=r"bag\.mcap exists already"):
        BagWriter(tmp_path / "bag.mcap")
    assert (tmp_path / "bag.mcap").read_bytes() == b"precious"


def test_what_a_killed_recorder_leaves_can_be_read(tmp_path: Path) -> None:
    bag = BagWriter(tmp_path / "bag.mcap")
    bag.__enter__()
    for number in range(5):
        bag.add("/image", Image(header=Header(frame_id=str(number)), data=bytes(1 << 20)), number)
    left = Bag(tmp_path / f"bag.mcap{UNFINISHED}")
    found: list[RawMessage] = []
    with pytest.raises(DamagedFileError, match="cut off"):
        found.extend(left.messages(("/image",)))
    assert [header_frame_id(raw) for raw in found] == [str(number) for number in range(len(found))] != []
    bag.__exit__(None, None, None)


def test_a_type_that_is_not_installed_is_named(tmp_path: Path) -> None:
    with (
        BagWriter(tmp_path / "bag.mcap") as bag,
        pytest.raises(UnknownMessageTypeError, match="nowhere_msgs"),
    ):
        bag.add_raw("/x", "nowhere_msgs/msg/Nothing", b"", 0)


@settings(deadline=None)
@given(
    stamp_ns=st.integers(0, 2**31 * 10**9 - 1),
    frame=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40),
)
def test_stamp_and_frame_are_read_without_decoding(stamp_ns: int, frame: str) -> None:
    image = Image(header=Header(stamp=ns_to_stamp(stamp_ns), frame_id=frame), data=b"abc")
    raw = RawMessage("/image", "sensor_msgs/msg/Image", 0, serialize_message(image), "here")
    assert (header_stamp_ns(raw), header_frame_id(raw)) == (stamp_ns, frame)


def test_a_message_without_a_header_is_damage() -> None:
    raw = RawMessage("/image", "sensor_msgs/msg/Image", 0, b"\0\1\0\0", "here")
    with pytest.raises(DamagedFileError, match="here: a message of 4 bytes"):
        header_stamp_ns(raw)


def test_a_moving_frame_is_known_between_its_stamps_only() -> None:
    transforms = RecordedTransforms()
    fixed, moving = Transform.from_rpy((0.1, 0.2, 0.3), (1.0, 0.0, 0.5)), 0.4
    transforms.add(transform_to_message(fixed, 0, "hand", "camera"), "here")
    for second in (1, 2):
        pose = Transform.from_rpy((0.0, 0.0, 0.0), (moving * second, 0.0, 0.0))
        transforms.add_moving(transform_to_message(pose, second * 10**9, "base", "hand"), "here")
    found = transforms.lookup_at("base", "camera", 1_500_000_000)
    assert found.translation[0] == pytest.approx(1.5 * moving + 1.0)
    assert transforms.chain("camera") == ["camera", "hand", "base"]
    with pytest.raises(FrameTransformError, match="--camera-pose"):
        transforms.lookup_at("base", "camera", 3_000_000_000)
