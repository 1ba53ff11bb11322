# SPDX-License-Identifier: Apache-2.0
"""The bytes of a file that a user named."""

from __future__ import annotations

from pathlib import Path

from pinch_core.errors import DamagedFileError, PinchError


def read_content(path: Path, missing: type[PinchError], expected: str) -> bytes:
    """All bytes of a file.

    Args:
        missing: what to raise where the file cannot be read.
        expected: what the file should hold, for the message.

    Raises:
        PinchError: ``missing``, or :class:`DamagedFileError` for an empty file.
    """
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: no file has NUL in its name, a table of files may
        reason = error.strerror if isinstance(error, OSError) else error
        raise missing(f"{path} cannot be read ({reason}); give {expected}.") from error
    if not content:
        raise DamagedFileError(f"{path} is empty (0 bytes); record or copy it again.", path)
    return content
