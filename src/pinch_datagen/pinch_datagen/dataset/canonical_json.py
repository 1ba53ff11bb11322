# SPDX-License-Identifier: Apache-2.0
"""JSON that is byte-identical for equal content, and read back strictly."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from pinch_core.plain_text import parse_json
from pinch_datagen.errors import DamagedDatasetError


def encode(value: Any) -> bytes:
    """Plain data with sorted keys, indented by two spaces, in ASCII, with a newline at the end.

    Raises:
        TypeError, ValueError: not plain data, or a number that is not finite.
    """
    return f"{json.dumps(value, sort_keys=True, indent=2, allow_nan=False)}\n".encode("ascii")


def sha256(content: bytes) -> str:
    """In hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def read(path: Path) -> dict[str, Any]:
    """The mapping in a file.

    Raises:
        DamagedDatasetError: the file does not hold JSON, or no mapping.
        OSError: the file cannot be read.
    """
    try:
        values = parse_json(path.read_bytes())
    except ValueError as error:
        raise DamagedDatasetError(f"{path} is not valid JSON ({error}); generate it again.", path) from error
    if not isinstance(values, dict):
        raise DamagedDatasetError(f"{path} does not hold a JSON mapping; generate it again.", path)
    return values
