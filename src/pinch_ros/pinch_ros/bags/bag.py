# SPDX-License-Identifier: Apache-2.0
"""A rosbag2 recording, sqlite3 or mcap, plain or compressed with zstd, whole or cut off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rosbags.interfaces import Connection, MessageDefinitionFormat
from rosbags.rosbag2 import Reader

from pinch_core.errors import DamagedFileError, PinchError
from pinch_ros.bags.definition import NO_DEFINITION, Definition, decode
from pinch_ros.bags.salvage import SalvagedRecording, StorageFault, StoredMessage, plain_message
from pinch_ros.errors import UnknownMessageTypeError


@dataclass(frozen=True)
class Topic:
    """What a bag says of one topic: ``type`` as in ``sensor_msgs/msg/Image``."""

    name: str
    type: str
    count: int


@dataclass(frozen=True)
class RawMessage:
    """A serialized message (CDR) as it was recorded at ``time_ns``. ``where`` names it for errors.
    ``definition``: of its type, as the bag has it.
    """

    topic: str
    type: str
    time_ns: int
    data: bytes
    where: str
    definition: Definition = NO_DEFINITION

    def decode(self) -> Any:
        """The ROS message; see :func:`pinch_ros.bags.definition.decode`.

        Raises:
            UnknownMessageTypeError: the type is not installed, or is another one by the same name.
            DamagedFileError: the bytes are not a message of the type.
        """
        try:
            return decode(self.data, self.type, self.definition)
        except UnknownMessageTypeError as error:
            raise UnknownMessageTypeError(f"{self.where}: {error}") from error
        except Exception as error:  # rclpy raises its own kinds, one per middleware
            raise DamagedFileError(
                f"{self.where}: a message of {len(self.data)} bytes does not decode ({_reason(error)})."
            ) from error


class Bag:
    """A recording by its folder or by the data file inside one. Holds no file open between calls.

    ``fault``: why the recording cannot be read by its index, empty where it can. Such a recording is read
    from its beginning to the fault, in the order in which it was written.

    Raises:
        DamagedFileError: nothing of it can be read.
    """

    def __init__(self, path: Path) -> None:
        # rosbag2 bags are folders; naming the data file inside one means the bag.
        self.path = path.parent if path.is_file() and (path.parent / "metadata.yaml").is_file() else path
        self.fault = ""
        self._salvage: SalvagedRecording | None = None
        try:
            with _Opened(_readable(self.path)) as reader:
                self.topics = {
                    name: Topic(name, info.msgtype or "several types", info.msgcount)
                    for name, info in reader.topics.items()
                }
        except _ReadError as error:
            self._salvage_instead(error)

    def _salvage_instead(self, cause: _ReadError) -> None:
        """Read what can be read without the bag library, which refuses all of a file that lacks its end."""
        if not self.path.exists():
            raise cause
        self._salvage = SalvagedRecording(self.path)
        counts: Counter[tuple[str, str]] = Counter()
        try:
            counts.update((message.topic, message.type) for message in self._salvage.messages())
        except StorageFault as fault:
            self.fault = str(fault)
        if not counts:
            raise cause
        self.topics = {topic: Topic(topic, kind, count) for (topic, kind), count in counts.items()}

    def messages(self, topics: Collection[str]) -> Iterator[RawMessage]:
        """Messages of these topics in the order of their recording; one chunk of the file is in memory.

        Raises:
            DamagedFileError: after every message before the fault was yielded; it tells how many those were.
        """
        yielded = 0
        last_ns: int | None = None
        try:
            for topic, kind, time_ns, data, definition in self._stored(topics):
                yield RawMessage(topic, kind, time_ns, data, f"{self.path}, topic {topic}", definition)
                yielded, last_ns = yielded + 1, time_ns
        except (_ReadError, StorageFault) as error:
            position = f"after {yielded} messages" + (
                "" if last_ns is None else f", the last of {last_ns / 1e9:.3f} s"
            )
            raise DamagedFileError(f"{str(error).rstrip('.')}; reading stopped {position}.") from error

    def _stored(self, topics: Collection[str]) -> Iterator[StoredMessage]:
        if self._salvage is not None:
            yield from (stored for stored in self._salvage.messages() if stored.topic in topics)
            return
        with _Opened(_readable(self.path)) as reader:
            wanted = [connection for connection in reader.connections if connection.topic in topics]
            if not wanted:  # none would mean all
                return
            definitions = {connection.id: _definition(connection) for connection in wanted}
            for connection, time_ns, data in reader.messages(connections=wanted):
                plain = plain_message(bytes(data), self.path)
                yield StoredMessage(
                    connection.topic, connection.msgtype, time_ns, plain, definitions[connection.id]
                )

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


def _definition(connection: Connection) -> Definition:
    """As a storage file holds it, by the names of the bag library."""
    encodings = {MessageDefinitionFormat.MSG: "ros2msg", MessageDefinitionFormat.IDL: "ros2idl"}
    format_, text = connection.msgdef
    return Definition(text, encodings.get(format_, ""))


def _readable(path: Path) -> Path:
    """The path itself, or the only data file of a folder whose recorder left no metadata.yaml."""
    if not path.is_dir() or (path / "metadata.yaml").is_file():
        return path
    files = SalvagedRecording(path).files
    return files[0] if len(files) == 1 and files[0].suffix in (".mcap", ".db3") else path


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__
