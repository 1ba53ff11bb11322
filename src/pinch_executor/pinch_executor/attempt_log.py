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

from pinch_core.atomic_file import append_line, write_file

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
    "openings",
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
        if not table.exists():
            append_line(table, _line(dict(zip(COLUMNS, COLUMNS, strict=True))))
        append_line(table, _line(row))


def window_about(
    depth: NDArray[np.generic], column: float, row: float
) -> tuple[NDArray[np.generic], int, int]:
    """The part of an image that crops of a grasp are cut from, and the column and row where it begins."""
    left, top = (max(0, round(center) - HALF_WINDOW_PX) for center in (column, row))
    right, bottom = (max(1, round(center) + HALF_WINDOW_PX + 1) for center in (column, row))
    return np.ascontiguousarray(depth[top:bottom, left:right]), left, top


def _line(row: Mapping[str, Any]) -> bytes:
    """No value holds a line break."""
    text = io.StringIO()
    csv.DictWriter(text, COLUMNS, lineterminator="").writerow(row)
    return text.getvalue().encode()
