# SPDX-License-Identifier: Apache-2.0
"""Recordings that were cut off or damaged: everything before the fault is read, and the fault is named."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rclpy.serialization import serialize_message
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer
from rosbags.typesys import Stores, get_typestore
from sensor_msgs.msg import Image
from std_msgs.msg import Header

from pinch_core.errors import DamagedFileError
from pinch_ros.bags import Bag, RawMessage
from pinch_ros.errors import NoRecordingError

COUNT = 40
# Large enough that the messages of a file fill several chunks, or many pages of a database.
IMAGE_BYTES = 100_000


def write(
    path: Path, plugin: StoragePlugin, compression: CompressionMode | None = None, count: int = COUNT
) -> Path:
    """The storage file of a bag of images, each of which begins with its number."""
    noise = np.random.default_rng(0)
    writer = Writer(path, version=9, storage_plugin=plugin)
    if compression is not None:
        writer.set_compression(compression, CompressionFormat.ZSTD)
    with writer:
        topic = writer.add_connection(
            "/image", "sensor_msgs/msg/Image", typestore=get_typestore(Stores.ROS2_JAZZY)
        )
        for number in range(count):
            image = Image(header=Header(frame_id=f"number {number}"), data=noise.bytes(IMAGE_BYTES))
            writer.write(topic, number * 1_000_000, serialize_message(image))
    (data,) = (file for file in path.iterdir() if file.name != "metadata.yaml")
    return data


def readable(bag: Bag) -> tuple[list[RawMessage], str]:
    """What a bag gives before it fails, and what it says then."""
    found: list[RawMessage] = []
    try:
        found.extend(bag.messages(("/image",)))
    except DamagedFileError as fault:
        return found, str(fault)
    return found, ""


def cut(path: Path, size: int) -> None:
    with path.open("r+b") as file:
        file.truncate(size)


CASES = pytest.mark.parametrize(
    ("plugin", "compression"),
    [
        (StoragePlugin.MCAP, None),
        (StoragePlugin.MCAP, CompressionMode.MESSAGE),
        (StoragePlugin.MCAP, CompressionMode.FILE),
        (StoragePlugin.SQLITE3, None),
        (StoragePlugin.SQLITE3, CompressionMode.FILE),
    ],
)


@CASES
@pytest.mark.parametrize("share", [0.3, 0.75, 0.98])
def test_a_file_cut_off_gives_nearly_the_share_that_is_left(
    tmp_path: Path, plugin: StoragePlugin, compression: CompressionMode | None, share: float
) -> None:
    data = write(tmp_path / "bag", plugin, compression)
    cut(data, int(share * data.stat().st_size))
    bag = Bag(data.parent)
    found, fault = readable(bag)
    assert bag.topics["/image"].count == len(found)
    assert [raw.decode().header.frame_id for raw in found] == [f"number {n}" for n in range(len(found))]
    if compression is None:  # how many bytes each message takes is known
        assert share * COUNT - 2 <= len(found) <= share * COUNT + 1
    else:
        assert len(found) > 0
    assert str(data) in fault and "cut off" in fault
    assert f"stopped after {len(found)} messages" in fault


def test_an_mcap_without_its_footer_has_all_its_messages(tmp_path: Path) -> None:
    data = write(tmp_path / "bag", StoragePlugin.MCAP)
    cut(data, data.stat().st_size - 20)
    found, fault = readable(Bag(data))
    assert len(found) == COUNT and "cut off" in fault


@pytest.fixture(scope="module")
def whole_mcap(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("whole") / "bag", StoragePlugin.MCAP, count=8)


@settings(max_examples=60, deadline=None)
@given(share=st.floats(0.001, 0.999))
def test_wherever_an_mcap_is_cut_the_reader_says_so_and_invents_nothing(
    share: float, whole_mcap: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("cut") / "bag.mcap"
    path.write_bytes(whole_mcap.read_bytes()[: int(share * whole_mcap.stat().st_size)])
    try:
        found, fault = readable(Bag(path))
    except DamagedFileError as error:
        found, fault = [], str(error)
    is_invented = [raw.time_ns for raw in found] != [number * 1_000_000 for number in range(len(found))]
    assert fault and not is_invented


def test_the_part_of_a_compressed_chunk_before_the_cut_is_read(tmp_path: Path) -> None:
    data = write(tmp_path / "bag", StoragePlugin.MCAP, CompressionMode.STORAGE, count=8)
    cut(data, data.stat().st_size // 2)
    found, fault = readable(Bag(data))
    assert 3 <= len(found) <= 4 and "cut off" in fault


def test_a_damaged_chunk_ends_the_reading_after_those_before_it(tmp_path: Path) -> None:
    data = write(tmp_path / "bag", StoragePlugin.MCAP, CompressionMode.STORAGE)
    content = bytearray(data.read_bytes())
    # How the stream of the last chunk of messages begins; a chunk takes eleven of them.
    last = [match.start() for match in re.finditer(re.escape(bytes.fromhex("28b52ffd")), content)][3]
    content[last : last + 8] = bytes(8)
    data.write_bytes(content[:-20])
    found, fault = readable(Bag(data))
    assert len(found) == 33 and "cannot be decompressed" in fault


def test_a_folder_whose_recorder_left_no_metadata_is_read_as_it_is(tmp_path: Path) -> None:
    data = write(tmp_path / "bag", StoragePlugin.MCAP)
    (data.parent / "metadata.yaml").unlink()
    bag = Bag(data.parent)
    found, fault = readable(bag)
    assert len(found) == COUNT and fault == bag.fault == ""


@pytest.mark.parametrize("name", ["bag.mcap", "bag.db3", "bag.txt"])
def test_a_file_that_is_no_bag_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"no bag at all" * 100)
    with pytest.raises(NoRecordingError, match=f"{name} is a text file"):
        Bag(tmp_path / name)
    (tmp_path / name).write_bytes(b"\x01\x02" * 100)
    with pytest.raises(DamagedFileError, match=name):
        Bag(tmp_path / name)
