# SPDX-License-Identifier: Apache-2.0
"""A scene in a camera's own unit, with its own values for no return, is the same frame by every way in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from pinch_interfaces.action import PlanGrasps
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header

from pinch_bags.depth_stream import find_depth_stream
from pinch_camera.replay.config import ReplayConfig
from pinch_camera.replay.replay_camera import open_recording
from pinch_core.depth_files import load_frame, write_intrinsics
from pinch_core.depth_format import DepthFormat, Rectified
from pinch_core.depth_frame import DepthFrame
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_gqcnn.goal import format_in_goal
from pinch_ros.bags import Bag, BagWriter
from pinch_ros.conversions import (
    camera_info_from_intrinsics,
    depth_format_to_message,
    depth_frame_from_messages,
    ns_to_stamp,
)

CAMERA = CameraIntrinsics(64, 48, 50.0, 50.0, 31.5, 23.5)
SCALE, STAMP_NS = 1e-4, 1_700_000_000_000_000_000
FORMAT = DepthFormat(scale=SCALE, far=1.2, no_return=(12_345.0,))
COUNTS = {
    "stored as 65535": 24,
    "stored as 12345": 4,
    "zero, NaN or infinite": 5,
    "at 1.2 m or beyond": 6,
}
HEADER = Header(stamp=ns_to_stamp(STAMP_NS), frame_id="optical")


def stored() -> NDArray[np.uint16]:
    """Tenths of millimetres: a slope, a sentinel, a marker of this sensor, holes, and something far away."""
    pixels = np.rint(np.linspace(6_400, 7_200, 48 * 64)).astype(np.uint16).reshape(48, 64)
    pixels[3:9, 4:8] = 65_535
    pixels[20:22, 20:22] = 12_345
    pixels[30, :5] = 0
    pixels[40, 10:16] = np.arange(13_000, 19_000, 1_000)
    return pixels


def image(encoding: str, *, big_endian: bool = False) -> Image:
    pixels = stored()
    dtype: Any = {"32FC1": "f4", "64FC1": "f8", "32SC1": "i4"}.get(encoding, "u2")
    raw = pixels.astype(np.dtype(dtype).newbyteorder(">" if big_endian else "<"))
    message = Image(header=HEADER, height=48, width=64, encoding=encoding, is_bigendian=int(big_endian))
    message.step = 64 * raw.dtype.itemsize
    message.data = raw.tobytes()
    return message


def compressed(encoding: str) -> CompressedImage:
    message = CompressedImage(header=HEADER, format=f"{encoding}; compressedDepth png")
    message.data = bytes(12) + cv2.imencode(".png", stored())[1].tobytes()
    return message


def topic(message: Image | CompressedImage) -> DepthFrame:
    info = camera_info_from_intrinsics(CAMERA, HEADER)
    return depth_frame_from_messages(message, info, FORMAT, topic="/camera/depth/image_raw")


def goal(_: Path) -> DepthFrame:
    message = PlanGrasps.Goal(
        depth=image("16UC1"),
        camera_info=camera_info_from_intrinsics(CAMERA, HEADER),
        depth_format=depth_format_to_message(FORMAT),
    )
    depth_format = format_in_goal(message, DepthFormat(scale=1.0, rectified=Rectified.YES))
    return depth_frame_from_messages(message.depth, message.camera_info, depth_format)


def written(folder: Path, name: str, write: Callable[[Path], object]) -> tuple[Path, Path]:
    write(folder / name)
    write_intrinsics(folder / "camera.json", CAMERA)
    return folder / name, folder / "camera.json"


def file(folder: Path, name: str, dtype: str) -> DepthFrame:
    pixels = stored().astype(dtype)

    def write(path: Path) -> None:
        if path.suffix == ".npy":
            np.save(path, pixels)
        else:
            cv2.imwrite(str(path), pixels)

    return load_frame(*written(folder, name, write), FORMAT)


def camera_file_with_scale(folder: Path) -> DepthFrame:
    depth, camera = written(folder, "depth.png", lambda path: cv2.imwrite(str(path), stored()))
    camera.write_text(camera.read_text().rstrip().removesuffix("}") + ', "depth_scale": 0.1}')
    return load_frame(depth, camera, DepthFormat(far=FORMAT.far, no_return=FORMAT.no_return))


def bag(folder: Path, encoding: str = "mono16") -> Path:
    path = folder / "bag.mcap"
    with BagWriter(path) as out:
        out.add("/camera/depth/image_raw", image(encoding), STAMP_NS)
        out.add("/camera/depth/camera_info", camera_info_from_intrinsics(CAMERA, HEADER), STAMP_NS)
    return path


def replayed(path: Path) -> DepthFrame:
    (recorded,) = open_recording(ReplayConfig(path=str(path), depth_format=FORMAT))
    return recorded.load()


def replayed_folder(folder: Path) -> DepthFrame:
    written(folder, "depth_0.png", lambda path: cv2.imwrite(str(path), stored()))
    return replayed(folder)


def evaluated(path: Path) -> DepthFrame:
    read = Bag(path)
    stream = find_depth_stream(read, depth_format=FORMAT)
    pairing = stream.pairing()
    (frame,) = filter(None, (pairing.add(raw) for raw in read.messages(read.topics)))
    return stream.decode(frame)


WAYS: Mapping[str, Callable[[Path], DepthFrame]] = {
    "png": lambda folder: file(folder, "depth.png", "u2"),
    "npy": lambda folder: file(folder, "depth.npy", "u2"),
    "npy, big-endian": lambda folder: file(folder, "depth.npy", ">u2"),
    "npy, 32-bit integers": lambda folder: file(folder, "depth.npy", "i4"),
    "npy, single precision": lambda folder: file(folder, "depth.npy", "f4"),
    "npy, double precision": lambda folder: file(folder, "depth.npy", "f8"),
    "tiff": lambda folder: file(folder, "depth.tiff", "u2"),
    "tiff, single precision": lambda folder: file(folder, "depth.tif", "f4"),
    "tiff, double precision": lambda folder: file(folder, "depth.tiff", "f8"),
    "camera file with a scale": camera_file_with_scale,
    "replay of a folder": replayed_folder,
    "replay of a bag": lambda folder: replayed(bag(folder)),
    "bag": lambda folder: evaluated(bag(folder)),
    "bag of doubles": lambda folder: evaluated(bag(folder, "64FC1")),
    "goal": goal,
    "topic, 16UC1": lambda _: topic(image("16UC1")),
    "topic, mono16": lambda _: topic(image("mono16")),
    "topic, mono16, big-endian": lambda _: topic(image("mono16", big_endian=True)),
    "topic, 32SC1": lambda _: topic(image("32SC1")),
    "topic, 32FC1": lambda _: topic(image("32FC1")),
    "topic, 64FC1, big-endian": lambda _: topic(image("64FC1", big_endian=True)),
    "topic, compressed": lambda _: topic(compressed("16UC1")),
    "topic, compressed mono16": lambda _: topic(compressed("mono16")),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_in_gives_the_same_frame(tmp_path: Path, way: str) -> None:
    frame = WAYS[way](tmp_path)
    pixels = stored()
    expected = np.where((pixels == 0) | (pixels > 12_000), np.nan, pixels * SCALE)
    np.testing.assert_allclose(frame.depth, expected, rtol=1e-6)
    assert dict(frame.no_return) == COUNTS
    assert frame.intrinsics == CAMERA
    assert frame.notes == ()
