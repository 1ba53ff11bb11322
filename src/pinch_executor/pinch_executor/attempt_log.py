# SPDX-License-Identifier: Apache-2.0
"""Every attempt on disk, as ``pinch finetune --attempts`` reads it."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinch_core.atomic_file import write_file
from pinch_core.errors import OutputError

ATTEMPTS = "attempts.csv"
UNDECIDED = "undecided.csv"
IMAGES = "images"
COLUMNS = (
    "image",
    "column",
    "row",
    "angle",
    "depth",
    "outcome",
    "width",
    "quality",
    "source",
    "error_code",
    "stages",
    "widths",
    "stamp_ns",
)
# Crops of 96 px reach 68 px from the grasp, turned by 45 degrees; the means of small crops a few more.
HALF_WINDOW_PX = 80


class AttemptLog:
    """Appends to ``attempts.csv`` what held or did not, and to ``undecided.csv`` what was cut short.

    A row is written in one piece after its image is on disk; a row that a power cut tore is removed before
    the next is appended.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def append(self, depth: NDArray[np.generic], values: Mapping[str, Any]) -> None:
        """Write the part of a depth image about a grasp, and its row.

        Args:
            depth: [H, W], float [m] or uint16 [mm].
            values: of COLUMNS without ``image``; ``column`` and ``row`` in ``depth``. ``outcome`` is 1, 0 or
                empty (undecided).

        Raises:
            OutputError: the disk is full or the folder not writable; nothing of the attempt is written then.
        """
        window, left, top = window_about(depth, float(values["column"]), float(values["row"]))
        table = self._folder / (UNDECIDED if values["outcome"] == "" else ATTEMPTS)
        name = f"{IMAGES}/{values['stamp_ns']}-{os.urandom(4).hex()}.npy"
        row = {**values, "image": name, "column": values["column"] - left, "row": values["row"] - top}
        content = io.BytesIO()
        np.save(content, window, allow_pickle=False)
        write_file(self._folder / name, content.getvalue())
        _append(table, row)


def window_about(
    depth: NDArray[np.generic], column: float, row: float
) -> tuple[NDArray[np.generic], int, int]:
    """The part of an image that crops of a grasp are cut from, and the column and row where it begins."""
    left, top = (max(0, round(center) - HALF_WINDOW_PX) for center in (column, row))
    right, bottom = (max(1, round(center) + HALF_WINDOW_PX + 1) for center in (column, row))
    return np.ascontiguousarray(depth[top:bottom, left:right]), left, top


def _append(table: Path, row: Mapping[str, Any]) -> None:
    try:
        if not table.exists():
            write_file(table, _line(dict(zip(COLUMNS, COLUMNS, strict=True))))
        descriptor = os.open(table, os.O_RDWR | os.O_APPEND)
        try:
            _remove_torn_row(descriptor)
            os.write(descriptor, _line(row))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise OutputError(
            f"{table} cannot be appended to ({error.strerror}); free space or change recording.folder."
        ) from error


def _line(row: Mapping[str, Any]) -> bytes:
    text = io.StringIO()
    csv.DictWriter(text, COLUMNS, lineterminator="\n").writerow(row)
    return text.getvalue().encode()


def _remove_torn_row(descriptor: int) -> None:
    """No value holds a line break, so the file is whole up to its last one."""
    size = os.fstat(descriptor).st_size
    tail = os.pread(descriptor, 1 << 16, max(0, size - (1 << 16)))
    torn = len(tail) - (tail.rfind(b"\n") + 1)
    if torn:
        os.ftruncate(descriptor, size - torn)
