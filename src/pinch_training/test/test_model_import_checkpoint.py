# SPDX-License-Identifier: Apache-2.0
"""TensorFlow's checkpoints are read as they were written, or not at all."""

from __future__ import annotations

import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import checkpoint_writer
import numpy as np
import pytest
from checkpoint_writer import (
    DATA,
    DTYPES,
    INDEX,
    bitwise_crc32c,
    entry,
    header,
    mask,
    message_field,
    number_field,
    table,
    varint,
    write_checkpoint,
)
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from pinch_core.errors import DamagedFileError, UnknownNameError
from pinch_training.model_import.crc32c import crc32c, masked_crc32c
from pinch_training.model_import.protobuf_wire import read_fields, read_varint
from pinch_training.model_import.tensor_bundle import Checkpoint


def read_all(prefix: Path) -> dict[str, NDArray[Any]]:
    checkpoint = Checkpoint(prefix)
    return {name: checkpoint.read(name) for name in checkpoint.names}


def assert_equal(read: dict[str, NDArray[Any]], written: dict[str, NDArray[Any]]) -> None:
    assert read.keys() == written.keys()
    for name, values in written.items():
        assert read[name].dtype == values.dtype
        np.testing.assert_array_equal(read[name], values, strict=True)


SMALL = {
    "im_stream/fc3_bias": np.array([1.5, -2.0], dtype=np.float32),
    "im_stream/fc3_weights": np.arange(6, dtype=np.float32).reshape(3, 2),
    "global_step": np.array(7, dtype=np.int64),
}


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    return write_checkpoint(tmp_path, SMALL)


def rewrite_index(prefix: Path, entries: dict[bytes, bytes], **options: int) -> None:
    prefix.with_name(INDEX).write_bytes(table({b"": header(1), **entries}, **options))


def test_the_checksum_is_that_of_the_standard() -> None:
    assert crc32c(b"123456789") == 0xE3069283  # the catalogue's check value of CRC-32/ISCSI
    assert crc32c(bytes(32)) == 0x8A9136AA and crc32c(b"\xff" * 32) == 0x62A8AB43  # RFC 3720, B.4


@given(st.integers(0, 2000), st.integers(0, 2**32 - 1))
def test_the_checksum_in_lanes_is_that_of_bit_by_bit(size: int, seed: int) -> None:
    data = np.random.default_rng(seed).bytes(size)
    assert crc32c(data) == bitwise_crc32c(data)
    assert masked_crc32c(data) == mask(bitwise_crc32c(data))


@given(st.integers(0, 2**64 - 1), st.binary(max_size=4))
def test_variable_length_integers_read_back(number: int, rest: bytes) -> None:
    written = varint(number)
    assert read_varint(written + rest, 0) == (number, len(written))
    with pytest.raises(ValueError, match="does not end"):
        read_varint(written[:-1], 0)


@given(st.binary(max_size=40))
def test_any_bytes_are_a_message_or_refused(message: bytes) -> None:
    try:
        fields = list(read_fields(message))
    except ValueError:
        return
    assert all(isinstance(value, (int, bytes)) for _, value in fields)


names = st.text("abc/_1", min_size=1, max_size=12)
arrays = st.builds(
    lambda dtype, shape, seed: np.random.default_rng(seed).integers(0, 2, shape).astype(dtype),
    st.sampled_from(sorted(DTYPES)),
    st.lists(st.integers(0, 5), max_size=4),
    st.integers(0, 2**32 - 1),
)


@given(variables=st.dictionaries(names, arrays, max_size=20), shards=st.integers(1, 3))
def test_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, variables: dict[str, NDArray[Any]], shards: int
) -> None:
    folder = tmp_path_factory.mktemp("checkpoint")
    assert_equal(read_all(write_checkpoint(folder, variables, shards)), variables)
    shutil.rmtree(folder)


def test_an_index_cut_anywhere_is_refused(prefix: Path) -> None:
    path = prefix.with_name(INDEX)
    content = path.read_bytes()
    for size in range(len(content)):
        path.write_bytes(content[:size])
        with pytest.raises(DamagedFileError):
            Checkpoint(prefix)


def test_data_cut_anywhere_are_refused(prefix: Path) -> None:
    path = prefix.with_name(DATA)
    content = path.read_bytes()
    for size in range(len(content)):
        path.write_bytes(content[:size])
        with pytest.raises(DamagedFileError):
            read_all(prefix)


@pytest.mark.parametrize("name", [INDEX, DATA])
def test_no_flipped_bit_changes_what_is_read(prefix: Path, name: str) -> None:
    path = prefix.with_name(name)
    content = path.read_bytes()
    refused = 0
    for position in range(len(content)):
        damaged = bytearray(content)
        damaged[position] ^= 1 << position % 8
        path.write_bytes(damaged)
        try:
            read = read_all(prefix)
        except DamagedFileError:
            refused += 1
        else:
            assert_equal(read, SMALL)
    # Of the index, the 13 bytes of the empty metaindex block and the footer's padding mean nothing.
    assert len(content) - refused <= (0 if name == DATA else 13 + 40)


@pytest.mark.parametrize("name", [INDEX, DATA])
def test_a_missing_file_is_named(prefix: Path, name: str) -> None:
    prefix.with_name(name).unlink()
    with pytest.raises(DamagedFileError, match=f"{name} cannot be read"):
        read_all(prefix)


def test_a_foreign_file_is_refused(prefix: Path) -> None:
    prefix.with_name(INDEX).write_bytes(b"PK\x03\x04" + bytes(500))
    with pytest.raises(DamagedFileError, match="another kind of file"):
        Checkpoint(prefix)


def test_a_missing_variable_is_named_with_those_there_are(prefix: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"no variable 'fc9'.*global_step, im_stream/fc3_bias"):
        Checkpoint(prefix).read("fc9")


@pytest.mark.parametrize(("compression", "name"), [(1, "Snappy"), (9, "method 9")])
def test_compressed_blocks_are_refused_by_name(prefix: Path, compression: int, name: str) -> None:
    rewrite_index(prefix, {}, compression=compression)
    with pytest.raises(DamagedFileError, match=name):
        Checkpoint(prefix)


def test_a_table_without_header_is_no_checkpoint(prefix: Path) -> None:
    prefix.with_name(INDEX).write_bytes(table({b"x": b""}))
    with pytest.raises(DamagedFileError, match="lacks a checkpoint's header"):
        Checkpoint(prefix)


def test_big_endian_checkpoints_are_refused(prefix: Path) -> None:
    rewrite_index(prefix, {b"": header(1) + number_field(2, 1)})
    with pytest.raises(DamagedFileError, match="big-endian"):
        Checkpoint(prefix)


VALUES = SMALL["im_stream/fc3_weights"]


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (entry(VALUES, 0, 0, dtype=7), "data type 7"),
        (entry(VALUES, 0, 0) + message_field(7, b""), "slices"),
        (entry(VALUES, 0, 0, dtype=2), r"shape \(3, 2\) but 24 bytes"),
        (entry(VALUES, 0, 4), "wrong checksum"),
        (entry(VALUES, 0, 2**40), "ends before variable 'x'"),
        (entry(VALUES, 0, 2**64 - 1), "cannot be read"),
        (entry(VALUES, 3, 0), "data-00003-of-00001 cannot be read"),
        (entry(VALUES, 0, 0) + number_field(2, 3), "number stands where a message must"),
        (entry(VALUES, 0, 0) + message_field(5, b"3"), "message stands where a number must"),
        (entry(VALUES, 0, 0)[:-1], "field 6 passes the end"),
        (b"\x0b", "unknown wire type 3"),
    ],
)
def test_entries_that_cannot_be_true_are_refused(prefix: Path, message: bytes, reason: str) -> None:
    rewrite_index(prefix, {b"x": message})
    with pytest.raises(DamagedFileError, match=reason):
        read_all(prefix)


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: struct.pack("<I", 2**31),  # more restart points than bytes
        lambda content: b"",  # no restart points
        lambda content: varint(5) + varint(0) + varint(0) + content,  # shares a prefix with no key
        lambda content: varint(0) + varint(0) + varint(10**6) + content,  # a value beyond the block
    ],
)
def test_blocks_with_a_true_checksum_but_false_content_are_refused(
    monkeypatch: pytest.MonkeyPatch, prefix: Path, damage: Callable[[bytes], bytes]
) -> None:
    monkeypatch.setattr(
        checkpoint_writer, "block", lambda entries, restart_every: damage(struct.pack("<II", 0, 1))
    )
    rewrite_index(prefix, {})
    with pytest.raises(DamagedFileError, match="is damaged"):
        Checkpoint(prefix)
