# SPDX-License-Identifier: Apache-2.0
"""Points that come in the order of an image against the rays of its intrinsics: two sources, compared."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pinch_core.errors import IntrinsicsError, InvalidDepthError
from pinch_core.geometry.camera import CameraIntrinsics

Bool = NDArray[np.bool_]
Float64 = NDArray[np.float64]

# Median disagreement [px] that is refused. Half a pixel is between the two conventions of a pixel's origin;
# one pixel is one to two millimetres on a table.
LIMIT_PX = 1.0
# Points that are compared, spread over the image.
_COMPARED = 4000


def refuse_contradicting_points(
    points: NDArray[np.floating], intrinsics: CameraIntrinsics, source: str
) -> None:
    """Refuse points whose x and y are not those of their pixels.

    Args:
        points: (H, W, 3) in the optical frame [m]; without return where z is not positive and finite.

    Raises:
        IntrinsicsError: another size or another lens; the message has the disagreement in pixels.
        InvalidDepthError: the rows or columns run the other way, or z is not the optical axis.
    """
    height, width = points.shape[:2]
    if (width, height) != intrinsics.size:
        raise IntrinsicsError(
            f"{source} is {width} x {height} but its intrinsics are for {intrinsics.width} x "
            f"{intrinsics.height}; give the intrinsics of this image size."
        )
    pixels, chosen = _chosen(points)
    if not len(chosen):
        return
    projected = intrinsics.project(chosen)
    off = _disagreement(projected, pixels)
    if off <= LIMIT_PX:
        return
    seen = (
        f"{source}: x and y of its points contradict the camera info by {off:.1f} px (median of "
        f"{len(chosen)} points, allowed {LIMIT_PX:g} px)"
    )
    last = np.array([width - 1, height - 1])
    # Mirrored in the image, or in space: drivers turn over the one and forget the other.
    for what, turned in (
        ("its rows run from the bottom to the top", np.array([False, True])),
        ("its columns run from right to left", np.array([True, False])),
        ("it is turned by 180 degrees", np.array([True, True])),
    ):
        center = 2 * np.array([intrinsics.cx, intrinsics.cy])
        if min(
            _disagreement(np.where(turned, last - projected, projected), pixels),
            _disagreement(np.where(turned, center - projected, projected), pixels),
        ) <= max(LIMIT_PX, off / 20):
            raise InvalidDepthError(
                f"{seen}, and agree with it if {what}; let the driver publish rows from the top to the "
                "bottom and points of the optical frame (x right, y down, z forward)."
            )
    raise IntrinsicsError(f"{seen}; {_other_lens(chosen, pixels, intrinsics)}")


def _chosen(points: NDArray[np.floating]) -> tuple[Float64, Float64]:
    """(N, 2) pixels, column and row, and (N, 3) points of some of the pixels that have a return."""
    flat = points.reshape(-1, 3)
    with np.errstate(invalid="ignore"):
        seen = np.flatnonzero(np.isfinite(flat).all(axis=1) & (flat[:, 2] > 0))
    seen = seen[:: max(1, len(seen) // _COMPARED)]
    rows, columns = np.divmod(seen, points.shape[1])
    return np.stack([columns, rows], -1).astype(np.float64), flat[seen].astype(np.float64)


def _disagreement(one: Float64, other: Float64) -> float:
    return float(np.median(np.linalg.norm(one - other, axis=1)))


def _other_lens(points: Float64, pixels: Float64, k: CameraIntrinsics) -> str:
    """What pinhole camera the points fit, if any, and the remedy."""
    ray = points[:, :2] / points[:, 2:]
    lens, fits = [], True
    for axis in (0, 1):
        terms = np.column_stack([ray[:, axis], np.ones(len(ray))])
        (focal, center), *_ = np.linalg.lstsq(terms, pixels[:, axis], rcond=None)
        fits &= bool(np.median(np.abs(terms @ [focal, center] - pixels[:, axis])) < LIMIT_PX and focal > 0)
        lens += [float(focal), float(center)]
    if fits:
        return (
            f"they fit fx = {lens[0]:.1f}, fy = {lens[2]:.1f}, cx = {lens[1]:.1f}, cy = {lens[3]:.1f} px, "
            f"the camera info has {k.fx:.1f}, {k.fy:.1f}, {k.cx:.1f}, {k.cy:.1f}; give the camera info of "
            "the sensor that made the cloud."
        )
    return (
        "they fit no pinhole camera in the order of the image; publish the points in the optical frame "
        "(z forward), and give the camera info of the sensor that made them."
    )
