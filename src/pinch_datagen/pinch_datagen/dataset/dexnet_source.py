# SPDX-License-Identifier: Apache-2.0
"""The published Dex-Net 2.0 layout, read for :class:`Dataset`; :mod:`dexnet_format` lists its fields."""

from __future__ import annotations

import math
import re
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinch_core.errors import UnknownNameError
from pinch_core.perception.crop import relative_crops
from pinch_datagen.dataset import canonical_json
from pinch_datagen.dataset.dexnet_format import (
    DEPTH_COLUMN,
    EXAMPLES_PER_FILE,
    EXPORT_FILE,
    IMAGE_FIELDS,
    METRIC_FIELDS,
    POSE_COLUMNS,
    TENSORS_FOLDER,
)
from pinch_datagen.dataset.groups import SplitUnit, group_id
from pinch_datagen.dataset.source import Bool, Float32, Int64
from pinch_datagen.errors import DamagedDatasetError, DatagenError

PUBLISHED_THRESHOLD = 0.002

# Files are compressed and must be decoded whole: as many as fit in here are kept.
DECODED_BYTES = 256 << 20

_NUMBERS = "fiub"  # numpy's kinds: floating point, integers and Booleans

FILE_NAME = re.compile(r"(?P<field>\w+)_(?P<number>\d{5,})\.npz")
GROUP_FIELDS = {
    SplitUnit.IMAGE: "image_labels",
    SplitUnit.STABLE_POSE: "pose_labels",
    SplitUnit.OBJECT: "object_labels",
}


class DexNetSource:
    """A folder with ``tensors/``, or the folder that holds the npz files itself.

    A random batch decodes about one file an example, some 10 ms each: read such a dataset file by file.

    Args:
        path: the folder.
        checksums: read every file once and let its CRC tell damage.
        threshold: robust epsilon above which a grasp is positive; None: what an export of ours states, else
            the published 0.002.

    Raises:
        DatagenError: the folder does not hold this layout.
        DamagedDatasetError: a file is missing, cut or corrupt.
    """

    def __init__(self, path: Path, checksums: bool = False, threshold: float | None = None) -> None:
        self.path = path
        self._tensors = path / TENSORS_FOLDER if (path / TENSORS_FOLDER).is_dir() else path
        self._files = _find(self._tensors)
        self.crop_sizes = tuple(size for size, field in IMAGE_FIELDS.items() if field in self._files)
        self.metrics = tuple(name for name, field in METRIC_FIELDS.items() if field in self._files)
        if not self.crop_sizes or not {"hand_poses", "robust_ferrari_canny"} <= set(self._files):
            raise DatagenError(
                f"{path} lacks depth images, hand_poses or robust_ferrari_canny of Dex-Net 2.0's layout; "
                "give the folder that holds tensors/ with them."
            )
        if checksums:
            for files in self._files.values():
                for file in files:
                    _check_sums(file)
        self._threshold = _stated_threshold(path) if threshold is None else threshold
        robust = [_load(file) for file in self._files["robust_ferrari_canny"]]
        self.counts = np.array([len(values) for values in robust], np.int64)
        self.open_limit = max(1, DECODED_BYTES // (EXAMPLES_PER_FILE * max(self.crop_sizes) ** 2 * 4))

    def labels(self) -> Bool:
        return np.asarray(self.metric("robust_epsilon") > self._threshold)

    def depths(self) -> Float32:
        return _single(self._joined("hand_poses", (len(POSE_COLUMNS),), DEPTH_COLUMN))

    def metric(self, name: str) -> Float32:
        if name not in self.metrics:
            known = ", ".join(self.metrics)
            raise UnknownNameError(f"{self.path} has no metric '{name}'; choose one of: {known}.")
        return _single(self._joined(METRIC_FIELDS[name]))

    def group_ids(self, unit: SplitUnit) -> Int64:
        field = GROUP_FIELDS[unit]
        if field in self._files:
            labels = self._joined(field)
            if not np.isfinite(labels).all():
                raise _damaged(self._files[field][0], "a label in the files of its field is not finite")
            groups, members = np.unique(labels, return_inverse=True)
            return np.array([group_id(unit.value, int(group)) for group in groups], np.int64)[members]
        if unit is SplitUnit.IMAGE:
            return np.arange(self.counts.sum())
        raise DatagenError(
            f"{self.path} has no {field} files, so its examples cannot be split by {unit.value}; "
            "split by image or add the files."
        )

    def crops(self, part: int, size: int) -> NDArray[Any]:
        path = self._files[IMAGE_FIELDS[size]][part]
        count = int(self.counts[part])
        images = _single(_load(path, (count, size, size)))
        poses = _load(self._files["hand_poses"][part], (count, len(POSE_COLUMNS)))
        depths = _single(poses[:, DEPTH_COLUMN])
        return relative_crops(np.where(images == 0, np.float32(np.nan), images), depths)

    def _joined(self, field: str, shape: tuple[int, ...] = (), column: int | None = None) -> NDArray[Any]:
        files = zip(self._files[field], self.counts, strict=True)
        arrays = (_load(file, (int(count), *shape)) for file, count in files)
        return np.concatenate([array if column is None else array[:, column].copy() for array in arrays])


def _find(folder: Path) -> dict[str, list[Path]]:
    """The files of each field by number, of which none may be missing."""
    fields: dict[str, list[Path]] = {}
    for path in sorted(folder.glob("*.npz")):
        if match := FILE_NAME.fullmatch(path.name):
            fields.setdefault(match["field"], []).append(path)
    count = max(map(len, fields.values()), default=0)
    for field, files in fields.items():
        for number in range(count):
            expected = folder / f"{field}_{number:05d}.npz"
            if number >= len(files) or files[number] != expected:
                raise _damaged(expected, "it is missing")
    return fields


def _load(path: Path, shape: tuple[int, ...] | None = None) -> NDArray[Any]:
    """The array of a file, held to a shape up to axes of length 1."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            array = np.asarray(archive["arr_0"])
    except Exception as error:  # what numpy, zipfile and zlib raise on damaged bytes is open-ended
        raise _damaged(path, str(error)) from error
    if array.dtype.kind not in _NUMBERS:
        raise _damaged(path, f"it holds {array.dtype}, not numbers")
    if shape is None:
        return array.reshape(-1)
    if array.size != math.prod(shape) or array.shape[:1] != shape[:1]:
        raise _damaged(path, f"it holds an array {list(array.shape)}, not {list(shape)}")
    return array.reshape(shape)


def _single(values: NDArray[Any]) -> Float32:
    """Float32; infinity for what is beyond it."""
    with np.errstate(over="ignore"):
        return values.astype(np.float32, copy=False)


def _check_sums(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
    except Exception as error:  # as above
        raise _damaged(path, str(error)) from error
    if damaged is not None:
        raise _damaged(path, "it differs from its checksum")


def _stated_threshold(path: Path) -> float:
    file = path / EXPORT_FILE
    if not file.is_file():
        return PUBLISHED_THRESHOLD
    threshold = canonical_json.read(file).get("robust_epsilon_threshold")
    if (
        isinstance(threshold, bool)
        or not isinstance(threshold, (int, float))
        or not abs(threshold) <= sys.float_info.max
    ):
        raise _damaged(file, "it states no robust_epsilon_threshold")
    return float(threshold)


def _damaged(path: Path, reason: str) -> DamagedDatasetError:
    return DamagedDatasetError(f"{path} is damaged ({reason}); export or download it again.")
