# SPDX-License-Identifier: Apache-2.0
"""What a camera publishes of its sensor: a region of interest, and pixels joined by binning."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pinch_core.errors import IntrinsicsError
from pinch_core.geometry.camera import CameraIntrinsics


@dataclass(frozen=True)
class SensorWindow:
    """Region of interest [px of the full image], as in sensor_msgs/CameraInfo: all zero is the whole image.

    ``binning``: pixels joined (in x, in y); 0 and 1 both mean none.
    """

    column: int = 0
    row: int = 0
    width: int = 0
    height: int = 0
    do_rectify: bool = False
    binning: tuple[int, int] = (1, 1)

    def applied(self, full: CameraIntrinsics, *, rectified: bool) -> CameraIntrinsics:
        """The intrinsics of the published image from those of the whole sensor.

        Raises:
            IntrinsicsError: the region is not inside the image, or the window leaves nothing of it.
        """
        return self._binned(self._cropped(full, rectified))

    def _cropped(self, full: CameraIntrinsics, rectified: bool) -> CameraIntrinsics:
        # All zero means the whole image, as does a region of the full size.
        size = (self.width, self.height)
        if size in ((0, 0), full.size) and (self.column, self.row) == (0, 0):
            return full
        # Unsigned in the message; a file may hold anything.
        outside = self.column + self.width > full.width or self.row + self.height > full.height
        if min(size) <= 0 or min(self.column, self.row) < 0 or outside:
            raise IntrinsicsError(
                f"the region of interest is {self.width} x {self.height} at ({self.column}, {self.row}), not "
                f"inside its image of {full.width} x {full.height}; correct the driver's region of interest."
            )
        if rectified and self.do_rectify:
            raise IntrinsicsError(
                "the region of interest has do_rectify set: where it lies in the rectified image is not "
                "known; publish the full image."
            )
        return full.cropped(self.column, self.row, self.width, self.height)

    def _binned(self, full: CameraIntrinsics) -> CameraIntrinsics:
        bin_x, bin_y = (max(1, n) for n in self.binning)
        if bin_x == bin_y == 1:
            return full
        if full.width < bin_x or full.height < bin_y:
            raise IntrinsicsError(
                f"it bins {bin_x} x {bin_y} pixels of an image of {full.width} x {full.height}; correct "
                "binning_x/y."
            )
        # Pixel centres are at integers, so the centre of the first b pixels, (b - 1) / 2, becomes 0.
        return replace(
            full, width=full.width // bin_x, height=full.height // bin_y, fx=full.fx / bin_x,
            fy=full.fy / bin_y, cx=(full.cx + 0.5) / bin_x - 0.5, cy=(full.cy + 0.5) / bin_y - 0.5,
        )  # fmt: skip
