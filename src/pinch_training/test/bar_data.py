# SPDX-License-Identifier: Apache-2.0
"""Examples that a small network learns in seconds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pinch_datagen.dataset.dataset import Dataset

TABLE, BAR, GRASP = 0.7, 0.66, 0.68


def bar_crops(good: NDArray[np.bool_], size: int = 32) -> NDArray[np.float32]:
    """Float32[N, size, size] [m]: a bar between the jaws where ``good``, else turned away from them."""
    across = np.full((size, size), TABLE, np.float32)
    across[size // 4 : size * 25 // 32, size * 13 // 32 : size * 20 // 32] = BAR
    return np.where(good[:, None, None], across, across.T)


def dexnet_folder(folder: Path, count: int = 900, only: bool | None = None, wrong: float = 0.0) -> Dataset:
    """Bars at several distances in the published layout: 3 examples an image, 10 a pose, 30 an object.

    Args:
        only: the one label there is.
        wrong: share of the labels that are not what the picture shows.
    """
    rng = np.random.default_rng(0)
    good = rng.random(count) < 0.4 if only is None else np.full(count, only)
    poses = np.zeros((count, 7), np.float32)
    shift = rng.uniform(-0.05, 0.05, count).astype(np.float32)
    poses[:, 2] = GRASP + shift
    fields = {
        "depth_ims_tf_table": (bar_crops(good) + shift[:, None, None])[..., None],
        "hand_poses": poses,
        "robust_ferrari_canny": np.where(good != (rng.random(count) < wrong), 0.01, 0.0).astype(np.float32),
        "object_labels": (np.arange(count) // 30).astype(np.int64),
        "pose_labels": (np.arange(count) // 10).astype(np.int64),
        "image_labels": (np.arange(count) // 3).astype(np.int64),
    }
    tensors = folder / "tensors"
    tensors.mkdir(parents=True)
    for name, values in fields.items():
        np.savez(tensors / f"{name}_00000.npz", arr_0=values)
    return Dataset.open(folder)
