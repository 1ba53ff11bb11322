# SPDX-License-Identifier: Apache-2.0
"""Reader of TensorFlow's checkpoint format V2 (tensor_bundle.proto), without TensorFlow.

``model.ckpt.index`` maps each variable's name to where its bytes lie in the shards
``model.ckpt.data-00000-of-00001``, ... The empty name holds the header.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinch_core.errors import DamagedFileError, UnknownNameError
from pinch_training.model_import.crc32c import masked_crc32c
from pinch_training.model_import.leveldb_table import read_table
from pinch_training.model_import.protobuf_wire import read_fields

# DataType of tensorflow's types.proto: those whose bytes are numpy's.
_DTYPES: dict[int, np.dtype[Any]] = {
    1: np.dtype("<f4"),
    2: np.dtype("<f8"),
    3: np.dtype("<i4"),
    4: np.dtype("u1"),
    5: np.dtype("<i2"),
    6: np.dtype("i1"),
    9: np.dtype("<i8"),
    10: np.dtype("?"),
    19: np.dtype("<f2"),
}
_LITTLE_ENDIAN = 0


@dataclass(frozen=True)
class _Entry:
    """BundleEntryProto: what a variable is and where its bytes lie."""

    dtype: int
    shape: tuple[int, ...]
    shard: int
    offset: int
    size: int
    checksum: int
    is_sliced: bool


class Checkpoint:
    """The variables of a checkpoint; each is read and checked when asked for."""

    def __init__(self, prefix: Path) -> None:
        """Read the index.

        Args:
            prefix: path without ``.index``, e.g. ``.../model.ckpt``.

        Raises:
            DamagedFileError: the index is missing, truncated, corrupt or another kind of file.
        """
        self._prefix = prefix
        self._index = prefix.with_name(prefix.name + ".index")
        table = read_table(_read_bytes(self._index), str(self._index))
        try:
            self._shards = _parse_header(table.pop(b""))
            self._entries = {name.decode(): _parse_entry(entry) for name, entry in table.items()}
        except KeyError as error:
            raise DamagedFileError(
                f"{self._index} lacks a checkpoint's header; fetch it again.", self._index
            ) from error
        except ValueError as error:
            raise DamagedFileError(
                f"{self._index} is no checkpoint's index ({error}).", self._index
            ) from error

    @property
    def names(self) -> list[str]:
        """Every variable, sorted."""
        return sorted(self._entries)

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of a variable."""
        return self._entry(name).shape

    def read(self, name: str) -> NDArray[Any]:
        """The values of a variable.

        Raises:
            UnknownNameError: no such variable.
            DamagedFileError: its shard is missing, truncated or corrupt, or its type is not numeric.
        """
        entry = self._entry(name)
        dtype = _DTYPES.get(entry.dtype)
        if dtype is None or entry.is_sliced:
            kind = "is stored in slices" if entry.is_sliced else f"has TensorFlow's data type {entry.dtype}"
            raise DamagedFileError(
                f"Variable '{name}' of {self._index} {kind}, which is not supported.", self._index
            )
        if math.prod(entry.shape) * dtype.itemsize != entry.size:
            raise DamagedFileError(
                f"Variable '{name}' of {self._index} has shape {entry.shape} but {entry.size} bytes; "
                "fetch the model again.",
                self._index,
            )
        path = self._prefix.with_name(f"{self._prefix.name}.data-{entry.shard:05d}-of-{self._shards:05d}")
        data = _read_bytes(path, entry.offset, entry.size)
        if len(data) < entry.size:
            raise DamagedFileError(f"{path} ends before variable '{name}' does; fetch the model again.", path)
        if masked_crc32c(data) != entry.checksum:
            raise DamagedFileError(
                f"{path} is damaged (wrong checksum of variable '{name}'); fetch the model again.", path
            )
        return np.frombuffer(data, dtype=dtype).reshape(entry.shape)

    def _entry(self, name: str) -> _Entry:
        if name not in self._entries:
            raise UnknownNameError(
                f"{self._index} has no variable '{name}'; it holds {', '.join(self.names) or 'none'}."
            )
        return self._entries[name]


def _read_bytes(path: Path, offset: int = 0, size: int = -1) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(offset)
            # Asking for no more than there is keeps a false size from reserving memory.
            return file.read(size if size < 0 else min(size, path.stat().st_size))
    except (OSError, ValueError) as error:
        # A false offset may be larger than any file's: ValueError.
        reason = getattr(error, "strerror", None) or error
        raise DamagedFileError(f"{path} cannot be read ({reason}); fetch the model again.", path) from error


def _parse_header(message: bytes) -> int:
    """The number of shards of BundleHeaderProto."""
    fields = dict(read_fields(message))
    if fields.get(2, _LITTLE_ENDIAN) != _LITTLE_ENDIAN:
        raise ValueError("it was written by a big-endian machine")
    return _integer(fields.get(1, 0))


def _parse_entry(message: bytes) -> _Entry:
    fields: dict[int, int | bytes] = {}
    is_sliced = False
    for number, value in read_fields(message):
        fields[number] = value
        is_sliced |= number == 7
    shape = _parse_shape(_message(fields.get(2, b"")))
    dtype, shard, offset, size, checksum = (_integer(fields.get(number, 0)) for number in (1, 3, 4, 5, 6))
    return _Entry(dtype, shape, shard, offset, size, checksum, is_sliced)


def _parse_shape(message: bytes) -> tuple[int, ...]:
    """The sizes of TensorShapeProto: field 2 repeats, one message a dimension, whose field 1 is the size."""
    dimensions = [_message(value) for number, value in read_fields(message) if number == 2]
    return tuple(_integer(dict(read_fields(dimension)).get(1, 0)) for dimension in dimensions)


def _integer(value: int | bytes) -> int:
    if not isinstance(value, int):
        raise ValueError("a message stands where a number must")
    return value


def _message(value: int | bytes) -> bytes:
    if not isinstance(value, bytes):
        raise ValueError("a number stands where a message must")
    return value
