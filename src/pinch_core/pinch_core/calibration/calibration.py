# SPDX-License-Identifier: Apache-2.0
"""A camera's calibration, and the rules by which it becomes the intrinsics of an image."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from pinch_core.calibration.distortion import distortion_of
from pinch_core.calibration.sensor_window import SensorWindow
from pinch_core.errors import IntrinsicsError
from pinch_core.geometry.camera import CameraIntrinsics, DistortionModel

# A skew moves no pixel of the image by more than itself; less than this is the noise of a solver.
NEGLIGIBLE_SKEW_PX = 0.01
# Raw and rectified images that lie closer than this need no decision.
SAME_IMAGE_PX = 0.5
# P that is K times a factor beyond this, principal point and all, is of an image of another size.
_SAME_SIZE_FACTOR = (0.9, 1.1)
_FACTORS_AGREE = 0.05
# A principal point farther from the middle than this share of the image is worth a warning.
_CENTRED_SHARE = 0.25
# The image is wider than the focal length by less than this; a pinhole camera of 157 degrees has 10.
_WIDEST = 20.0
_ROTATION_TOLERANCE = 1e-2


@dataclass(frozen=True)
class ImageKind:
    """Whether an image is rectified, and why it is taken so."""

    rectified: bool
    why: str


@dataclass(frozen=True)
class Calibration:
    """What is known of a camera, as in sensor_msgs/CameraInfo; row-major matrices, lengths in pixels.

    ``width``, ``height``: of the whole image, 0 where the file does not say. ``K`` (9) and ``D`` describe the
    raw image; ``R`` (9) and ``P`` (12) the rectified one, None where they are not known. ``depth_scale``:
    metres per stored unit of integer depth, None where the file does not say, and ``depth_scale_reading`` how
    it was read. ``notes``: what was assumed, for the user. ``unknown_keys``: of the file, not understood.
    ``source``: file or topic, for messages.

    Raises:
        IntrinsicsError: the matrices contradict each other or are none of a camera.
    """

    width: int
    height: int
    K: tuple[float, ...]
    distortion_model: str = ""
    D: tuple[float, ...] = ()
    R: tuple[float, ...] | None = None
    P: tuple[float, ...] | None = None
    window: SensorWindow = field(default_factory=SensorWindow)
    depth_scale: float | None = None
    depth_scale_reading: str = ""
    notes: tuple[str, ...] = ()
    unknown_keys: tuple[str, ...] = ()
    source: str = "camera"

    def __post_init__(self) -> None:
        # All zero is how messages leave out what they do not know.
        for name in ("R", "P"):
            values = getattr(self, name)
            if values is not None and not any(values):
                object.__setattr__(self, name, None)
        self._check_camera_matrix("K (the camera matrix)", self.K)
        if self.P is not None:
            p = self.P
            if len(p) != 12:
                raise self._refusal(f"P (the projection matrix) has {len(p)} values; it is 3 x 4.")
            self._check_camera_matrix("P (the projection matrix)", (*p[0:3], *p[4:7], *p[8:11]))
            self._check_same_size(p)
        if self.R is not None:
            self._check_rotation(self.R)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a user should know, one sentence each: assumptions, and keys that were not understood."""
        unknown: tuple[str, ...] = ()
        if self.unknown_keys:
            keys = ", ".join(f"'{key}'" for key in self.unknown_keys)
            one = len(self.unknown_keys) == 1
            unknown = (
                f"{self.source}: the key{'' if one else 's'} {keys} {'is' if one else 'are'} not understood "
                "and changed nothing.",
            )
        return (*(f"{self.source}: {note}" for note in self.notes), *unknown, *self._off_centre())

    @property
    def describes_rectified(self) -> bool:
        """Whether the projection matrix of the rectified image is known."""
        return self.P is not None

    def with_size(self, size: tuple[int, int]) -> Calibration:
        """The same, of an image of (width, height) [px] where the file does not say its size."""
        if (self.width, self.height) != (0, 0):
            return self
        return replace(self, width=size[0], height=size[1])

    def intrinsics(
        self, rectified: bool | None = None, *, size: tuple[int, int] | None = None
    ) -> CameraIntrinsics:
        """The intrinsics of an image of this camera, region of interest and binning applied.

        Args:
            rectified: the image is rectified: P and no distortion. False: raw: K and D. None: derived, see
                :meth:`kind_of_image`.
            size: (width, height) [px] of the image, for files that do not say it.

        Raises:
            IntrinsicsError: not calibrated, an unknown distortion model, a skew, the second camera of a
                stereo pair, no P for a rectified image, or a choice between raw and rectified that only the
                user can make.
        """
        try:
            is_rectified = self.kind_of_image(rectified, size=size).rectified
            full = self._rectified(size) if is_rectified else self._raw(size)
            self._check_focal_length(full)
            return self.window.applied(full, rectified=is_rectified)
        except IntrinsicsError as error:
            if str(error).startswith(self.source):
                raise
            raise IntrinsicsError(f"{self.source}: {error}") from error

    def kind_of_image(
        self, rectified: bool | None = None, *, size: tuple[int, int] | None = None
    ) -> ImageKind:
        """Raw or rectified, as said or as the calibration leaves no choice, with the reason.

        Raises:
            IntrinsicsError: both are possible and differ.
        """
        if rectified is not None:
            return ImageKind(rectified, f"the image is said to be {'rectified' if rectified else 'raw'}")
        if self.P is None:
            return ImageKind(False, f"{self.source} has no P, so its K is that of the raw image")
        if not any(self.K):
            return ImageKind(True, f"{self.source} has only P, so it is that of the rectified image")
        apart_px = self.apart_px(size)
        assert apart_px is not None
        if apart_px < SAME_IMAGE_PX:
            return ImageKind(False, f"the raw and the rectified image of {self.source} are the same")
        k, p = self.K, self.P
        told = "".join(f" ({note})" for note in self.notes)
        raise self._refusal(
            f"it describes two images, a raw one (K: fx {k[0]:g}, cx {k[2]:g}, with distortion) and a "
            f"rectified one (P: fx {p[0]:g}, cx {p[2]:g}), up to {apart_px:.0f} px apart, and nothing tells "
            f"which of them the depth image is; set depth_format.rectified to yes or no{told}."
        )

    def apart_px(self, size: tuple[int, int] | None = None) -> float | None:
        """How far pixels move if a raw image is taken for a rectified one, the most in the image [px]; None
        where only one of them is known.

        Raises:
            IntrinsicsError: one of them is impossible.
        """
        if self.P is None or not any(self.K):
            return None
        return _apart_px(self._raw(size), self._rectified(size))

    def _raw(self, size: tuple[int, int] | None) -> CameraIntrinsics:
        k = self.K
        self._check_skew("K", k[1])
        model, coefficients = distortion_of(self.distortion_model, self.D)
        return CameraIntrinsics(*self._size(size), k[0], k[4], k[2], k[5], model, coefficients)

    def _rectified(self, size: tuple[int, int] | None) -> CameraIntrinsics:
        if self.P is None:
            return self._raw_that_is_rectified(size)
        p = self.P
        if p[3] != 0.0 or p[7] != 0.0:
            raise self._refusal(
                f"it has Tx = {p[3]:g}, Ty = {p[7]:g} in P: it belongs to the second camera of a stereo "
                "pair; depth is given in the first one's frame, use its camera_info."
            )
        self._check_skew("P", p[1])
        return CameraIntrinsics(*self._size(size), p[0], p[5], p[2], p[6])

    def _raw_that_is_rectified(self, size: tuple[int, int] | None) -> CameraIntrinsics:
        """Without P, K serves a rectified image where rectifying changes nothing."""
        bends = any(self.D) and "distortion"
        turns = self.R is not None and not np.allclose(self.R, np.eye(3).ravel(), atol=1e-6)
        if bends or turns:
            raise self._refusal(
                "the image is said to be rectified, but there is no P (projection_matrix), and K is that of "
                f"the raw image, as the {bends or 'rectification matrix'} shows; add P, or set "
                "depth_format.rectified to no for a raw image."
            )
        self._check_skew("K", self.K[1])
        k = self.K
        return CameraIntrinsics(*self._size(size), k[0], k[4], k[2], k[5], DistortionModel.NONE, ())

    def _size(self, size: tuple[int, int] | None) -> tuple[int, int]:
        if (self.width, self.height) != (0, 0):
            return self.width, self.height
        if size is None:
            raise self._refusal("it does not say the size of its image (0 x 0); add width and height.")
        return size

    def _check_camera_matrix(self, name: str, m: tuple[float, ...]) -> None:
        if len(m) != 9:
            raise self._refusal(f"{name} has {len(m)} values; it is 3 x 3.")
        # A driver that leaves the 1 at zero means the same camera.
        if m[3] == m[6] == m[7] == 0.0 and m[8] in (0.0, 1.0):
            return
        if not all(np.isfinite(m)):
            value = next(v for v in m if not np.isfinite(v))
            raise self._refusal(f"{name} holds {value}; calibrate the camera.")
        if m[1] == m[2] == m[5] == 0.0 and m[8] == 1.0:
            raise self._refusal(
                f"{name} is written column by column (its last row is {m[6]:g} {m[7]:g} 1); write it row by "
                "row, fx 0 cx, 0 fy cy, 0 0 1."
            )
        raise self._refusal(
            f"{name} is no camera matrix: its rows are {_rows(m)}; it is fx 0 cx, 0 fy cy, 0 0 1."
        )

    def _check_same_size(self, p: tuple[float, ...]) -> None:
        k = self.K
        ours, theirs = (k[0], k[4], k[2] + 0.5, k[5] + 0.5), (p[0], p[5], p[2] + 0.5, p[6] + 0.5)
        if not all(np.isfinite((*ours, *theirs))) or min(ours) <= 0:
            return
        factors = [b / a for a, b in zip(ours, theirs, strict=True)]
        low, high = _SAME_SIZE_FACTOR
        mean = float(np.mean(factors))
        if not low <= mean <= high and max(factors) - min(factors) <= _FACTORS_AGREE * mean:
            raise self._refusal(
                f"P is {mean:.3g} times K (fx {p[0]:g} for {k[0]:g}, cx {p[2]:g} for {k[2]:g}): it belongs "
                f"to an image of another size than {self.width} x {self.height}; give K, P and the size "
                "of one image."
            )

    def _check_rotation(self, r: tuple[float, ...]) -> None:
        matrix = np.array(r, dtype=np.float64)
        if matrix.size != 9:
            raise self._refusal(f"R (the rectification matrix) has {len(r)} values; it is 3 x 3.")
        matrix = matrix.reshape(3, 3)
        if not np.isfinite(matrix).all() or not np.allclose(
            matrix @ matrix.T, np.eye(3), atol=_ROTATION_TOLERANCE
        ):
            raise self._refusal(
                f"R (the rectification matrix) is no rotation: its rows are {_rows(r)}; give the identity if "
                "the camera is not one of a stereo pair."
            )

    def _check_focal_length(self, full: CameraIntrinsics) -> None:
        focal = min(full.fx, full.fy)
        if focal * _WIDEST < max(full.size):
            raise self._refusal(
                f"a focal length of {focal:g} px does not fit an image of {full.width} x {full.height} px; "
                "give focal lengths and principal point in pixels, not in millimetres or shares of the image."
            )

    def _check_skew(self, name: str, skew: float) -> None:
        if abs(skew) > NEGLIGIBLE_SKEW_PX:
            raise self._refusal(
                f"{name} has a skew of {skew:g} px; calibrate with square-angled pixels (skew 0)."
            )

    def _off_centre(self) -> tuple[str, ...]:
        cx, cy = self.K[2], self.K[5]
        if not self.width or not any(self.K):
            return ()
        off = max(abs((cx + 0.5) / self.width - 0.5), abs((cy + 0.5) / self.height - 0.5))
        if off <= _CENTRED_SHARE:
            return ()
        return (
            f"{self.source}: the principal point ({cx:g}, {cy:g}) lies far from the middle of an image of "
            f"{self.width} x {self.height}; check that K and the size are of the same image.",
        )

    def _refusal(self, what: str) -> IntrinsicsError:
        return IntrinsicsError(f"{self.source}: {what}")


@lru_cache(maxsize=8)  # asked for every image of a stream
def _apart_px(raw: CameraIntrinsics, rectified: CameraIntrinsics) -> float:
    columns, rows = np.meshgrid(np.linspace(0, raw.width - 1, 9), np.linspace(0, raw.height - 1, 9))
    pixels = np.stack([columns, rows], -1)
    with np.errstate(all="ignore"):  # strong distortion may have no inverse in the corners
        apart = np.abs(raw.rays(pixels) - rectified.rays(pixels)).max() * max(raw.fx, raw.fy)
    return float(apart) if np.isfinite(apart) else float(max(raw.size))


def _rows(m: tuple[float, ...]) -> str:
    return ", ".join(" ".join(f"{value:g}" for value in m[start : start + 3]) for start in (0, 3, 6))
