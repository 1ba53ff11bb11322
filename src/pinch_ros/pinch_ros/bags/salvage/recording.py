# SPDX-License-Identifier: Apache-2.0
"""All files of a damaged recording, one after the other, up to the first fault."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from backports import zstd

from pinch_core.file_kinds import HEAD_BYTES, MCAP, ROS1_BAG, SQLITE, kind_of
from pinch_ros.bags.salvage.mcap_file import read_mcap
from pinch_ros.bags.salvage.ros1_file import read_ros1
from pinch_ros.bags.salvage.sqlite_file import read_sqlite
from pinch_ros.bags.salvage.stored_message import StorageFault, StoredMessage

_READERS = {".mcap": read_mcap, ".db3": read_sqlite, ".bag": read_ros1}
_BY_CONTENT = {MCAP: read_mcap, SQLITE: read_sqlite, ROS1_BAG: read_ros1}
_ZSTD = ".zstd"
# How a message that was compressed by itself begins; CDR begins with 0.
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_CDR_HEAD_BYTES = 4
_BLOCK = 1 << 20


class SalvagedRecording:
    """Storage files one after the other."""

    def __init__(self, files: Sequence[Path]) -> None:
        self.files = files

    def messages(self) -> Iterator[StoredMessage]:
        """Messages in the order in which they were written; one record is in memory.

        Raises:
            StorageFault: after all messages before the first fault.
        """
        for path in self.files:
            with unpacked(path) as (plain, fault):
                for message in _reader_of(plain)(plain):
                    yield message._replace(data=plain_message(message.data, path))
                if fault:
                    raise StorageFault(fault)


def _reader_of(path: Path) -> Callable[[Path], Iterator[StoredMessage]]:
    """By the content, else by the name."""
    with path.open("rb") as file:
        kind = kind_of(file.read(HEAD_BYTES))
    for known, reader in _BY_CONTENT.items():
        if kind is known:
            return reader
    return _READERS.get(path.suffix, read_mcap)


@contextmanager
def unpacked(path: Path) -> Iterator[tuple[Path, str]]:
    """A storage file without its compression and with its write-ahead log, and why that is not all of it."""
    log = path.with_name(path.name + "-wal")
    if path.suffix != _ZSTD and not (log.is_file() and log.stat().st_size):
        yield path, ""
        return
    with TemporaryDirectory(prefix="pinch_bag_") as folder:
        plain = Path(folder, path.stem if path.suffix == _ZSTD else path.name)
        fault = _unpack(path, plain) if path.suffix == _ZSTD else _merge_log(path, log, plain)
        try:
            yield plain, fault
        except StorageFault as error:
            # The fault of the packed file is the cause; the plain one is gone in a moment.
            raise StorageFault(fault or str(error)) from error


def _unpack(path: Path, plain: Path) -> str:
    try:
        with zstd.open(path, "rb") as packed, plain.open("wb") as file:
            while block := packed.read(_BLOCK):
                file.write(block)
    except (EOFError, zstd.ZstdError) as error:
        return f"{path} was cut off or is damaged ({' '.join(str(error).split()).rstrip('.')})"
    return ""


def _merge_log(path: Path, log: Path, plain: Path) -> str:
    """A recorder that was killed leaves its last messages in a log beside the database."""
    shutil.copyfile(path, plain)
    shutil.copyfile(log, plain.with_name(plain.name + "-wal"))
    try:
        database = sqlite3.connect(plain)
        try:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            database.execute("PRAGMA journal_mode = DELETE").fetchall()
        finally:
            database.close()
    except sqlite3.Error as error:
        return f"{log} cannot be merged into {path.name} ({error})"
    return ""


def plain_message(data: bytes, path: Path) -> bytes:
    """A message that may be compressed by itself, which a file without its metadata does not tell.

    Raises:
        StorageFault: it does not decompress, or is too short.
    """
    if len(data) < _CDR_HEAD_BYTES:
        raise StorageFault(f"{path} is damaged: a message has {len(data)} bytes, fewer than its head takes")
    if not data.startswith(_ZSTD_MAGIC):
        return data
    try:
        return zstd.decompress(data)
    except zstd.ZstdError as error:
        raise StorageFault(f"{path} is damaged: a message does not decompress ({error})") from error
