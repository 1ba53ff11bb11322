# SPDX-License-Identifier: Apache-2.0
"""Sizes and checksums of files, taken while they are written and compared when they are verified."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class FileInfo:
    """Size in ``bytes`` and SHA-256 of a file."""

    bytes: int
    sha256: str


class HashingFile:
    """Sums up what is written.

    As it is no real file, numpy writes to it through Python, whose errors say why (no space left), not only
    how many bytes.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._sum = hashlib.sha256()
        self._bytes = 0

    def write(self, content: bytes) -> int:
        self._sum.update(content)
        self._bytes += len(content)
        return self._file.write(content)

    def info(self) -> FileInfo:
        return FileInfo(self._bytes, self._sum.hexdigest())


def sha256_of_file(path: Path) -> str:
    """In hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
