# SPDX-License-Identifier: Apache-2.0
"""Attempts as a robot might record them, written for the tests."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.typesys import Stores, get_types_from_msg, get_typestore

from pinch_core.resources import find_shared_file

WIDTH, HEIGHT, FOCAL = 160, 120, 150.0
START_NS = 1_700_000_000_000_000_000
DEPTH, INFO, GRASP, OUTCOME = (
    "/cam/depth/image_rect",
    "/cam/depth/camera_info",
    "/attempt/grasp",
    "/attempt/held",
)


@dataclass(frozen=True)
class Scene:
    """A depth image Float32[H, W] [m] and a grasp in it, with its outcome."""

    image: NDArray[np.float32]
    column: float
    row: float
    angle: float
    depth: float
    success: bool


def scenes(count: int, seed: int = 0) -> list[Scene]:
    """A slope with a bar and a hole in it, a grasp anywhere near the middle."""
    rng = np.random.default_rng(seed)
    made = []
    for number in range(count):
        rows, columns = np.indices((HEIGHT, WIDTH), dtype=np.float32)
        image = (0.7 + 1e-4 * columns + 2e-4 * rows).astype(np.float32)
        image[50:60, 40:120] -= 0.04
        image[number, :10] = np.nan
        column, row = rng.uniform((60, 50), (100, 70))
        made.append(
            Scene(image, column, row, rng.uniform(-1.5, 1.5), rng.uniform(0.65, 0.72), number % 3 == 0)
        )
    return made


def write_table(path: Path, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)
    return path


def write_images(folder: Path, made: Sequence[Scene]) -> Path:
    """attempts.csv beside its depth images."""
    rows = []
    for number, one in enumerate(made):
        np.save(folder / f"depth_{number}.npy", one.image)
        rows.append((f"depth_{number}.npy", one.column, one.row, one.angle, one.depth, int(one.success)))
    return write_table(folder / "attempts.csv", ("image", "column", "row", "angle", "depth", "outcome"), rows)


def write_crops(
    folder: Path,
    crops: NDArray[np.float32],
    depths: NDArray[np.float32],
    successes: NDArray[np.bool_],
    objects: Sequence[str] | None = None,
) -> Path:
    """attempts.csv beside its crops."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for number, (crop, depth, success) in enumerate(zip(crops, depths, successes, strict=True)):
        np.save(folder / f"crop_{number}.npy", crop)
        named = () if objects is None else (objects[number],)
        rows.append((f"crop_{number}.npy", float(depth), "success" if success else "failure", *named))
    columns = ("crop", "depth", "outcome", *(() if objects is None else ("object",)))
    return write_table(folder / "attempts.csv", columns, rows)


class BagWriter:
    """Writes messages a millisecond apart, in the order they come."""

    def __init__(self, path: Path, plugin: StoragePlugin, topics: Mapping[str, str]) -> None:
        self._store = get_typestore(Stores.ROS2_JAZZY)
        for kind in ("pinch_interfaces/msg/GripperTranslation", "pinch_interfaces/msg/Grasp"):
            self._store.register(get_types_from_msg(find_shared_file(f"{kind}.msg").read_text(), kind))
        self._writer = Writer(path, version=9, storage_plugin=plugin)
        self._writer.open()
        self._connections = {
            topic: self._writer.add_connection(topic, kind, typestore=self._store)
            for topic, kind in topics.items()
        }
        self._time_ns = START_NS

    def __enter__(self) -> BagWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()

    def write(self, topic: str, message: Any) -> None:
        connection = self._connections[topic]
        self._time_ns += 1_000_000
        self._writer.write(
            connection, self._time_ns, self._store.serialize_cdr(message, connection.msgtype).tobytes()
        )

    def type(self, name: str) -> Any:
        return self._store.types[name]

    def header(self, stamp_ns: int) -> Any:
        time = self.type("builtin_interfaces/msg/Time")(stamp_ns // 10**9, stamp_ns % 10**9)
        return self.type("std_msgs/msg/Header")(time, "optical")

    def image(self, stamp_ns: int, pixels: NDArray[np.generic], encoding: str = "32FC1") -> Any:
        height, width = pixels.shape
        data = np.frombuffer(pixels.tobytes(), np.uint8)
        step = width * pixels.dtype.itemsize
        big = int(pixels.dtype.byteorder == ">")
        return self.type("sensor_msgs/msg/Image")(
            self.header(stamp_ns), height, width, encoding, big, step, data
        )

    def info(self, stamp_ns: int, width: int = WIDTH, height: int = HEIGHT) -> Any:
        k = [FOCAL, 0, width / 2, 0, FOCAL, height / 2, 0, 0, 1]
        p = [FOCAL, 0, width / 2, 0, 0, FOCAL, height / 2, 0, 0, 0, 1, 0]
        region = self.type("sensor_msgs/msg/RegionOfInterest")(0, 0, 0, 0, False)
        arrays = (np.array(values, np.float64) for values in ([0] * 5, k, np.eye(3).ravel(), p))
        return self.type("sensor_msgs/msg/CameraInfo")(
            self.header(stamp_ns), height, width, "plumb_bob", *arrays, 0, 0, region
        )

    def grasp(self, stamp_ns: int, scene: Scene) -> Any:
        point = self.type("geometry_msgs/msg/Point")(0.0, 0.0, scene.depth)
        turn = self.type("geometry_msgs/msg/Quaternion")(0.0, 0.0, 0.0, 1.0)
        along_z = self.type("pinch_interfaces/msg/GripperTranslation")(
            self.type("geometry_msgs/msg/Vector3")(0.0, 0.0, 1.0), 0.1
        )
        return self.type("pinch_interfaces/msg/Grasp")(
            header=self.header(stamp_ns),
            id="",
            gripper="",
            pose=self.type("geometry_msgs/msg/Pose")(point, turn),
            width=0.05,
            opening=0.06,
            approach=along_z,
            retreat=along_z,
            quality=0.5,
            center_px=np.array([scene.column, scene.row], np.float32),
            angle=scene.angle,
            depth=scene.depth,
            source="test",
        )

    def outcome(self, success: bool) -> Any:
        return self.type("std_msgs/msg/Bool")(success)


TOPICS = {
    DEPTH: "sensor_msgs/msg/Image",
    INFO: "sensor_msgs/msg/CameraInfo",
    GRASP: "pinch_interfaces/msg/Grasp",
    OUTCOME: "std_msgs/msg/Bool",
}


def stamp(number: int) -> int:
    """Of image ``number`` [ns]."""
    return START_NS + number * 100_000_000


def write_bag(
    path: Path,
    made: Sequence[Scene],
    plugin: StoragePlugin = StoragePlugin.MCAP,
    encoding: str = "32FC1",
) -> Path:
    """Every scene with its grasp and outcome, and an image before each that nothing was planned on."""
    with BagWriter(path, plugin, TOPICS) as bag:
        for number, scene in enumerate(made):
            pixels = scene.image if encoding == "32FC1" else millimetres(scene.image)
            for shown, time_ns in ((pixels[::-1], stamp(number) - 1), (pixels, stamp(number))):
                bag.write(INFO, bag.info(time_ns))
                bag.write(DEPTH, bag.image(time_ns, shown, encoding))
            bag.write(GRASP, bag.grasp(stamp(number), scene))
            bag.write(OUTCOME, bag.outcome(scene.success))
    return path


def millimetres(image: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Big-endian, 0 for no return."""
    return np.rint(np.nan_to_num(image) * 1e3).astype(">u2")
