# SPDX-License-Identifier: Apache-2.0
"""All files of a damaged recording, one after the other, up to the first fault."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from backports import zstd

from pinch_core.natural_order import natural_order
from pinch_ros.bags.salvage.mcap_file import read_mcap
from pinch_ros.bags.salvage.sqlite_file import read_sqlite
from pinch_ros.bags.salvage.stored_message import StorageFault, StoredMessage

_READERS = {".mcap": read_mcap, ".db3": read_sqlite}
_ZSTD = ".zstd"
# How a message that was compressed by itself begins; CDR begins with 0.
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_BLOCK = 1 << 20


class SalvagedRecording:
    """The storage files of a folder, or one by itself. Needs no metadata.yaml."""

    def __init__(self, path: Path) -> None:
        found = [path] if path.is_file() else list(path.iterdir())
        self.files = sorted(filter(_is_storage, found), key=lambda path: natural_order(path.name))

    def messages(self) -> Iterator[StoredMessage]:
        """Messages in the order in which they were written; one record is in memory.

        Raises:
            StorageFault: after all messages before the first fault.
        """
        for path in self.files:
            with _unpacked(path) as (plain, fault):
                for message in _READERS[plain.suffix](plain):
                    yield message._replace(data=plain_message(message.data, path))
                if fault:
                    raise StorageFault(fault)


@contextmanager
def _unpacked(path: Path) -> Iterator[tuple[Path, str]]:
    """The file without its compression, and why that is not all of it."""
    if path.suffix != _ZSTD:
        yield path, ""
        return
    with TemporaryDirectory(prefix="pinch_bag_") as folder:
        plain = Path(folder, path.stem)
        fault = ""
        try:
            with zstd.open(path, "rb") as packed, plain.open("wb") as file:
                while block := packed.read(_BLOCK):
                    file.write(block)
        except (EOFError, zstd.ZstdError) as error:
            fault = f"{path} was cut off or is damaged ({' '.join(str(error).split()).rstrip('.')})"
        try:
            yield plain, fault
        except StorageFault as error:
            # The fault of the packed file is the cause; the plain one is gone in a moment.
            raise StorageFault(fault or str(error)) from error


def plain_message(data: bytes, path: Path) -> bytes:
    """A message that may be compressed by itself, which a file without its metadata does not tell.

    Raises:
        StorageFault: it does not decompress.
    """
    if not data.startswith(_ZSTD_MAGIC):
        return data
    try:
        return zstd.decompress(data)
    except zstd.ZstdError as error:
        raise StorageFault(f"{path} is damaged: a message does not decompress ({error})") from error


def _is_storage(path: Path) -> bool:
    return Path(path.stem if path.suffix == _ZSTD else path.name).suffix in _READERS
