# SPDX-License-Identifier: Apache-2.0
"""Grasps tried by a real robot: the depth image of each, and whether it succeeded."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinch_core.depth_format import DepthFormat
from pinch_core.depth_frame import DepthFrame
from pinch_core.errors import PinchError
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.perception.crop import CROP_32, CROP_96, CropShape, crop_depth
from pinch_training.errors import AttemptsError

Bool = NDArray[np.bool_]
Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]

# A crop whose middle is farther than this from its grasp is in another unit, or of another grasp.
MAX_OFFSET_M = 1.0


@dataclass(frozen=True, eq=False)
class Attempt:
    """``crop`` Float32[S, S] [m], NaN = no return, aligned with the grasp; ``depth`` of the grasp [m].
    ``object``: name of what was grasped, empty where it is not known.
    """

    crop: Float32
    depth: float
    success: bool
    object: str = ""


@dataclass(frozen=True, eq=False)
class Attempts:
    """N attempts of one source, a bag or a table.

    ``crops`` Float32[N, S, S], depth from the camera [m], ``depths`` Float32[N] [m], ``successes`` Bool[N],
    ``groups`` Int64[N]: equal for attempts on the same object. ``objects``: how many there are, 0 where they
    are not named. ``notes``: one sentence for each thing that was left out.
    """

    source: str
    crops: Float32
    depths: Float32
    successes: Bool
    groups: Int64
    objects: int
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, source: str, attempts: Sequence[Attempt], notes: tuple[str, ...] = ()) -> Attempts:
        """Attempts without a named object are on an object each.

        Args:
            source: name of the recording, for messages.

        Raises:
            AttemptsError: there is none, or all succeeded, or all failed.
        """
        if not attempts:
            raise AttemptsError(f"{source} holds no attempt{_because(notes)}; record some.")
        successes = np.array([one.success for one in attempts])
        if successes.all() or not successes.any():
            outcome = "succeeded" if successes.any() else "failed"
            raise AttemptsError(
                f"all {len(attempts)} attempts of {source} {outcome}, so there is nothing to tell apart; "
                "record failures and successes."
            )
        names = [one.object or f"\0{number}" for number, one in enumerate(attempts)]
        return cls(
            source,
            np.stack([one.crop for one in attempts]),
            np.array([one.depth for one in attempts], np.float32),
            successes,
            np.unique(names, return_inverse=True)[1].astype(np.int64),
            len({one.object for one in attempts} - {""}),
            notes,
        )

    def __len__(self) -> int:
        return len(self.successes)

    @property
    def digest(self) -> str:
        """sha256 of crops, depths and outcomes."""
        digest = hashlib.sha256()
        for array in (self.crops, self.depths, self.successes):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()


def shape_of_crops(size: int) -> CropShape:
    """How crops of a network's size are cut.

    Raises:
        AttemptsError: no such crops are cut.
    """
    for shape in (CROP_32, CROP_96):
        if shape.size == size:
            return shape
    raise AttemptsError(
        f"the network sees crops of {size} px, which are not cut from images; give crops, or a network of "
        f"{CROP_32.size} or {CROP_96.size} px."
    )


def frame_of(array: NDArray[np.generic], where: str, depth_format: DepthFormat | None = None) -> DepthFrame:
    """A depth image in metres with NaN for no return, whatever it is stored as. Its intrinsics are made up:
    cutting crops needs none.

    Raises:
        PinchError: as :meth:`DepthFrame.from_array`.
    """
    height, width = array.shape[:2] if array.ndim >= 2 else (1, 1)
    camera = CameraIntrinsics(width, height, 1.0, 1.0, 0.0, 0.0)
    return DepthFrame.from_array(array, camera, depth_format, source=where)


def cut(
    frame: DepthFrame, column: float, row: float, angle: float, depth: float, shape: CropShape, where: str
) -> Float32:
    """Float32[S, S] [m]: the crop of a grasp, as generation and planning cut it.

    Args:
        column, row: pixel of the grasp. angle: of its closing axis in the image [rad].
        depth: of the grasp [m].
        where: what the grasp is, for messages.

    Raises:
        AttemptsError: the grasp is outside the image or the scene, or nothing of its crop was seen.
    """
    height, width = frame.depth.shape
    if not (0 <= column <= width - 1 and 0 <= row <= height - 1):
        raise AttemptsError(
            f"{where}: column {column:g} and row {row:g} are outside the image of {width} x {height}; give "
            "the pixel of the grasp in this image."
        )
    (crop,) = crop_depth(frame.depth, np.array([[column, row]]), np.array([angle]), shape)
    crop = np.asarray(crop)
    if not np.isfinite(crop).any():
        raise AttemptsError(f"{where}: nothing came back from the scene about the grasp; leave it out.")
    check_depth(crop, depth, where)
    return crop


def check_depth(crop: Float32, depth: float, where: str) -> None:
    """Raise AttemptsError unless the grasp is at about the depth of what its crop shows."""
    median = float(np.nanmedian(crop))
    if not (depth > 0 and abs(median - depth) <= MAX_OFFSET_M):
        raise AttemptsError(
            f"{where}: depth {depth:g} m is not within {MAX_OFFSET_M:g} m of the median of its crop, "
            f"{median:g} m; give both in metres."
        )


def located(error: PinchError, where: str) -> str:
    """The sentence of an error, begun with the place of the attempt it is about."""
    return str(error) if str(error).startswith(where) else f"{where}: {error}"


def _because(notes: Sequence[str]) -> str:
    return f" ({' '.join(notes)})" if notes else ""
