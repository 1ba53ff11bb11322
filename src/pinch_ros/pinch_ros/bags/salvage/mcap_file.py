# SPDX-License-Identifier: Apache-2.0
"""Reads the data section of an MCAP file from its beginning, without footer, summary and index.

A recorder that was killed leaves a file without these, which the bag library refuses. Record layout: the
MCAP specification, https://mcap.dev/spec.
"""

from __future__ import annotations

import io
import struct
from binascii import crc32
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, NamedTuple

import lz4.frame
from backports import zstd

from pinch_ros.bags.definition import NO_DEFINITION, ROS1, Definition, cdr_of_ros1
from pinch_ros.bags.salvage.ros1_file import ros2_type
from pinch_ros.bags.salvage.stored_message import StorageFault, StoredMessage

MAGIC = b"\x89MCAP0\r\n"
_HEADER, _FOOTER, _SCHEMA, _CHANNEL, _MESSAGE, _CHUNK, _DATA_END = 1, 2, 3, 4, 5, 6, 15
# The specification has numbered records up to here; from 0x80 on they are an application's own.
_LAST_OPCODE, _FIRST_PRIVATE_OPCODE = 15, 0x80
_RECORD_HEAD = struct.Struct("<BQ")
_CHUNK_HEAD = struct.Struct("<QQQI")
_MESSAGE_HEAD = struct.Struct("<HIQQ")
# A record is read into memory: a length beyond this is damage, not a message.
_MAX_RECORD_BYTES = 1 << 30


class _Record(NamedTuple):
    opcode: int
    content: bytes
    position: int
    missing: int


def read_mcap(path: Path) -> Iterator[StoredMessage]:
    """Messages in the order of the file.

    Raises:
        StorageFault: after all messages before the fault.
    """
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise StorageFault(f"{path} does not begin as an MCAP file")
        yield from _McapData(path).messages(file, path.stat().st_size)


class _McapData:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._types: dict[int, tuple[str, Definition]] = {0: ("", NO_DEFINITION)}
        self._channels: dict[int, tuple[str, str, Definition]] = {}
        self._of_ros1: set[int] = set()

    def messages(self, file: BinaryIO, size: int) -> Iterator[StoredMessage]:
        for record in self._records(file, size):
            if record.opcode in (_FOOTER, _DATA_END) and not record.missing:
                break
            if record.opcode == _CHUNK:
                yield from self._in_chunk(record)
            if record.missing:
                raise StorageFault(
                    f"{self._path} was cut off: the record at byte {record.position} lacks its last "
                    f"{record.missing} bytes"
                )
            yield from self._take(record)
        file.seek(max(0, size - len(MAGIC)))
        if file.read() != MAGIC:
            raise StorageFault(f"{self._path} was cut off: it ends at byte {size} without its footer")

    def _records(self, file: BinaryIO, size: int) -> Iterator[_Record]:
        position = file.tell()
        while head := file.read(_RECORD_HEAD.size):
            if len(head) < _RECORD_HEAD.size:
                yield _Record(0, b"", position, _RECORD_HEAD.size - len(head))
                return
            opcode, length = _RECORD_HEAD.unpack(head)
            is_known = 0 < opcode <= _LAST_OPCODE or opcode >= _FIRST_PRIVATE_OPCODE
            available = size - position - _RECORD_HEAD.size
            if not is_known or min(length, available) > _MAX_RECORD_BYTES:
                raise StorageFault(f"{self._path} is damaged: there is no MCAP record at byte {position}")
            content = file.read(min(length, available))
            yield _Record(opcode, content, position, length - len(content))
            position += _RECORD_HEAD.size + length

    def _take(self, record: _Record) -> Iterator[StoredMessage]:
        try:
            if record.opcode == _SCHEMA:
                (number,) = struct.unpack_from("<H", record.content)
                kind, at = _string(record.content, 2)
                encoding, at = _string(record.content, at)
                text, _ = _string(record.content, at)
                self._types[number] = kind, Definition(text, encoding)
            elif record.opcode == _CHANNEL:
                number, schema = struct.unpack_from("<HH", record.content)
                topic, at = _string(record.content, 4)
                encoding, _ = _string(record.content, at)
                kind, definition = self._types[schema]
                if encoding == "ros1":
                    self._of_ros1.add(number)
                    kind, definition = ros2_type(kind), Definition(definition.text, ROS1)
                elif encoding != "cdr":  # no class has such a name, which the reader tells
                    kind = f"{kind} ({encoding})"
                self._channels[number] = topic, kind, definition
            elif record.opcode == _MESSAGE:
                number, _, time_ns, _ = _MESSAGE_HEAD.unpack_from(record.content)
                topic, kind, definition = self._channels[number]
                data = record.content[_MESSAGE_HEAD.size :]
                if number in self._of_ros1:
                    data = cdr_of_ros1(data, kind, definition)
                yield StoredMessage(topic, kind, time_ns, data, definition)
        except (struct.error, KeyError, UnicodeDecodeError) as error:
            raise StorageFault(
                f"{self._path} is damaged: the MCAP record at byte {record.position} is not valid"
            ) from error

    def _in_chunk(self, chunk: _Record) -> Iterator[StoredMessage]:
        """Also of a chunk that is cut off: what its first bytes decompress to."""
        try:
            _, _, size, checksum = _CHUNK_HEAD.unpack_from(chunk.content)
            compression, at = _string(chunk.content, _CHUNK_HEAD.size)
            stored = chunk.content[at + 8 :]
            content = _DECOMPRESSORS[compression](stored)
            if not chunk.missing and (len(content) != size or (checksum and crc32(content) != checksum)):
                raise ValueError("checksum")
        except (struct.error, KeyError, ValueError, RuntimeError, zstd.ZstdError) as error:
            if chunk.missing:
                return  # cut off before anything can be had of it
            raise StorageFault(
                f"{self._path} is damaged: the chunk at byte {chunk.position} cannot be decompressed"
            ) from error
        for record in self._records(io.BytesIO(content), len(content)):
            if record.missing:
                return  # the caller says that the chunk was cut off
            yield from self._take(record)


def _string(content: bytes, at: int) -> tuple[str, int]:
    """The text at a position and where it ends."""
    (length,) = struct.unpack_from("<I", content, at)
    begin = at + 4
    if begin + length > len(content):
        raise struct.error("the text ends too early")
    return content[begin : begin + length].decode(), begin + length


# Each takes the beginning of a stream too.
_DECOMPRESSORS: Mapping[str, Callable[[bytes], bytes]] = MappingProxyType(
    {
        "": bytes,
        "zstd": lambda stored: zstd.ZstdDecompressor().decompress(stored),
        "lz4": lambda stored: bytes(lz4.frame.LZ4FrameDecompressor().decompress(stored)),
    }
)
