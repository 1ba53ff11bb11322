# SPDX-License-Identifier: Apache-2.0
"""The layout in which Dex-Net 2.0 is published, and the export of our datasets to it.

``tensors/<field>_%05d.npz``, key ``arr_0``, 1,000 examples a file, the last file with the rest:

- ``depth_ims_tf_table`` Float32[n, 32, 32, 1], ``tf_depth_ims`` Float32[n, 96, 96, 1]: depth [m], 0 = no
  return
- ``hand_poses`` Float32[n, 7]: row px, column px, depth [m], angle [rad], object's row px and column px, jaw
  width px
- ``robust_ferrari_canny``, ``ferrari_canny``, ``force_closure`` Float32[n]
- ``collision_free`` UInt8[n]; ``object_labels``, ``pose_labels``, ``image_labels`` Int64[n], each counted
  through the whole dataset

Readers threshold ``robust_ferrari_canny`` alone for the label, so a grasp in collision has 0 there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinch_core.atomic_file import new_folder
from pinch_core.errors import OutputError
from pinch_datagen.dataset import canonical_json
from pinch_datagen.dataset.shard import Shard
from pinch_datagen.dataset.shard_source import ShardSource
from pinch_datagen.errors import DatagenError

EXAMPLES_PER_FILE = 1000
TENSORS_FOLDER = "tensors"
IMAGE_FIELDS = {32: "depth_ims_tf_table", 96: "tf_depth_ims"}
METRIC_FIELDS = {
    "force_closure": "force_closure",
    "epsilon": "ferrari_canny",
    "robust_epsilon": "robust_ferrari_canny",
}
POSE_COLUMNS = ("row", "column", "depth", "angle", "object_row", "object_column", "width_px")
DEPTH_COLUMN = POSE_COLUMNS.index("depth")

# Beside tensors/: what the labels mean. Only exports have it.
EXPORT_FILE = "export.json"


def export_dexnet(dataset_dir: Path, out_dir: Path) -> None:
    """Write a dataset of ours in the published layout, file by file; ``out_dir`` appears when all is done.

    Raises:
        DatagenError: the dataset has no crops of 32 px.
        DamagedDatasetError: the dataset is unfinished or damaged.
        OutputError: ``out_dir`` exists and is not an empty folder, or cannot be written.
    """
    source = ShardSource(dataset_dir)
    if 32 not in source.crop_sizes:
        raise DatagenError(
            f"{dataset_dir} has crops of {source.crop_sizes} px where Dex-Net's layout needs 32; "
            "generate those too."
        )
    if out_dir.exists() and not (out_dir.is_dir() and not any(out_dir.iterdir())):
        raise OutputError(
            f"{out_dir} exists and is not an empty folder; choose another place for the export.", out_dir
        )
    fields = _fields(source.crop_sizes)
    with new_folder(out_dir) as folder:
        tensors = folder / TENSORS_FOLDER
        tensors.mkdir()
        for number, pieces in enumerate(_files(source.shards)):
            for field, values in fields.items():
                array = np.concatenate([values(piece) for piece in pieces])
                np.savez_compressed(tensors / f"{field}_{number:05d}.npz", array)
        manifest = source.manifest
        meaning = {
            "fingerprint": manifest.fingerprint,
            "torque_scale": manifest.torque_scale,
            "robust_epsilon_threshold": manifest.robust_epsilon_threshold,
        }
        (folder / EXPORT_FILE).write_bytes(canonical_json.encode(meaning))


@dataclass(frozen=True)
class _Piece:
    """Consecutive examples of one shard. ``first_pose``, ``first_view``: rows of the shards before it."""

    shard: Shard
    rows: slice
    object: int
    first_pose: int
    first_view: int

    def examples(self) -> NDArray[Any]:
        return np.asarray(self.shard.examples[self.rows])

    def grasps(self) -> NDArray[Any]:
        return np.asarray(self.shard.grasps[self.shard.rows("examples", "grasp", "grasps")[self.rows]])


def _files(shards: list[Shard]) -> Iterator[list[_Piece]]:
    """The pieces that make up each file."""
    pieces: list[_Piece] = []
    room = EXAMPLES_PER_FILE
    first_pose = first_view = 0
    for number, shard in enumerate(shards):
        start, count = 0, shard.info.counts.examples
        while start < count:
            stop = min(start + room, count)
            pieces.append(_Piece(shard, slice(start, stop), number, first_pose, first_view))
            room -= stop - start
            start = stop
            if room == 0:
                yield pieces
                pieces, room = [], EXAMPLES_PER_FILE
        first_pose += shard.info.counts.poses
        first_view += shard.info.counts.views
    if pieces:
        yield pieces


def _fields(crop_sizes: tuple[int, ...]) -> dict[str, Callable[[_Piece], NDArray[Any]]]:
    fields: dict[str, Callable[[_Piece], NDArray[Any]]] = {
        "hand_poses": _hand_poses,
        "force_closure": lambda piece: _finite(piece.grasps()["force_closure"]),
        "ferrari_canny": lambda piece: _finite(piece.grasps()["epsilon"]),
        "robust_ferrari_canny": _robust_epsilon_unless_colliding,
        "collision_free": lambda piece: piece.grasps()["collision_free"].astype(np.uint8),
        "object_labels": lambda piece: np.full(len(piece.examples()), piece.object, np.int64),
        "pose_labels": lambda piece: piece.first_pose + _poses(piece),
        "image_labels": lambda piece: piece.first_view + _views(piece),
    }
    for size, field in IMAGE_FIELDS.items():
        if size in crop_sizes:
            fields[field] = lambda piece, size=size: _images(piece, size)  # type: ignore[misc]
    return fields


def _hand_poses(piece: _Piece) -> NDArray[np.float32]:
    examples = piece.examples()
    return np.stack([examples[column] for column in POSE_COLUMNS], axis=1)


def _robust_epsilon_unless_colliding(piece: _Piece) -> NDArray[np.float32]:
    grasps = piece.grasps()
    return np.where(grasps["collision_free"], _finite(grasps["robust_epsilon"]), np.float32(0))


def _views(piece: _Piece) -> NDArray[np.int64]:
    return piece.shard.rows("examples", "view", "views")[piece.rows]


def _poses(piece: _Piece) -> NDArray[np.int64]:
    return piece.shard.rows("views", "pose", "poses")[_views(piece)]


def _images(piece: _Piece, size: int) -> NDArray[np.float32]:
    depth = piece.shard.depth_images(size, np.arange(piece.rows.start, piece.rows.stop))
    return _finite(depth)[..., None]


def _finite(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The published files know no NaN."""
    return np.nan_to_num(values, nan=0.0)
