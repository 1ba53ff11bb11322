# SPDX-License-Identifier: Apache-2.0
"""The pinhole camera with lens distortion, in the conventions of sensor_msgs/CameraInfo."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import Enum

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from pinch_core.errors import IntrinsicsError

Float64 = NDArray[np.float64]

# In units of the focal length: a millionth of a pixel. Depth cameras' lenses take five to twenty iterations.
UNDISTORT_TOLERANCE = 1e-9
UNDISTORT_ROUNDS = 100


class DistortionModel(str, Enum):
    """Names as in sensor_msgs/distortion_models."""

    NONE = ""
    PLUMB_BOB = "plumb_bob"
    RATIONAL_POLYNOMIAL = "rational_polynomial"
    EQUIDISTANT = "equidistant"


@dataclass(frozen=True)
class CameraIntrinsics:
    """Pixel (column, row) of a point (x, y, z) in the optical frame: (fx x/z + cx, fy y/z + cy).

    Pixel centres have integer coordinates. ``width``/``height`` in pixels, focal lengths and principal point
    in pixels. ``distortion`` follows OpenCV's order for the model.

    Raises:
        IntrinsicsError: size or focal length not positive, a value not finite, wrong number of coefficients.
    """

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    distortion_model: DistortionModel = DistortionModel.NONE
    distortion: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.width <= 0 or self.height <= 0:
            raise IntrinsicsError(
                f"camera intrinsics say the image is {self.width} x {self.height}; give its size in pixels."
            )
        for name in ("fx", "fy", "cx", "cy"):
            if not math.isfinite(getattr(self, name)):
                raise IntrinsicsError(
                    f"camera intrinsics have {name} = {getattr(self, name)}; calibrate the camera."
                )
        if self.fx <= 0 or self.fy <= 0:
            raise IntrinsicsError(
                f"camera intrinsics have focal lengths fx = {self.fx:g}, fy = {self.fy:g} px; they must be "
                "positive: an uncalibrated driver publishes zeros."
            )
        if not all(math.isfinite(c) for c in self.distortion):
            raise IntrinsicsError(f"camera distortion {self.distortion} holds a value that is not finite.")
        allowed = {
            DistortionModel.NONE: (0,),
            DistortionModel.PLUMB_BOB: (4, 5),
            DistortionModel.RATIONAL_POLYNOMIAL: (8, 12, 14),
            DistortionModel.EQUIDISTANT: (4,),
        }[self.distortion_model]
        if len(self.distortion) not in allowed:
            raise IntrinsicsError(
                f"distortion model '{self.distortion_model.value}' takes {' or '.join(map(str, allowed))} "
                f"coefficients, got {len(self.distortion)}."
            )

    @property
    def matrix(self) -> Float64:
        """3x3 camera matrix K."""
        return np.array([[self.fx, 0.0, self.cx], [0.0, self.fy, self.cy], [0.0, 0.0, 1.0]])

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.width, self.height

    @property
    def is_distorted(self) -> bool:
        """Whether the lens bends rays; a fisheye lens does with coefficients of zero too."""
        if self.distortion_model is DistortionModel.EQUIDISTANT:
            return True
        return any(c != 0.0 for c in self.distortion)

    def project(self, points: ArrayLike) -> Float64:
        """Points (..., 3) [m, optical frame, z > 0] to pixels (..., 2) (column, row)."""
        p = np.asarray(points, dtype=np.float64)
        if not self.is_distorted:
            return np.stack(
                [self.fx * p[..., 0] / p[..., 2] + self.cx, self.fy * p[..., 1] / p[..., 2] + self.cy], -1
            )
        flat, zero = p.reshape(-1, 1, 3), np.zeros(3)
        coefficients = np.array(self.distortion)
        if self.distortion_model is DistortionModel.EQUIDISTANT:
            pixels, _ = cv2.fisheye.projectPoints(flat, zero, zero, self.matrix, coefficients)
        else:
            pixels, _ = cv2.projectPoints(flat, zero, zero, self.matrix, coefficients)
        return np.asarray(pixels, dtype=np.float64).reshape((*p.shape[:-1], 2))

    def rays(self, pixels: ArrayLike) -> Float64:
        """Viewing rays (..., 3) with z = 1 through pixels (..., 2) (column, row), distortion removed."""
        uv = np.asarray(pixels, dtype=np.float64)
        xy = (uv - (self.cx, self.cy)) / (self.fx, self.fy)
        if self.is_distorted:
            xy = self._undistort(uv, xy)
        return np.concatenate([xy, np.ones((*xy.shape[:-1], 1))], axis=-1)

    def _undistort(self, pixels: Float64, guess: Float64) -> Float64:
        """Normalised coordinates (..., 2) whose distorted image is ``pixels`` (..., 2).

        Fixed-point iteration on the projection itself: OpenCV's own inverse stops after five iterations in
        some versions and has another API in others.
        """
        xy = guess
        for _ in range(UNDISTORT_ROUNDS):
            ones = np.ones((*xy.shape[:-1], 1))
            error = (pixels - self.project(np.concatenate([xy, ones], axis=-1))) / (self.fx, self.fy)
            xy = xy + error
            if np.abs(error).max(initial=0.0) < UNDISTORT_TOLERANCE:
                break
        return np.asarray(xy)

    def deproject(self, pixels: ArrayLike, depth: ArrayLike) -> Float64:
        """Pixels (..., 2) and their depth z (...) [m] to points (..., 3) in the optical frame."""
        return np.asarray(self.rays(pixels) * np.asarray(depth, dtype=np.float64)[..., None])

    def rectified(self) -> CameraIntrinsics:
        """The same camera without distortion."""
        return replace(self, distortion_model=DistortionModel.NONE, distortion=())

    def scaled(self, factor: float) -> CameraIntrinsics:
        """Intrinsics of the image resampled by ``factor`` (pixel centres at integers, so the half pixel
        counts).
        """
        return replace(
            self,
            width=round(self.width * factor),
            height=round(self.height * factor),
            fx=self.fx * factor,
            fy=self.fy * factor,
            cx=(self.cx + 0.5) * factor - 0.5,
            cy=(self.cy + 0.5) * factor - 0.5,
        )

    def cropped(self, column: int, row: int, width: int, height: int) -> CameraIntrinsics:
        """Intrinsics of the sub-image that starts at (column, row)."""
        return replace(self, width=width, height=height, cx=self.cx - column, cy=self.cy - row)
