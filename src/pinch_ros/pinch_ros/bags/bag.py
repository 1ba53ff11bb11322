# SPDX-License-Identifier: Apache-2.0
"""A rosbag2 recording, sqlite3 or mcap, plain or compressed with zstd."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from rclpy.serialization import deserialize_message
from rosbags.rosbag2 import Reader

from pinch_core.errors import DamagedFileError, PinchError


@dataclass(frozen=True)
class Topic:
    """What a bag says of one topic: ``type`` as in ``sensor_msgs/msg/Image``."""

    name: str
    type: str
    count: int


@dataclass(frozen=True)
class RawMessage:
    """A serialized message (CDR) as it was recorded at ``time_ns``. ``where`` names it for errors."""

    topic: str
    type: str
    time_ns: int
    data: bytes
    where: str

    def decode(self) -> Any:
        """The ROS message.

        Raises:
            DamagedFileError: the type is not installed or the bytes are not one of it.
        """
        package, _, name = self.type.partition("/msg/")
        try:
            message_type = getattr(import_module(f"{package}.msg"), name)
        except (ImportError, AttributeError, ValueError) as error:
            raise DamagedFileError(
                f"{self.where}: the message type {self.type} is not installed; install the package {package}."
            ) from error
        try:
            return deserialize_message(self.data, message_type)
        except Exception as error:  # rclpy raises its own kinds, one per middleware
            raise DamagedFileError(
                f"{self.where}: a message of {len(self.data)} bytes does not decode ({_reason(error)})."
            ) from error


class Bag:
    """A recording by its folder or by the data file inside one. Holds no file open between calls.

    Raises:
        DamagedFileError: it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        # rosbag2 bags are folders; naming the data file inside one means the bag.
        self.path = path.parent if path.is_file() and (path.parent / "metadata.yaml").is_file() else path
        with _Opened(self.path) as reader:
            self.topics = {
                name: Topic(name, info.msgtype or "several types", info.msgcount)
                for name, info in reader.topics.items()
            }

    def messages(self, topics: Collection[str]) -> Iterator[RawMessage]:
        """Messages of these topics in the order of their recording; one chunk of the file is in memory.

        Raises:
            DamagedFileError: after every message before the fault was yielded; it tells how many those were.
        """
        yielded = 0
        last_ns: int | None = None
        try:
            with _Opened(self.path) as reader:
                wanted = [c for c in reader.connections if c.topic in topics]
                if not wanted:
                    return
                for connection, time_ns, data in reader.messages(connections=wanted):
                    where = f"{self.path}, topic {connection.topic}"
                    yield RawMessage(connection.topic, connection.msgtype, time_ns, bytes(data), where)
                    yielded, last_ns = yielded + 1, time_ns
        except _ReadError as error:
            position = f"after {yielded} messages" + (
                "" if last_ns is None else f", the last of {last_ns / 1e9:.3f} s"
            )
            raise DamagedFileError(f"{str(error).rstrip('.')}; reading stopped {position}.") from error

    def listing(self) -> str:
        """The topics with their types, for errors."""
        return (
            ", ".join(f"{t.name} ({t.type.rpartition('/')[2]})" for _, t in sorted(self.topics.items()))
            or "none"
        )


class _ReadError(DamagedFileError):
    """The bag library failed, as opposed to whoever consumes its messages."""


class _Opened:
    """An open reader. Whatever a damaged file makes the bag library raise becomes one _ReadError."""

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

    def _damaged(self, error: Exception) -> _ReadError:
        return _ReadError(
            f"{self._path} cannot be read as a rosbag2 recording ({_reason(error)}); record it again or "
            "repair it with ros2 bag reindex."
        )


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__
