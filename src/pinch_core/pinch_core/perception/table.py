# SPDX-License-Identifier: Apache-2.0
"""The supporting plane, from which all heights are measured."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pinch_core.depth_frame import DepthFrame
from pinch_core.errors import NoTableError
from pinch_core.geometry.transform import Transform
from pinch_core.input_signatures.plane_hypotheses import refuse_misread_depth
from pinch_core.perception.config import TableFitConfig
from pinch_core.perception.plane_search import FoundPlane, refine_plane, search_plane

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Plane:
    """Points p of the optical frame with ``normal . p + offset = 0``; the unit ``normal`` (3,) points to the
    camera.

    ``offset`` [m] is therefore the camera's height above the plane.
    """

    normal: Float64
    offset: float

    def __post_init__(self) -> None:
        normal = np.array(self.normal, dtype=np.float64)
        if normal.shape != (3,) or abs(np.linalg.norm(normal) - 1) > 1e-6:
            raise ValueError(f"a plane needs a unit normal of shape (3,), got {self.normal!r}")
        if self.offset <= 0:
            raise ValueError(
                f"the normal must point to the camera, so the offset is positive; got {self.offset:g} m"
            )
        normal.flags.writeable = False
        object.__setattr__(self, "normal", normal)

    @classmethod
    def from_point_and_normal(cls, point: ArrayLike, normal: ArrayLike) -> Plane:
        """The plane through ``point`` (3,); the sign and length of ``normal`` (3,) do not matter."""
        n = np.asarray(normal, dtype=np.float64)
        n = n / np.linalg.norm(n)
        offset = -float(n @ np.asarray(point, dtype=np.float64))
        return cls(n, offset) if offset > 0 else cls(-n, -offset)

    @classmethod
    def from_surface_pose(cls, T_cam_surface: Transform) -> Plane:
        """The xy plane of a frame, e.g. a robot base that stands on its table."""
        return cls.from_point_and_normal(T_cam_surface.translation, T_cam_surface.rotation[:, 2])

    @property
    def approach(self) -> Float64:
        """Unit direction (3,) of an approach along the table normal, away from the camera."""
        return -self.normal

    @property
    def tilt(self) -> float:
        """Angle [rad] between the approach and the optical axis."""
        return math.acos(min(1.0, max(-1.0, -float(self.normal[2]))))

    @cached_property
    def T_cam_table(self) -> Transform:
        """Table frame: z = normal, x = image right along the table, origin below the camera."""
        z = self.normal
        x = np.array([1.0, 0.0, 0.0]) - z * z[0]
        x /= np.linalg.norm(x)
        return Transform.from_axes(x, np.cross(z, x), z, -self.offset * z)

    def height(self, points: ArrayLike) -> Float64:
        """Height [m] of points (..., 3) above the plane."""
        return np.asarray(np.asarray(points) @ self.normal + self.offset)

    def height_image(self, frame: DepthFrame) -> Float32:
        """Float32[H, W]: height [m] of every pixel of an undistorted frame, NaN where there is no return."""
        return np.asarray(frame.depth * self.ray_slope(frame) + np.float32(self.offset))

    def ray_slope(self, frame: DepthFrame) -> Float32:
        """Float32[H, W]: normal . ray for the viewing rays with z = 1 of an undistorted frame."""
        k = frame.intrinsics
        x = ((np.arange(k.width) - k.cx) / k.fx * self.normal[0]).astype(np.float32)
        y = ((np.arange(k.height) - k.cy) / k.fy * self.normal[1] + self.normal[2]).astype(np.float32)
        return np.asarray(x[None, :] + y[:, None])


def fit_table(frame: DepthFrame, config: TableFitConfig, rng: np.random.Generator) -> Plane:
    """Find the supporting plane: seeded RANSAC, then least squares on its inliers; see :func:`search_plane`.

    Args:
        frame: undistorted.

    Raises:
        NoTableError: no plane covers enough of the image within the tilt limit.
        InvalidDepthError: the values form a plane as lengths of rays or as inverse depth, but not as depth.
    """
    points = random_points(frame, config.points, rng)
    found = search_plane(points, config, rng)
    refuse_misread_depth(frame.source, points, found, config)
    if found is None or found.share < config.min_inlier_share or found.tilt > config.max_tilt:
        raise NoTableError(_why_no_table(frame.source, points, found, config))
    return Plane(found.normal, found.offset)


def measure_table(
    frame: DepthFrame, table: Plane, config: TableFitConfig, rng: np.random.Generator
) -> Plane | None:
    """The table as the image shows it, where ``table`` is given: fitted to what lies near the given plane or,
    if that is not seen, the plane that :func:`fit_table` finds. None where it finds none, or where the given
    table is seen but too little of it to be measured: a large box may hide most of a table, and its lid is
    none.

    Raises:
        InvalidDepthError: as :func:`fit_table`.
    """
    points = random_points(frame, config.points, rng)
    given = FoundPlane(table.normal, table.offset, 1.0)
    near = refine_plane(given, points, config)
    share = 0.0 if near is None else near.share
    if share < _CLEARLY_SEEN and (scaled := _scaled_table(given, share, points, config, rng)) is not None:
        return Plane(scaled.normal, scaled.offset)
    refuse_misread_depth(frame.source, points, near, config)
    if near is not None and near.share >= config.min_inlier_share:
        return Plane(near.normal, near.offset)
    if near is not None and _is_partly_seen(near, points, config):
        return None
    try:
        return fit_table(frame, config, rng)
    except NoTableError:
        return None


def _scaled_table(
    given: FoundPlane, share: float, points: Float64, config: TableFitConfig, rng: np.random.Generator
) -> FoundPlane | None:
    """The table of an image whose scale is a little wrong: parallel to the given one, seen much better than
    that, and with nothing behind it; a large lid has the table behind it.
    """
    found = search_plane(points, config, rng) if config.anchor else None
    if found is None or found.share < max(2 * share, config.min_inlier_share):
        return None
    parallel = float(found.normal @ given.normal) > math.cos(_PARALLEL_RAD)
    if not parallel or abs(found.offset / given.offset - 1.0) > config.anchor:
        return None
    heights = found.height(points)
    scatter = 1.4826 * float(np.median(np.abs(heights[np.abs(heights) < 3 * config.inlier_distance])))
    behind = float(np.mean(heights < -max(config.inlier_distance, 3 * scatter)))
    return found if behind < _PARTLY_SEEN else None


def _is_partly_seen(plane: FoundPlane, points: Float64, config: TableFitConfig) -> bool:
    behind = float(np.mean(plane.height(points) < -config.inlier_distance))
    return plane.share >= max(_PARTLY_SEEN, behind)


# A given table that covers this share of the pixels is where it is said to be; a scaled one is as parallel.
_CLEARLY_SEEN, _PARALLEL_RAD = 0.5, math.radians(1.5)
# Share of the pixels from which a given table counts as seen, if less than that lies behind it.
_PARTLY_SEEN = 0.02


def _why_no_table(source: str, points: Float64, found: FoundPlane | None, config: TableFitConfig) -> str:
    """What was looked at, and the one remedy that this image says would help."""
    share = 0.0 if found is None else found.share
    seen = (
        f"{source} shows no table: the best plane covers {share:.0%} of the pixels with a return within "
        f"{config.inlier_distance * 1e3:g} mm, needed are {config.min_inlier_share:.0%} at a tilt of at most "
        f"{math.degrees(config.max_tilt):.0f} degrees"
    )
    steep = _search_again(points, dataclasses.replace(config, max_tilt=max(_STEEPEST, config.max_tilt)))
    if steep is not None:
        return (
            f"{seen}; a plane tilted by {math.degrees(steep.tilt):.0f} degrees covers {steep.share:.0%}: "
            "look at the table more steeply or, if that plane is the table, raise table.max_tilt."
        )
    for factor in (2, 4):
        distance = min(factor * config.inlier_distance, _WIDEST_M)
        rough = _search_again(points, dataclasses.replace(config, inlier_distance=distance))
        if rough is not None and distance > config.inlier_distance:
            return (
                f"{seen}; within {distance * 1e3:g} mm it would be {rough.share:.0%}: if the table is bowed "
                f"or the depth as noisy as that, raise table.inlier_distance to {distance:g}, else show more "
                "of the table."
            )
    return f"{seen}; show more of the table, or tell where it is (table_frame of the planner node)."


# Where a remedy is looked for: steeper than this a table is seen edge on; wider bands hold whole objects.
_STEEPEST, _WIDEST_M = 1.4, 0.05


def _search_again(points: Float64, config: TableFitConfig) -> FoundPlane | None:
    """What the search finds with other limits; None where that is not enough of the image either."""
    found = search_plane(points, config, np.random.default_rng(0))
    enough = found is not None and found.share >= config.min_inlier_share and found.tilt <= config.max_tilt
    return found if enough else None


def random_points(frame: DepthFrame, count: int, rng: np.random.Generator) -> Float64:
    """(N, 3) points of random pixels with a return; with replacement, which does not affect a plane fit."""
    flat = rng.integers(frame.depth.size, size=4 * count)
    flat = flat[np.isfinite(frame.depth.ravel()[flat])][:count]
    if len(flat) < min(count, 100):
        flat = rng.choice(np.flatnonzero(frame.valid), size=count)
    rows, columns = np.divmod(flat, frame.intrinsics.width)
    return frame.intrinsics.deproject(np.stack([columns, rows], -1), frame.depth[rows, columns])
