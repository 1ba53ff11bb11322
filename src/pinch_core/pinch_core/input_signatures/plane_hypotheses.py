# SPDX-License-Identifier: Apache-2.0
"""Whether the values of an image are depth, lengths of viewing rays, or inverse depth: a table tells.

The table is a plane only if its pixels are read as what they are. Read as depth, lengths of rays bend it into
a bowl around the optical axis, and inverse depth (disparity) bends a table that the camera sees at an angle.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinch_core.errors import InvalidDepthError
from pinch_core.perception.config import TableFitConfig
from pinch_core.perception.plane_search import FoundPlane, least_squares_plane, search_plane

Float64 = NDArray[np.float64]

# How far from flat [m] a table may look before other readings of the image are tried; also the largest band
# in which they are compared.
_BAND_M = 0.006
# Another reading is the right one if it takes this much [m] of bending from the same pixels, which is more
# than sensors bow a table, and leaves at most this share of what they scatter as depth.
_LEAST_BEND_M, _RAYS_LEAVE, _INVERSE_LEAVES = 0.002, 0.75, 0.5
# Bend of a table, 0 for depth and 1 for lengths of rays: sensors and bowed tables reach some hundredths.
_BENT, _ROUGHLY_A_RAY = 0.2, (0.6, 1.4)
# A plane that covers this much, and is not bent, is the table as depth: nothing else needs to be tried.
_CLEARLY_A_TABLE = 0.4
# Pixels and planes that are enough for a comparison.
_POINTS, _HYPOTHESES = 1000, 128


@dataclass(frozen=True, eq=False)
class Misreading:
    """The values are not depth. ``as_depth``, ``as_named``: root mean square distance [m] of the same pixels
    from the best plane, read as depth and as what ``quantity`` names; ``remedy`` completes a sentence.
    """

    quantity: str
    remedy: str
    as_depth: float
    as_named: float
    share: float


def refuse_misread_depth(
    source: str, points: Float64, table: FoundPlane | None, config: TableFitConfig
) -> None:
    """Refuse an image whose table is flat only if its values are not read as depth.

    Args:
        points: (N, 3) of random pixels, the values taken as depth, optical frame [m].
        table: the best plane through them, if any.

    Raises:
        InvalidDepthError: they are lengths of rays or inverse depth; the message has both residuals in mm.
    """
    if table is not None and table.share >= _CLEARLY_A_TABLE:
        near = points[np.abs(table.height(points)) < config.inlier_distance][:_POINTS]
        if abs(ray_bend(near)) < _BENT and not _is_flatter_inverted(near):
            return
    misreading = find_misreading(points, config)
    if misreading is not None:
        raise InvalidDepthError(
            f"{source} seems to hold {misreading.quantity} instead of depth along the optical axis: "
            f"{misreading.share:.0%} of its pixels lie on one plane to within "
            f"{misreading.as_named * 1e3:.1f} mm (rms) if it is read so, and to within "
            f"{misreading.as_depth * 1e3:.1f} mm if it is read as depth; {misreading.remedy}."
        )


def ray_bend(points: Float64) -> float:
    """How points (N, 3) of a plane, their values taken as depth, bend: 0 if they are depth, 1 if they are
    lengths of rays; 0 where N is too small to tell.

    On a plane ``a . p = 1`` for points p of depths. For lengths of rays, p is longer than the true point by
    the ray's own length s, so ``a . p = s``: the factor b of ``a . p - b (s - 1) = 1`` tells which.
    """
    if len(points) < 50:
        return 0.0
    terms = np.column_stack([points, 1.0 - _stretch(points)])
    solution, *_ = np.linalg.lstsq(terms.T @ terms, terms.sum(0), rcond=1e-12)
    return float(solution[3])


def _is_flatter_inverted(points: Float64) -> bool:
    """Whether points (N, 3) scatter less about a plane if their z is taken for inverse depth: on a plane, one
    over depth is linear in the pixel.
    """
    if len(points) < 50:
        return False
    depth = points[:, 2]
    ray = points / depth[:, None]
    about_depth = _linear_rms(ray, 1.0 / depth) * float(np.median(depth)) ** 2
    return _linear_rms(ray, depth) < 0.8 * about_depth


def _linear_rms(terms: Float64, values: Float64) -> float:
    """Root mean square of what a linear function of ``terms`` (N, 3) leaves of ``values`` (N,)."""
    solution, *_ = np.linalg.lstsq(terms.T @ terms, terms.T @ values, rcond=1e-12)
    return _rms(values - terms @ solution)


def find_misreading(points: Float64, config: TableFitConfig) -> Misreading | None:
    """The reading in which the points (N, 3) form a plane much better than as depth; None if none does."""
    few = points[:_POINTS]
    found = [each for each in (_compare(few, reading, config) for reading in _READINGS) if each is not None]
    return max(found, key=lambda each: each.share, default=None)


def _compare(points: Float64, reading: _Reading, config: TableFitConfig) -> Misreading | None:
    """What is a plane in ``reading`` against the same pixels as depth."""
    read = reading.points(points)
    distance = min(config.inlier_distance, _BAND_M)
    plane = search_plane(
        read,
        dataclasses.replace(config, hypotheses=_HYPOTHESES, inlier_distance=distance),
        np.random.default_rng(0),
    )
    if plane is None or plane.share < config.min_inlier_share:
        return None
    on_plane = np.abs(plane.height(read)) < distance
    as_depth = least_squares_plane(points[on_plane])
    if as_depth is None or not reading.plausible(points[on_plane]):
        return None
    rms_read = _rms(plane.height(read[on_plane]))
    rms_depth = _rms(as_depth.height(points[on_plane]))
    if rms_read > reading.leaves * rms_depth or rms_depth**2 - rms_read**2 < _LEAST_BEND_M**2:
        return None
    return Misreading(reading.quantity, reading.remedy, rms_depth, rms_read, plane.share)


def _stretch(points: Float64) -> Float64:
    """Float64[N]: length of each pixel's ray with z = 1."""
    return np.asarray(np.sqrt(np.einsum("ij,ij->i", points, points)) / points[:, 2])


def _rms(values: Float64) -> float:
    return float(np.sqrt(np.mean(values**2)))


def _along_rays(points: Float64) -> Float64:
    """The points if their z is the length of the ray."""
    return points / _stretch(points)[:, None]


def _inverted(points: Float64) -> Float64:
    """The points if their z is one over depth, up to scale: their median depth stays."""
    median = float(np.median(points[:, 2]))
    return points * (median / points[:, 2:]) ** 2


def _bends_as_rays(points: Float64) -> bool:
    return _ROUGHLY_A_RAY[0] < ray_bend(points) < _ROUGHLY_A_RAY[1]


def _always(_points: Float64) -> bool:
    return True


@dataclass(frozen=True)
class _Reading:
    """Another meaning of the values. ``points``: where the pixels' points are if it is the right one.
    ``plausible``: whether points of a plane, taken as depth, may be of this kind. ``leaves``: largest share
    of the scatter that may be left.
    """

    quantity: str
    remedy: str
    points: Callable[[Float64], Float64]
    plausible: Callable[[Float64], bool]
    leaves: float


_READINGS = (
    _Reading(
        "the lengths of the viewing rays (distance to the camera's centre)",
        "divide each value by the length of its pixel's ray, sqrt(1 + ((column - cx) / fx)^2 + "
        "((row - cy) / fy)^2), or let the source write depth (AirSim: DepthPlanar, Isaac Sim: "
        "distance_to_image_plane)",
        _along_rays,
        _bends_as_rays,
        _RAYS_LEAVE,
    ),
    _Reading(
        "inverse depth (disparity)",
        "convert it: depth = fx * baseline / disparity, or 1 / value for inverse depth in 1/m",
        _inverted,
        _always,
        _INVERSE_LEAVES,
    ),
)
