# SPDX-License-Identifier: Apache-2.0
"""The same scene in every bag, encoding and cloud layout gives the same grasp, within 1 mm and 1 degree."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from rosbags.rosbag1 import Writer as Ros1Writer
from rosbags.typesys import Stores, get_typestore
from sensor_msgs.msg import CameraInfo, CompressedImage, Image, PointCloud2, PointField
from std_msgs.msg import Header

from pinch_bags.depth_stream import find_depth_stream
from pinch_core.depth_files import write_intrinsics
from pinch_core.depth_format import DepthFormat, Rectified
from pinch_core.depth_frame import DepthFrame
from pinch_core.geometry.camera import CameraIntrinsics, DistortionModel
from pinch_core.geometry.transform import Transform
from pinch_core.testing_scene import CAMERA, best_grasp, is_expected_grasp, scene_frame, stored_as
from pinch_ros.bags import Bag, BagWriter
from pinch_ros.conversions import camera_info_from_intrinsics, depth_frame_from_messages

STAMP_NS = 1_700_000_000_000_000_000
HEADER = Header(frame_id="depth_optical")
HEADER.stamp.sec = STAMP_NS // 1_000_000_000
TOPIC, INFO_TOPIC = "/cam/depth/image_rect", "/cam/depth/camera_info"
TENTH = DepthFormat(scale=1e-4)
CLOUD_LENGTHS = {PointField.FLOAT32: "f4", PointField.FLOAT64: "f8"}


class Plans:
    """Plans each distinct frame once, because planning is seeded: equal frames have equal grasps."""

    def __init__(self) -> None:
        self._known: dict[tuple[bytes, CameraIntrinsics], Transform] = {}

    def __call__(self, frame: DepthFrame) -> Transform:
        key = (frame.depth.tobytes(), frame.intrinsics)
        if key not in self._known:
            self._known[key] = best_grasp(frame)
        return self._known[key]


@pytest.fixture(scope="module")
def plan() -> Plans:
    return Plans()


def info(p: CameraIntrinsics = CAMERA) -> CameraInfo:
    return camera_info_from_intrinsics(p, HEADER)


def image(pixels: NDArray[Any], encoding: str, *, row_padding: int = 0) -> Image:
    """An independent writer: rows with junk after each."""
    rows, columns = pixels.shape
    step = columns * pixels.itemsize + row_padding
    data = b"".join(row.tobytes() + b"\xab" * row_padding for row in pixels)
    message = Image(header=HEADER, height=rows, width=columns, encoding=encoding, step=step)
    message.is_bigendian = int(pixels.dtype.byteorder == ">")
    message.data = data
    return message


def compressed(encoding: str, codec: str) -> CompressedImage:
    """As compressed_depth_image_transport sends it; metres as codes of their inverse."""
    a, b = 0.0, 0.0
    codes = stored_as("u2", 1e3)
    if encoding == "32FC1":
        a = 100.0 * (100.0 / 10.0 + 1)
        b = 1.0 - a / 10.0
        codes = np.rint(a / scene_frame().depth + b).astype(np.uint16)
    head = struct.pack("<iff", 0 if encoding == "16UC1" else 1, a, b)
    if codec == "rvl":
        body = struct.pack("<ii", codes.shape[1], codes.shape[0]) + rvl(codes.ravel().tolist())
    else:
        body = cv2.imencode(".png", codes)[1].tobytes()
    message = CompressedImage(header=HEADER, format=f"{encoding}; compressedDepth {codec}")
    message.data = head + body
    return message


def rvl(pixels: list[int]) -> bytes:
    """Wilson 2017, for an image without zeros: one run of differences to the pixel before."""
    halves: list[int] = []

    def put(number: int) -> None:
        while True:
            halves.append((number & 7) | (8 if number > 7 else 0))
            number >>= 3
            if not number:
                return

    put(0)
    put(len(pixels))
    for before, value in zip([0, *pixels], pixels, strict=False):
        step = value - before
        put(2 * step if step >= 0 else -2 * step - 1)
    halves += [0] * (-len(halves) % 8)
    words = (sum(half << shift for half, shift in zip(halves[at : at + 8], range(28, -1, -4), strict=True))
             for at in range(0, len(halves), 8))  # fmt: skip
    return b"".join(struct.pack("<I", word) for word in words)


def encodings() -> dict[str, tuple[Image | CompressedImage, DepthFormat]]:
    millimetres, tenths = stored_as("u2", 1e3), stored_as("u2", 1e4)
    return {
        "16UC1": (image(millimetres, "16UC1"), DepthFormat()),
        "16UC1, big-endian": (image(millimetres.astype(">u2"), "16UC1"), DepthFormat()),
        "16UC1, padded rows": (image(millimetres, "16UC1", row_padding=6), DepthFormat()),
        "16UC1 of 0.1 mm": (image(tenths, "16UC1"), TENTH),
        "mono16 of 0.1 mm": (image(tenths, "mono16"), TENTH),
        "16SC1": (image(stored_as("i2", 1e3), "16SC1"), DepthFormat()),
        "32FC1": (image(stored_as("f4", 1.0), "32FC1"), DepthFormat()),
        "32FC1, big-endian": (image(stored_as(">f4", 1.0), "32FC1"), DepthFormat()),
        "32FC1, padded rows": (image(stored_as("f4", 1.0), "32FC1", row_padding=8), DepthFormat()),
        "32FC1 of millimetres": (image(stored_as("f4", 1e3), "32FC1"), DepthFormat(scale=1e-3)),
        "64FC1": (image(stored_as("f8", 1.0), "64FC1"), DepthFormat()),
        "compressedDepth png": (compressed("16UC1", "png"), DepthFormat()),
        "compressedDepth rvl": (compressed("16UC1", "rvl"), DepthFormat()),
    }


@pytest.mark.parametrize("name", encodings())
def test_every_encoding_of_an_image_gives_the_same_grasp(name: str, plan: Plans) -> None:
    message, depth_format = encodings()[name]
    frame = depth_frame_from_messages(message, info(), depth_format, topic=TOPIC)
    np.testing.assert_allclose(frame.depth, scene_frame().depth, atol=1e-6)
    assert is_expected_grasp(plan(frame))


@pytest.mark.parametrize("codec", ["png", "rvl"])
def test_compressed_metres_are_as_exact_as_their_codes(codec: str) -> None:
    """Codes of inverse depth are a millimetre apart here, so edges and grasps may move by a pixel."""
    frame = depth_frame_from_messages(compressed("32FC1", codec), info(), topic=TOPIC)
    np.testing.assert_allclose(frame.depth, scene_frame().depth, atol=0.3e-3)


def cloud(
    *,
    kind: int = PointField.FLOAT32,
    order: str = "<",
    between: int = 0,
    row_padding: int = 0,
    extra: bool = False,
    names: str = "xyz",
) -> PointCloud2:
    """The scene as an organised cloud: an independent writer of all that a layout may vary."""
    points = scene_frame().points()
    fields: list[tuple[str, str]] = []
    for name in names:
        fields.append((name, order + CLOUD_LENGTHS[kind]))
        if between:
            fields.append((f"junk_{name}", f"V{between}"))
    if extra:
        fields += [("intensity", order + "f4"), ("rgb", order + "u4"), ("ring", order + "u2")]
    layout = np.dtype(fields)
    records = np.zeros(points.shape[:2], layout)
    for axis, name in enumerate("xyz"):
        records[name] = points[..., axis]
    message = PointCloud2(header=HEADER, height=points.shape[0], width=points.shape[1])
    codes = {
        "f4": PointField.FLOAT32,
        "f8": PointField.FLOAT64,
        "u4": PointField.UINT32,
        "u2": PointField.UINT16,
    }
    offsets = dict(layout.fields or {})
    message.fields = [
        PointField(name=name, offset=offsets[name][1], datatype=codes[text[-2:]], count=1)
        for name, text in fields
        if not name.startswith("junk")
    ]
    message.is_bigendian = order == ">"
    message.point_step = layout.itemsize
    message.row_step = layout.itemsize * points.shape[1] + row_padding
    message.data = b"".join(row.tobytes() + b"\xab" * row_padding for row in records)
    return message


def clouds() -> dict[str, PointCloud2]:
    return {
        "x, y, z": cloud(),
        "padded to 32 bytes": cloud(between=4, extra=True),
        "z, x, y": cloud(names="zxy"),
        "float64": cloud(kind=PointField.FLOAT64),
        "big-endian": cloud(order=">"),
        "big-endian, extra fields, padded rows": cloud(order=">", extra=True, row_padding=12),
        "extra fields": cloud(extra=True),
        "padded rows": cloud(row_padding=20),
    }


@pytest.mark.parametrize("name", clouds())
def test_every_layout_of_an_organised_cloud_gives_the_same_grasp(name: str, plan: Plans) -> None:
    frame = depth_frame_from_messages(clouds()[name], info(), topic="/cam/depth/points")
    np.testing.assert_allclose(frame.depth, scene_frame().depth, atol=1e-6)
    assert is_expected_grasp(plan(frame))


# Storage.

STORAGES = [
    ("bag", False),
    ("bag", True),
    ("bag.mcap", False),
    ("bag.mcap", True),
    ("bag.db3", False),
    ("bag.db3", True),
]


def write_bag(path: Path, message: Any, camera_info: CameraInfo, *, compress: bool = False) -> None:
    topic = f"{TOPIC}/compressedDepth" if isinstance(message, CompressedImage) else TOPIC
    with BagWriter(path, compress=compress) as bag:
        bag.add(INFO_TOPIC, camera_info, STAMP_NS)
        bag.add(topic, message, STAMP_NS + 1000)


def frames_of(path: Path, depth_format: DepthFormat, camera: Path | None = None) -> Iterator[DepthFrame]:
    bag = Bag(path)
    stream = find_depth_stream(bag, camera=camera, depth_format=depth_format)
    pairing = stream.pairing()
    for raw in bag.messages(bag.topics):
        found = pairing.add(raw)
        if found is not None:
            yield stream.decode(found)


@pytest.mark.parametrize(("name", "compress"), STORAGES)
@pytest.mark.parametrize("encoding", ["16UC1", "compressedDepth rvl"])
def test_every_storage_gives_the_same_grasp(
    name: str, compress: bool, encoding: str, tmp_path: Path, plan: Plans
) -> None:
    message, depth_format = encodings()[encoding]
    write_bag(tmp_path / name, message, info(), compress=compress)
    (frame,) = frames_of(tmp_path / name, depth_format)
    assert is_expected_grasp(plan(frame))


@pytest.mark.parametrize("compression", [None, *Ros1Writer.CompressionFormat])
def test_a_ros_1_bag_gives_the_same_grasp(
    compression: Ros1Writer.CompressionFormat | None, tmp_path: Path, plan: Plans
) -> None:
    """Written with the bag library's own message types, not with ours."""
    store = get_typestore(Stores.ROS1_NOETIC)
    new = store.types
    header = new["std_msgs/msg/Header"](7, new["builtin_interfaces/msg/Time"](17, 250), "depth_optical")
    pixels = stored_as("f4", 1.0)
    roi = new["sensor_msgs/msg/RegionOfInterest"](0, 0, 0, 0, False)
    matrices = (np.array(getattr(info(), name)) for name in ("d", "k", "r", "p"))
    messages = {
        TOPIC: new["sensor_msgs/msg/Image"](
            header, CAMERA.height, CAMERA.width, "32FC1", 0, 4 * CAMERA.width, pixels.view(np.uint8).ravel()
        ),
        INFO_TOPIC: new["sensor_msgs/msg/CameraInfo"](
            header, CAMERA.height, CAMERA.width, "plumb_bob", *matrices, 0, 0, roi
        ),
    }
    writer = Ros1Writer(tmp_path / "noetic.bag")
    if compression is not None:
        writer.set_compression(compression)
    with writer:
        for topic, message in messages.items():
            kind = message.__msgtype__
            connection = writer.add_connection(topic, kind, typestore=store)
            writer.write(connection, STAMP_NS, store.serialize_ros1(message, kind))
    (frame,) = frames_of(tmp_path / "noetic.bag", DepthFormat())
    assert is_expected_grasp(plan(frame))


def test_a_scale_is_said_for_bags_as_for_files(tmp_path: Path, plan: Plans) -> None:
    write_bag(tmp_path / "bag.mcap", encodings()["mono16 of 0.1 mm"][0], info())
    (frame,) = frames_of(tmp_path / "bag.mcap", TENTH)
    assert is_expected_grasp(plan(frame))


# What belongs to the raw image of this camera; P to the rectified one.
BENT = replace(
    CAMERA, fx=171.0, fy=169.0, cx=79.5, cy=59.5,
    distortion_model=DistortionModel.PLUMB_BOB, distortion=(-0.3, 0.1, 0.0, 0.0, 0.0),
)  # fmt: skip


def info_with_p() -> CameraInfo:
    message = info(BENT)
    message.p = info(CAMERA).p
    return message


def test_a_rectified_topic_is_read_with_p(tmp_path: Path, plan: Plans) -> None:
    write_bag(tmp_path / "bag.mcap", encodings()["32FC1"][0], info_with_p())
    (frame,) = frames_of(tmp_path / "bag.mcap", DepthFormat())
    assert is_expected_grasp(plan(frame))


def test_a_camera_file_in_place_of_the_camera_info_gives_the_same_grasp(tmp_path: Path, plan: Plans) -> None:
    write_bag(tmp_path / "bag.mcap", encodings()["32FC1"][0], info(replace(CAMERA, fx=99.0)))
    write_intrinsics(tmp_path / "camera.json", CAMERA)
    (frame,) = frames_of(tmp_path / "bag.mcap", DepthFormat(rectified=Rectified.NO), tmp_path / "camera.json")
    assert is_expected_grasp(plan(frame))
