# SPDX-License-Identifier: Apache-2.0
"""Attempts in a table: one row each, with the path of a crop, or of a depth image and the grasp in it."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from pinch_core.depth_files import read_depth
from pinch_core.depth_format import DepthFormat
from pinch_core.depth_frame import DepthFrame
from pinch_core.errors import DamagedFileError, PinchError
from pinch_training.attempts.attempts import (
    Attempt,
    Attempts,
    check_depth,
    cut,
    frame_of,
    located,
    shape_of_crops,
)
from pinch_training.errors import AttemptsError, DamagedAttemptsError

Float32 = NDArray[np.float32]

CROP_COLUMNS = ("crop", "depth", "outcome")
IMAGE_COLUMNS = ("image", "column", "row", "angle", "depth", "outcome")
OBJECT_COLUMN = "object"
OUTCOMES: Mapping[str, bool] = MappingProxyType({"1": True, "success": True, "0": False, "failure": False})
# Rows of the same image mostly follow each other.
IMAGES_KEPT = 8


def read_csv(path: Path, crop_size: int, depth_format: DepthFormat | None = None) -> Attempts:
    """Attempts of a CSV file with a header; see docs/finetune.md for its columns.

    Args:
        crop_size: side of the crops wanted [px].
        depth_format: how the images are to be read; crops are metres.

    Raises:
        AttemptsError: the file or an image is missing or no such thing, or a value is impossible; says the
            file and the line.
        DamagedAttemptsError: an image is truncated or corrupt.
    """
    reader = _Crops(path.parent, crop_size, depth_format)
    attempts = []
    for where, row in _rows(path):
        try:
            attempts.append(_attempt(row, reader, where))
        except DamagedFileError as error:
            raise DamagedAttemptsError(located(error, where)) from error
        except PinchError as error:
            raise AttemptsError(located(error, where)) from error
    return Attempts.of(str(path), attempts)


def _rows(path: Path) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Each row that is not empty, with its place in words."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            table = csv.DictReader(file, strict=True, skipinitialspace=True)
            _check_columns([name.strip() for name in table.fieldnames or ()], path)
            table.fieldnames = [name.strip() for name in table.fieldnames or ()]
            for row in table:
                where = f"{path}, line {table.line_num}"
                if None in row or None in row.values():
                    raise AttemptsError(
                        f"{where}: there are not as many values as the {len(table.fieldnames)} columns; "
                        "write one for each."
                    )
                yield where, {name: value.strip() for name, value in row.items()}
    except OSError as error:
        raise AttemptsError(f"{path} cannot be read ({error.strerror}); give a CSV file or a bag.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DamagedAttemptsError(f"{path} is no CSV text ({error}); write it again.", path) from error


def _check_columns(names: list[str], path: Path) -> None:
    if len(set(names)) < len(names):
        raise AttemptsError(f"{path} has two columns of the same name among {', '.join(names)}; rename one.")
    if "crop" in names and "image" in names:
        raise AttemptsError(f"{path} has the columns 'crop' and 'image'; give one of them for each attempt.")
    wanted = CROP_COLUMNS if "crop" in names else IMAGE_COLUMNS
    missing = [f"'{name}'" for name in wanted if name not in names]
    if "crop" not in names and "image" not in names:
        missing = ["'crop' or 'image'"]
    if missing:
        raise AttemptsError(
            f"{path} lacks the column {', '.join(missing)}; the columns are {', '.join(CROP_COLUMNS)}, or "
            f"{', '.join(IMAGE_COLUMNS)}."
        )


class _Crops:
    """Reads images and crops; paths are relative to the folder of the table."""

    def __init__(self, folder: Path, size: int, depth_format: DepthFormat | None) -> None:
        self._folder, self._format = folder, depth_format
        self._size = size
        self.frame = lru_cache(IMAGES_KEPT)(self._frame)

    def crop(self, name: str, where: str) -> Float32:
        path = self._folder / name
        values = read_depth(path)
        if not np.issubdtype(values.dtype, np.floating):
            raise AttemptsError(f"{where}: {path} holds {values.dtype}; a crop is floating-point metres.")
        if values.shape != (self._size, self._size):
            raise AttemptsError(
                f"{where}: {path} has the shape {values.shape}, but the network sees crops of ({self._size}, "
                f"{self._size}); cut crops of its size, or give the image."
            )
        with np.errstate(over="ignore"):
            crop = values.astype(np.float32)
        if not np.isfinite(crop).all():
            count = int((~np.isfinite(crop)).sum())
            raise AttemptsError(
                f"{where}: {count} pixels of {path} are not finite; fill them before, or give the image."
            )
        return crop

    def cut(self, name: str, grasp: tuple[float, float, float, float], where: str) -> Float32:
        return cut(self.frame(name), *grasp, shape_of_crops(self._size), where)

    def _frame(self, name: str) -> DepthFrame:
        return frame_of(read_depth(self._folder / name), str(self._folder / name), self._format)


def _attempt(row: Mapping[str, str], crops: _Crops, where: str) -> Attempt:
    depth = _number(row, "depth", where)
    if row["outcome"].lower() not in OUTCOMES:
        raise AttemptsError(
            f"{where}: outcome '{row['outcome']}' is none of {', '.join(OUTCOMES)}; write one of these."
        )
    if "crop" in row:
        crop = crops.crop(row["crop"], where)
        check_depth(crop, depth, where)
    else:
        column, line, angle = (_number(row, name, where) for name in ("column", "row", "angle"))
        crop = crops.cut(row["image"], (column, line, angle, depth), where)
    return Attempt(crop, depth, OUTCOMES[row["outcome"].lower()], row.get(OBJECT_COLUMN, ""))


def _number(row: Mapping[str, str], name: str, where: str) -> float:
    try:
        value = float(row[name])
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise AttemptsError(f"{where}: {name} '{row[name]}' is no finite number; write one.")
    return value
