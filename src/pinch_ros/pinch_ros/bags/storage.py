# SPDX-License-Identifier: Apache-2.0
"""The data files of a recording through the bag library: rosbag2's mcap and sqlite3, and ROS 1 bags.

Topics are told by their names alone: what metadata.yaml says of QoS, types and checksums may have been
edited, and decides about nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rosbags.interfaces import Connection, MessageDefinitionFormat
from rosbags.rosbag1 import Reader as Ros1Reader
from rosbags.rosbag2.storage_mcap import McapReader
from rosbags.rosbag2.storage_sqlite3 import Sqlite3Reader

from pinch_core.errors import DamagedFileError, PinchError
from pinch_core.file_kinds import HEAD_BYTES, ROS1_BAG, SQLITE, kind_of
from pinch_ros.bags.definition import ROS1, Definition, cdr_of_ros1
from pinch_ros.bags.salvage import StoredMessage, plain_message, ros2_type, unpacked

_ENCODINGS = {MessageDefinitionFormat.MSG: "ros2msg", MessageDefinitionFormat.IDL: "ros2idl"}


class StorageError(DamagedFileError):
    """The bag library failed, as opposed to whoever consumes its messages."""


class Storage:
    """Files that are read by their index, one after the other."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = files

    def topics(self) -> list[tuple[str, str, int]]:
        """Topic, type and count of each connection.

        Raises:
            StorageError: a file cannot be read by its index.
        """
        found = []
        for file in self._files:
            with _opened(file) as reader:
                is_ros1 = isinstance(reader, Ros1Reader)
                found += [
                    (one.topic, ros2_type(one.msgtype) if is_ros1 else one.msgtype, one.msgcount)
                    for one in reader.connections
                ]
        return found

    def messages(self, topics: Collection[str]) -> Iterator[StoredMessage]:
        """Messages of these topics, in the order of each file; one chunk of it is in memory.

        Raises:
            StorageError: after the messages before the fault.
        """
        for file in self._files:
            with _opened(file) as reader:
                convert = _ros1_message if isinstance(reader, Ros1Reader) else _ros2_message
                wanted = [one for one in reader.connections if one.topic in topics]
                if not wanted:  # none would mean all
                    continue
                for connection, time_ns, data in reader.messages(wanted):
                    yield convert(connection, time_ns, data, file)


@contextmanager
def _opened(file: Path) -> Iterator[Any]:
    """A reader of the bag library, whose errors of all kinds become one."""
    with unpacked(file) as (plain, fault):
        if fault:
            raise StorageError(fault, file)
        reader: Any = _reader_class(plain)(plain)
        try:
            reader.open()
        except Exception as error:
            raise _damaged(file, error) from error
        try:
            yield reader
        except PinchError:
            raise
        except Exception as error:
            raise _damaged(file, error) from error
        finally:
            reader.close()


def _reader_class(file: Path) -> Callable[[Path], Any]:
    with file.open("rb") as opened:
        kind = kind_of(opened.read(HEAD_BYTES))
    if kind is ROS1_BAG:
        return Ros1Reader
    return Sqlite3Reader if kind is SQLITE else McapReader


def _ros2_message(connection: Connection, time_ns: int, data: bytes, file: Path) -> StoredMessage:
    format_, text = connection.msgdef
    definition = Definition(text, _ENCODINGS.get(format_, ""))
    plain = plain_message(bytes(data), file)
    return StoredMessage(connection.topic, connection.msgtype, time_ns, plain, definition)


def _ros1_message(connection: Connection, time_ns: int, data: bytes, file: Path) -> StoredMessage:
    kind, definition = ros2_type(connection.msgtype), Definition(connection.msgdef[1], ROS1)
    return StoredMessage(connection.topic, kind, time_ns, cdr_of_ros1(data, kind, definition), definition)


def _damaged(file: Path, error: Exception) -> StorageError:
    reason = " ".join(str(error).split()).rstrip(".") or type(error).__name__
    return StorageError(
        f"{file} ({file.stat().st_size} bytes) cannot be read as a recording ({reason}); record it again or "
        "repair it with ros2 bag reindex.",
        file,
    )
