# SPDX-License-Identifier: Apache-2.0
"""A shard: the folder that holds everything known of one object, in files that can be memory-mapped.

Each file is an array of :class:`ObjectData`; ``shard.json`` states counts, sizes and checksums. Crops are
stored relative to the example's depth, where half precision keeps 0.06 mm within 25 cm of the grasp.
"""

from __future__ import annotations

import dataclasses
import io
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinch_core.atomic_file import TEMPORARY, new_folder
from pinch_core.config import from_mapping
from pinch_core.errors import ConfigError, UnknownNameError
from pinch_datagen.dataset import canonical_json
from pinch_datagen.dataset.checksums import FileInfo, HashingFile, sha256_of_file
from pinch_datagen.dataset.tables import EXAMPLES, GRASPS, METRICS, POSES, VIEWS, ObjectData, Table
from pinch_datagen.errors import DamagedDatasetError
from pinch_datagen.objects.object_model import ObjectModel

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]

INFO_FILE = "shard.json"
MESH_FILE = "mesh.npz"
TABLES = {"poses": POSES, "grasps": GRASPS, "views": VIEWS, "examples": EXAMPLES}


class CropPrecision(str, Enum):
    """The floating-point type that crops are stored in."""

    FLOAT16 = "float16"
    FLOAT32 = "float32"


@dataclass(frozen=True)
class Counts:
    """Rows of the tables; ``positives`` are the examples whose label is true."""

    examples: int
    positives: int
    grasps: int
    poses: int
    views: int


@dataclass(frozen=True)
class ShardInfo:
    """What ``shard.json`` says. ``dtype``: a :class:`CropPrecision`'s value. ``files``: all but itself."""

    name: str
    source: str
    counts: Counts
    crop_sizes: tuple[int, ...]
    dtype: str
    files: dict[str, FileInfo]


@dataclass(frozen=True)
class Shard:
    """A shard on disk. Every access maps the file anew and keeps nothing open: hold on to what you use often.

    All accessors raise DamagedDatasetError for a file that is not what ``info`` says.
    """

    folder: Path
    info: ShardInfo

    @property
    def poses(self) -> Table:
        return self._table("poses")

    @property
    def grasps(self) -> Table:
        return self._table("grasps")

    @property
    def views(self) -> Table:
        return self._table("views")

    @property
    def examples(self) -> Table:
        return self._table("examples")

    @property
    def model(self) -> ObjectModel:
        path = self.folder / MESH_FILE
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as mesh:
                return ObjectModel(
                    self.info.name,
                    self.info.source,
                    vertices=mesh["vertices"],
                    faces=mesh["faces"],
                    mass=float(mesh["mass"]),
                    center_of_mass=mesh["center_of_mass"],
                )
        except Exception as error:  # what numpy and zipfile raise on damaged bytes is open-ended
            raise _damaged(path, str(error)) from error

    def crops(self, size: int) -> NDArray[Any]:
        """[N, size, size] float16 or float32 [m], depth minus the example's depth, NaN = no return.

        Raises:
            UnknownNameError: there are no crops of this size.
        """
        if size not in self.info.crop_sizes:
            known = ", ".join(map(str, self.info.crop_sizes))
            raise UnknownNameError(f"{self.folder} has no crops of {size} px; choose one of: {known}.")
        shape = (self.info.counts.examples, size, size)
        return self._map(_crops_file(size), np.dtype(self.info.dtype), shape)

    def depth_images(self, size: int, indices: Int64) -> Float32:
        """Float32[len(indices), size, size], depth from the camera [m], NaN = no return."""
        relative = np.asarray(self.crops(size)[indices], np.float32)
        return np.asarray(relative + self.examples["depth"][indices][:, None, None])

    def metric(self, name: str) -> Float32:
        """Float32[N], one of METRICS of each example's grasp.

        Raises:
            UnknownNameError: no such metric.
        """
        if name not in METRICS:
            raise UnknownNameError(f"there is no metric '{name}'; choose one of: {', '.join(METRICS)}.")
        return np.array(self.grasps[name][self.rows("examples", "grasp", "grasps")])

    def rows(self, table: str, column: str, target: str) -> Int64:
        """Int64[N], the rows of the table ``target`` that a column of ``table`` names."""
        rows = self._table(table)[column].astype(np.int64)
        if len(rows) and rows.max() >= getattr(self.info.counts, target):
            raise _damaged(self.folder / f"{table}.npy", f"there is no row {rows.max()} in {target}.npy")
        return rows

    def _table(self, name: str) -> Table:
        return self._map(f"{name}.npy", TABLES[name], (getattr(self.info.counts, name),))

    def _map(self, file: str, dtype: np.dtype[Any], shape: tuple[int, ...]) -> NDArray[Any]:
        path = self.folder / file
        try:
            array = np.lib.format.open_memmap(path, mode="r")  # refuses object arrays: never a pickle
        except Exception as error:  # what numpy raises on a damaged header is open-ended
            raise _damaged(path, str(error)) from error
        if array.dtype != dtype or array.shape != shape:
            raise _damaged(path, f"it holds {array.dtype}{list(array.shape)}, not {dtype}{list(shape)}")
        return array


def write_shard(folder: Path, data: ObjectData, precision: CropPrecision) -> None:
    """Write an object's data as the shard ``folder``, in whole or not at all; equal data gives equal bytes.

    An older shard at that place is replaced.

    Raises:
        OutputError: the disk is full or the place not writable; nothing is left behind.
        ValueError: the tables have other dtypes, or refer to rows that do not exist.
    """
    _check(data)
    model = data.model
    mesh = io.BytesIO()  # np.savez dates its entries 1980: the bytes depend on the content alone
    np.savez(
        mesh,
        vertices=model.vertices,
        faces=model.faces,
        mass=np.float64(model.mass),
        center_of_mass=model.center_of_mass,
    )
    arrays = {f"{name}.npy": getattr(data, name) for name in TABLES}
    for size, crops in data.crops.items():
        arrays[_crops_file(size)] = crops.astype(precision.value)

    with new_folder(folder) as temporary:
        files = {}
        for name, array in arrays.items():
            with (temporary / name).open("wb") as file:
                hashing = HashingFile(file)
                np.lib.format.write_array(hashing, np.ascontiguousarray(array), allow_pickle=False)
            files[name] = hashing.info()
        for name, content in {MESH_FILE: mesh.getvalue(), **data.beside}.items():
            with (temporary / name).open("wb") as file:
                hashing = HashingFile(file)
                hashing.write(content)
            files[name] = hashing.info()
        info = ShardInfo(
            name=model.name,
            source=model.source,
            counts=Counts(
                examples=len(data.examples),
                positives=int(np.count_nonzero(data.examples["label"])),
                grasps=len(data.grasps),
                poses=len(data.poses),
                views=len(data.views),
            ),
            crop_sizes=tuple(sorted(data.crops)),
            dtype=precision.value,
            files=files,
        )
        (temporary / INFO_FILE).write_bytes(canonical_json.encode(dataclasses.asdict(info)))


def read_shard(folder: Path) -> Shard:
    """Open a shard; presence and size of its files are checked, their content only by :func:`verify`.

    Raises:
        DamagedDatasetError: the folder is missing or half written, or a file of it is missing or cut.
    """
    path = folder / INFO_FILE
    if folder.name.startswith(TEMPORARY):
        raise _damaged(folder, "it was never finished")
    try:
        info = from_mapping(ShardInfo, canonical_json.read(path), str(path))
        CropPrecision(info.dtype)
    except (OSError, ConfigError, ValueError) as error:
        raise _damaged(path, str(error)) from error
    for name, expected in info.files.items():
        try:
            size = (folder / name).stat().st_size
        except OSError as error:
            raise _damaged(folder / name, str(error.strerror)) from error
        if size != expected.bytes:
            raise _damaged(folder / name, f"it has {size} bytes, not {expected.bytes}")
    return Shard(folder, info)


def verify(folder: Path) -> None:
    """Compare every file of a shard with its checksum.

    Raises:
        DamagedDatasetError: as :func:`read_shard`, or a file differs from its checksum.
    """
    for name, expected in read_shard(folder).info.files.items():
        try:
            digest = sha256_of_file(folder / name)
        except OSError as error:
            raise _damaged(folder / name, str(error.strerror)) from error
        if digest != expected.sha256:
            raise _damaged(folder / name, "it differs from its checksum")


def _check(data: ObjectData) -> None:
    for name, dtype in TABLES.items():
        if getattr(data, name).dtype != dtype:
            raise ValueError(f"{name} of '{data.model.name}' are not a table of the dtype {name.upper()}")
    for table, column, target in (
        (data.grasps, "pose", data.poses),
        (data.views, "pose", data.poses),
        (data.examples, "view", data.views),
        (data.examples, "grasp", data.grasps),
    ):
        if len(table) and table[column].max() >= len(target):
            raise ValueError(
                f"'{data.model.name}': {column} {table[column].max()} of {len(target)} does not exist"
            )
    for size, crops in data.crops.items():
        if crops.shape != (len(data.examples), size, size):
            raise ValueError(f"'{data.model.name}': {len(data.examples)} examples with crops {crops.shape}")


def _crops_file(size: int) -> str:
    return f"crops_{size}.npy"


def _damaged(path: Path, reason: str) -> DamagedDatasetError:
    return DamagedDatasetError(f"{path} is damaged ({reason}); generate its object again with --resume.")
