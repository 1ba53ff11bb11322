# SPDX-License-Identifier: Apache-2.0
"""Attempts in a ROS 2 bag: depth images, grasps as they are tried, and after each whether it held.

Read without ROS. Messages are what the bag defines them to be, so bags of older releases are read as they
were meant. Where a bag has no definitions, those of ROS 2 Jazzy and the installed pinch_interfaces stand in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rosbags.interfaces import Connection, MessageDefinitionFormat
from rosbags.rosbag2 import Reader
from rosbags.typesys import Stores, get_types_from_idl, get_types_from_msg, get_typestore
from rosbags.typesys.store import Typestore

from pinch_core.calibrated_depth import DepthSource, calibrated_frame
from pinch_core.calibration import calibration_from_camera_info
from pinch_core.depth_format import DepthFormat, Rectified
from pinch_core.errors import PinchError, UnknownNameError
from pinch_core.perception.crop import CropShape
from pinch_core.resources import find_shared_file
from pinch_training.attempts.attempts import Attempt, Attempts, cut, located, shape_of_crops
from pinch_training.attempts.topics import GRASP, AttemptTopics
from pinch_training.errors import AttemptsError, DamagedAttemptsError

# A Grasp and what it is made of, beside the common messages.
_OWN_TYPES = (GRASP, "pinch_interfaces/msg/GripperTranslation")
DEPTH_TYPES: Mapping[str, np.dtype[Any]] = MappingProxyType(
    {
        "32FC1": np.dtype(np.float32),
        "64FC1": np.dtype(np.float64),
        "16UC1": np.dtype(np.uint16),
        "16SC1": np.dtype(np.int16),
        "32SC1": np.dtype(np.int32),
    }
)


@dataclass(frozen=True, eq=False)
class TriedGrasp:
    """A grasp in the image of its stamp [ns], and whether it held; see Grasp.msg for the rest."""

    number: int
    stamp_ns: int
    column: float
    row: float
    angle: float
    depth: float
    success: bool


def read_bag(
    path: Path, crop_size: int, topics: AttemptTopics, depth_format: DepthFormat | None = None
) -> Attempts:
    """Attempts of a bag; see docs/finetune.md for what has to be recorded.

    Args:
        path: folder of the bag, or a data file in it.
        crop_size: side of the crops wanted [px].
        depth_format: how the depth images are to be read.

    Raises:
        AttemptsError: a topic or the image of a grasp is missing, or a value is impossible.
        DamagedAttemptsError: the bag is truncated or corrupt.
    """
    if not path.exists():
        raise AttemptsError(f"{path} does not exist; give a CSV file or the folder of a bag.")
    # rosbag2 bags are folders; naming the data file inside one means the bag.
    path = path.parent if path.is_file() and (path.parent / "metadata.yaml").is_file() else path
    shape = shape_of_crops(crop_size)
    with _Opened(path) as bag:
        topics = topics.found(bag.types, str(path))
        tried, notes = _tried(bag, topics)
        crops = dict(_crops(bag, topics, tried, shape, depth_format or DepthFormat()))
    for one in tried:
        if one.number not in crops:
            raise AttemptsError(
                f"{path}, attempt {one.number}: there is no image on {topics.depth} with camera info on "
                f"{topics.camera_info} of the grasp's stamp {_seconds(one.stamp_ns)}; record the images that "
                "grasps are planned on."
            )
    return Attempts.of(str(path), [Attempt(crops[t.number], t.depth, t.success) for t in tried], notes)


def _tried(bag: _Opened, topics: AttemptTopics) -> tuple[list[TriedGrasp], tuple[str, ...]]:
    """In the order of the bag: an outcome belongs to the last grasp before it."""
    tried: list[TriedGrasp] = []
    grasp: Any = None
    without_outcome = without_grasp = 0
    for topic, message in bag.messages(topics.grasp, topics.outcome):
        if topic == topics.grasp:
            without_outcome += grasp is not None
            grasp = message
        elif grasp is None:
            without_grasp += 1
        else:
            tried.append(_tried_grasp(grasp, bool(message.data), len(tried) + 1))
            grasp = None
    without_outcome += grasp is not None
    notes = {
        f"{without_outcome} grasps without an outcome are left out.": without_outcome,
        f"{without_grasp} outcomes without a grasp are left out.": without_grasp,
    }
    return tried, tuple(note for note, count in notes.items() if count)


def _tried_grasp(grasp: Any, success: bool, number: int) -> TriedGrasp:
    column, row = (float(value) for value in grasp.center_px)
    stamp = _stamp_ns(grasp)
    return TriedGrasp(number, stamp, column, row, float(grasp.angle), float(grasp.depth), success)


def _crops(
    bag: _Opened,
    topics: AttemptTopics,
    tried: list[TriedGrasp],
    shape: CropShape,
    depth_format: DepthFormat,
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Number and crop of each grasp whose image is there, an image at a time."""
    grasps: dict[int, list[TriedGrasp]] = {}
    for one in tried:
        grasps.setdefault(one.stamp_ns, []).append(one)
    cameras = {
        _stamp_ns(info): info for _, info in bag.messages(topics.camera_info) if _stamp_ns(info) in grasps
    }
    for _, image in bag.messages(topics.depth):
        stamp = _stamp_ns(image)
        if stamp not in grasps or stamp not in cameras:
            continue
        here = grasps.pop(stamp)
        where = f"{bag.path}, attempt {here[0].number}"
        try:
            calibration = calibration_from_camera_info(cameras[stamp], topics.camera_info)
            source = DepthSource(f"{where}, {topics.depth}", topics.camera_info, topics.depth, Rectified.YES)
            pixels = _pixels(image, scale_is_given=bool(depth_format.scale))
            # Grasps are planned on rectified images, and raw images are rectified before.
            frame = calibrated_frame(pixels, calibration, depth_format, source).rectified()
            for one in here:
                where = f"{bag.path}, attempt {one.number}"
                yield one.number, cut(frame, one.column, one.row, one.angle, one.depth, shape, where)
        except PinchError as error:
            raise AttemptsError(located(error, where)) from error


def _pixels(image: Any, *, scale_is_given: bool) -> NDArray[np.generic]:
    """As stored, in native byte order."""
    encoding = "16UC1" if image.encoding == "mono16" and scale_is_given else image.encoding
    height, width, step = int(image.height), int(image.width), int(image.step)
    if encoding not in DEPTH_TYPES:
        hint = ", or mono16 with depth_format.scale" if encoding == "mono16" else ""
        raise AttemptsError(
            f"the image has the encoding '{encoding}'; depth is 32FC1 (metres) or 16UC1 (millimetres){hint}."
        )
    dtype = DEPTH_TYPES[encoding].newbyteorder(">" if image.is_bigendian else "<")
    data = np.asarray(image.data, np.uint8)
    if width == 0 or height == 0 or step < width * dtype.itemsize or len(data) < step * height:
        raise AttemptsError(
            f"the image of {width} x {height} pixels with {step} bytes a row holds {len(data)} bytes; record "
            "it again."
        )
    rows = data[: step * height].reshape(height, step)[:, : width * dtype.itemsize]
    return np.asarray(np.ascontiguousarray(rows).view(dtype), DEPTH_TYPES[encoding])


def _stamp_ns(message: Any) -> int:
    stamp = message.header.stamp
    return int(stamp.sec) * 1_000_000_000 + int(stamp.nanosec)


def _seconds(stamp_ns: int) -> str:
    return f"{stamp_ns // 1_000_000_000}.{stamp_ns % 1_000_000_000:09d}"


class _Opened:
    """An open bag. Whatever a damaged file makes the bag library raise becomes one DamagedAttemptsError."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> _Opened:
        try:
            self._reader = Reader(self.path)
            self._reader.open()
        except Exception as error:
            raise self._damaged(error) from error
        self.types = {connection.topic: connection.msgtype for connection in self._reader.connections}
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._reader.close()
        if isinstance(error, Exception) and not isinstance(error, PinchError):
            raise self._damaged(error) from error

    def messages(self, *topics: str) -> Iterator[tuple[str, Any]]:
        """Topic and message, in the order of the bag."""
        wanted = [connection for connection in self._reader.connections if connection.topic in topics]
        stores = {connection.id: _types_of(connection, str(self.path)) for connection in wanted}
        if wanted:  # none would mean all
            for connection, _, data in self._reader.messages(connections=wanted):
                yield connection.topic, stores[connection.id].deserialize_cdr(data, connection.msgtype)

    def _damaged(self, error: Exception) -> DamagedAttemptsError:
        reason = " ".join(str(error).split()).rstrip(".") or type(error).__name__
        return DamagedAttemptsError(
            f"{self.path} cannot be read as a bag of attempts ({reason}); record it again or repair it "
            "with ros2 bag reindex."
        )


def _types_of(connection: Connection, where: str) -> Typestore:
    """The type of a topic and those that it is made of, as the bag defines them."""
    encoding, text = connection.msgdef
    if encoding is MessageDefinitionFormat.NONE:
        return _installed_types(where)
    store = get_typestore(Stores.EMPTY)
    is_idl = encoding is MessageDefinitionFormat.IDL
    store.register(get_types_from_idl(text) if is_idl else get_types_from_msg(text, connection.msgtype))
    return store


def _installed_types(where: str) -> Typestore:
    store = get_typestore(Stores.ROS2_JAZZY)
    for name in _OWN_TYPES:
        try:
            text = find_shared_file(f"{name}.msg").read_text(encoding="utf-8")
        except UnknownNameError as error:
            raise AttemptsError(
                f"{where} does not define {GRASP}, and pinch_interfaces is not installed; build the "
                "workspace or record the bag again."
            ) from error
        store.register(get_types_from_msg(text, name))
    return store
