# SPDX-License-Identifier: Apache-2.0
"""A depth topic of a rosbag2 recording, sqlite3 or mcap."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from rclpy.serialization import deserialize_message
from rosbags.rosbag2 import Reader
from sensor_msgs.msg import CameraInfo, Image

from pinch_camera.errors import NoFrameSourceError
from pinch_camera.replay.config import ReplayConfig
from pinch_camera.replay.recording import RecordedFrame
from pinch_core.depth_frame import DepthFrame
from pinch_core.errors import DamagedFileError, PinchError
from pinch_ros.conversions import depth_frame_from_messages, stamp_to_ns
from pinch_ros.exact_stamp import ExactStampMatcher

_IMAGE_TYPE, _INFO_TYPE = "sensor_msgs/msg/Image", "sensor_msgs/msg/CameraInfo"


class BagRecording:
    """Each depth image with the camera info of exactly its stamp."""

    def __init__(self, path: Path, config: ReplayConfig) -> None:
        # rosbag2 bags are folders; naming the data file inside one means the bag.
        self._path = path.parent if path.is_file() and (path.parent / "metadata.yaml").is_file() else path
        self._rectified = config.rectified
        with _Opened(self._path) as reader:
            types = {connection.topic: connection.msgtype for connection in reader.connections}
        self.image_topic = _choose_image_topic(self._path, types, config.image_topic)
        self.info_topic = config.info_topic or self.image_topic.rpartition("/")[0] + "/camera_info"
        if types.get(self.info_topic) != _INFO_TYPE:
            raise NoFrameSourceError(
                f"{self._path} has no camera info on {self.info_topic}; its topics are {_listing(types)}: "
                "set replay.info_topic."
            )

    def __iter__(self) -> Iterator[RecordedFrame]:
        matcher = ExactStampMatcher(2)
        start_ns: int | None = None
        complete = 0
        with _Opened(self._path) as reader:
            wanted = [c for c in reader.connections if c.topic in (self.image_topic, self.info_topic)]
            for connection, time_ns, data in reader.messages(connections=wanted):
                start_ns = time_ns if start_ns is None else start_ns
                is_image = connection.topic == self.image_topic
                message = _decode(
                    data, Image if is_image else CameraInfo, f"{self._path}, topic {connection.topic}"
                )
                pair = matcher.add(0 if is_image else 1, stamp_to_ns(message.header.stamp), message)
                if pair is not None:
                    complete += 1
                    # Time in a bag may go back (recorded while a simulation was reset); the player goes on at
                    # once.
                    yield RecordedFrame(max(0, time_ns - start_ns) / 1e9, partial(self._load, *pair))
        if not complete:
            raise NoFrameSourceError(
                f"{self._path} has no image on {self.image_topic} with camera info of the same stamp on "
                f"{self.info_topic}; set replay.info_topic or record both from one driver."
            )

    def _load(self, image: Image, info: CameraInfo) -> DepthFrame:
        source = f"{self._path}, topic {self.image_topic}"
        return depth_frame_from_messages(image, info, rectified=self._rectified, source=source)


class _Opened:
    """An open reader. Whatever a damaged file makes the bag library raise becomes one DamagedFileError."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> Reader:
        try:
            self._reader = Reader(self._path)
            self._reader.open()
        except Exception as error:
            raise self._damaged(error) from error
        return self._reader

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._reader.close()
        if isinstance(error, Exception) and not isinstance(error, PinchError):
            raise self._damaged(error) from error

    def _damaged(self, error: Exception) -> DamagedFileError:
        reason = " ".join(str(error).split()).rstrip(".") or type(error).__name__
        return DamagedFileError(
            f"{self._path} cannot be read as a rosbag2 recording ({reason}); record it again or repair it "
            "with ros2 bag reindex."
        )


def _decode(data: bytes, message_type: type, where: str) -> Image | CameraInfo:
    try:
        return deserialize_message(bytes(data), message_type)
    except Exception as error:  # rclpy raises its own kinds, one per middleware
        raise DamagedFileError(
            f"{where}: a message of {len(data)} bytes does not decode ({error})."
        ) from error


def _choose_image_topic(path: Path, types: dict[str, str], wanted: str) -> str:
    if wanted:
        if types.get(wanted) != _IMAGE_TYPE:
            raise NoFrameSourceError(
                f"{path} has no images on {wanted}; its topics are {_listing(types)}: set replay.image_topic."
            )
        return wanted
    candidates = [topic for topic, kind in types.items() if kind == _IMAGE_TYPE and "depth" in topic]
    if len(candidates) != 1:
        found = ", ".join(sorted(candidates)) or "none"
        raise NoFrameSourceError(
            f"{path} must hold one image topic with 'depth' in its name to choose it by itself, it has "
            f"{found} among {_listing(types)}; set replay.image_topic."
        )
    return candidates[0]


def _listing(types: dict[str, str]) -> str:
    return (
        ", ".join(f"{topic} ({kind.rpartition('/')[2]})" for topic, kind in sorted(types.items())) or "none"
    )
