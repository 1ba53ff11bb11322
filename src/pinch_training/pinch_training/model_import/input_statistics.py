# SPDX-License-Identifier: Apache-2.0
"""Mean and standard deviation by which a published network's inputs are normalised."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pinch_core.errors import DamagedFileError
from pinch_core.plain_text import shown
from pinch_training.model_import.published_model import DepthInput, Normalisation

Float64 = NDArray[np.float64]

# hand_poses of Dex-Net 2.0's datasets has seven columns, of which its network sees the depth.
_HAND_POSE_COLUMNS, _HAND_POSE_DEPTH = 7, 2


def read_normalisation(folder: Path, depth_input: DepthInput) -> Normalisation:
    """The statistics of a model folder.

    Raises:
        DamagedFileError: a file is missing or damaged, or its values are not finite, or not positive where
            they divide.
    """
    subtracted = depth_input is DepthInput.SUBTRACTED
    image_mean, image_std = _read_pair(folder, "im_depth_sub" if subtracted else "im")
    if image_mean.size != 1:
        raise DamagedFileError(
            f"{folder} has {image_mean.size} image means where pinch knows networks with one; "
            "fetch the model again.",
            folder,
        )
    pose_mean, pose_std = (np.zeros(0), np.ones(0)) if subtracted else _read_pair(folder, "pose")
    if pose_mean.size == _HAND_POSE_COLUMNS:
        column = slice(_HAND_POSE_DEPTH, _HAND_POSE_DEPTH + 1)
        pose_mean, pose_std = pose_mean[column], pose_std[column]
    return Normalisation(image_mean.item(), image_std.item(), pose_mean, pose_std)


def _read_pair(folder: Path, name: str) -> tuple[Float64, Float64]:
    mean, std = _read(folder / f"{name}_mean.npy"), _read(folder / f"{name}_std.npy")
    if mean.size != std.size or not (std > 0).all():
        raise DamagedFileError(
            f"{folder / name}_std.npy holds {shown(std.tolist())} where {mean.size} positive numbers must "
            "stand; fetch the model again."
        )
    return mean, std


def _read(path: Path) -> Float64:
    try:
        # Neither pickled objects nor archives: only an array.
        with path.open("rb") as file:
            values = np.lib.format.read_array(file, allow_pickle=False)
        if values.dtype.kind not in "fiu":
            raise TypeError(f"it holds {values.dtype}")
        numbers = np.asarray(values, dtype=np.float64).ravel()
    except OSError as error:
        raise DamagedFileError(
            f"{path} cannot be read ({error.strerror}); give a published model's folder.", path
        ) from error
    except Exception as error:  # what numpy raises on damaged bytes is open-ended
        reason = " ".join(str(error).split())
        raise DamagedFileError(
            f"{path} is no array of numbers ({reason}); fetch the model again.", path
        ) from error
    with np.errstate(over="ignore", under="ignore"):
        single = numbers.astype(np.float32)  # as the network computes with them
    if not np.isfinite(single).all():
        raise DamagedFileError(f"{path} holds NaN or infinity; fetch the model again.", path)
    return np.where(single == 0, 0.0, numbers)
