# SPDX-License-Identifier: Apache-2.0
"""Reads a ROS 1 bag record by record, although its index is missing: a recorder that was killed leaves none.

Record layout: ROS wiki, Bags/Format/2.0.
"""

from __future__ import annotations

import bz2
import io
import struct
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, NamedTuple

import lz4.frame

from pinch_ros.bags.definition import ROS1, Definition, cdr_of_ros1
from pinch_ros.bags.salvage.stored_message import StorageFault, StoredMessage

MAGIC = b"#ROSBAG V2.0\n"
_MESSAGE, _CHUNK, _CONNECTION = 2, 5, 7
_LENGTH = struct.Struct("<I")
_TIME = struct.Struct("<II")
_MAX_BYTES = 1 << 30
_OLD_NAMES = MappingProxyType({"tf/msg/tfMessage": "tf2_msgs/msg/TFMessage"})
_DECOMPRESSORS: Mapping[bytes, Callable[[bytes], bytes]] = MappingProxyType(
    {b"none": bytes, b"bz2": bz2.decompress, b"lz4": lambda stored: bytes(lz4.frame.decompress(stored))}
)


class _Record(NamedTuple):
    fields: dict[bytes, bytes]
    data: bytes
    position: int


def ros2_type(kind: str) -> str:
    """The name that ROS 2 has for a message type of ROS 1."""
    package, _, name = kind.replace("/msg/", "/").partition("/")
    return _OLD_NAMES.get(f"{package}/msg/{name}", f"{package}/msg/{name}")


def read_ros1(path: Path) -> Iterator[StoredMessage]:
    """Messages as ROS 2 serializes them, in the order in which they were written.

    Raises:
        StorageFault: after all messages before the fault.
    """
    connections: dict[bytes, tuple[str, str, Definition]] = {}
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise StorageFault(f"{path} does not begin as a ROS 1 bag of version 2.0")
        for record in _records(file, path):
            at = record.position
            try:
                inner = [record]
                if record.fields[b"op"] == bytes((_CHUNK,)):
                    plain = _DECOMPRESSORS[record.fields[b"compression"]](record.data)
                    inner = list(_records(io.BytesIO(plain), path))
                for one in inner:
                    yield from _take(one, connections)
            except StorageFault as fault:
                raise StorageFault(f"{fault}, of the chunk at byte {at}") from fault
            except Exception as error:  # each compression and each field has kinds of its own
                reason = " ".join(str(error).split()).rstrip(".") or type(error).__name__
                raise StorageFault(
                    f"{path} is damaged: the record at byte {at} is not valid ({reason})"
                ) from error


def _records(file: BinaryIO, path: Path) -> Iterator[_Record]:
    while True:
        position = file.tell()
        header = _sized(file, path, position)
        if header is None:
            return
        data = _sized(file, path, position)
        if data is None:
            raise _cut(path, position)
        yield _Record(_fields(header), data, position)


def _sized(file: BinaryIO, path: Path, position: int) -> bytes | None:
    """Bytes after their length; None at the end of the file."""
    head = file.read(_LENGTH.size)
    if not head:
        return None
    length = _LENGTH.unpack(head)[0] if len(head) == _LENGTH.size else _MAX_BYTES
    content = file.read(length) if length < _MAX_BYTES else b""
    if len(content) < length:
        raise _cut(path, position)
    return content


def _cut(path: Path, position: int) -> StorageFault:
    return StorageFault(f"{path} was cut off: the record at byte {position} is not whole")


def _fields(header: bytes) -> dict[bytes, bytes]:
    fields, at = {}, 0
    while at + _LENGTH.size <= len(header):
        (length,) = _LENGTH.unpack_from(header, at)
        at += _LENGTH.size
        name, _, value = header[at : at + length].partition(b"=")
        fields[name] = value
        at += length
    return fields


def _take(record: _Record, connections: dict[bytes, tuple[str, str, Definition]]) -> Iterator[StoredMessage]:
    operation = record.fields[b"op"][0]
    if operation == _CONNECTION:
        about = _fields(record.data)
        kind = ros2_type(about[b"type"].decode())
        topic = record.fields[b"topic"].decode()
        definition = Definition(about[b"message_definition"].decode(), ROS1)
        connections[record.fields[b"conn"]] = topic, kind, definition
    elif operation == _MESSAGE:
        topic, kind, definition = connections[record.fields[b"conn"]]
        seconds, nanoseconds = _TIME.unpack(record.fields[b"time"])
        data = cdr_of_ros1(record.data, kind, definition)
        yield StoredMessage(topic, kind, seconds * 1_000_000_000 + nanoseconds, data, definition)
