# SPDX-License-Identifier: Apache-2.0
"""Settings of perception. It imports no algorithm, so that reading settings loads none."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pinch_core.config import configclass, setting
from pinch_core.errors import ConfigError
from pinch_core.geometry.transform import Transform

Bool = NDArray[np.bool_]


@configclass
class TableFitConfig:
    """How the supporting plane is searched for."""

    hypotheses: int = setting(
        default=200, help="number of planes through three random points to try", lower=16, upper=10000
    )
    points: int = setting(
        default=3000, help="random pixels on which the planes are compared", lower=100, upper=100000
    )
    inlier_distance: float = setting(
        default=0.006,
        unit="m",
        help="points within this distance belong to the plane; more for bowed tables or noisy sensors",
        lower=0.0005,
        upper=0.05,
    )
    min_inlier_share: float = setting(
        default=0.15,
        help="share of the pixels with a return that the table must cover",
        lower=0.01,
        upper=1.0,
    )
    max_tilt: float = setting(
        default=0.8,
        unit="rad",
        help="largest angle between the table normal and the optical axis",
        lower=0.0,
        upper=1.5,
    )
    refinements: int = setting(
        default=4, help="least-squares fits to the inliers after the search", lower=1, upper=20
    )
    anchor: float = setting(
        default=0.10,
        help="largest relative error of the camera's scale that a given table corrects; 0: none",
        lower=0.0,
        upper=0.2,
    )


@configclass
class SmoothingConfig:
    """How heights are freed of noise."""

    from_noise: float = setting(
        default=0.002,
        unit="m",
        help="heights of a table that scatter by this much or more are smoothed; a large value: never",
        lower=0.0,
        upper=1.0,
    )
    radius: float = setting(
        default=8.0, unit="px", help="how far heights are averaged", lower=2.0, upper=40.0
    )
    range_factor: float = setting(
        default=2.0,
        help="heights that differ by this many deviations of the noise are averaged less",
        lower=0.1,
        upper=20.0,
    )
    edge_factor: float = setting(
        default=3.0,
        help="where averaging changes a height by more than this many deviations there is an edge",
        lower=0.5,
        upper=20.0,
    )


@configclass
class InstanceConfig:
    """How objects that touch are told apart."""

    step_slope: float = setting(
        default=1.0,
        help="where a surface is steeper than this (1 is 45 degrees) one object ends and another begins",
        lower=0.1,
        upper=100.0,
    )
    valley: float = setting(
        default=0.0025,
        unit="m",
        help="and where it is lower than the surface on both sides by this much",
        lower=0.0005,
        upper=0.1,
    )
    min_area: float = setting(
        default=0.00008,
        unit="m^2",
        help="smaller pieces belong to what is around them",
        lower=0.0,
        upper=0.01,
    )
    surrounded: float = setting(
        default=0.7,
        help="a piece with this share of its outline on one other piece is part of it",
        lower=0.3,
        upper=1.0,
    )


@configclass
class SegmentationConfig:
    """What counts as an object."""

    min_height: float = setting(
        default=0.004,
        unit="m",
        help="lower points count as table; keep it above the depth noise",
        lower=0.0005,
        upper=0.1,
    )
    max_height: float = setting(
        default=0.4, unit="m", help="higher points are not part of an object", lower=0.01, upper=3.0
    )
    min_area: float = setting(
        default=0.0001, unit="m^2", help="smallest visible area of an object", lower=0.0, upper=1.0
    )
    border: int = setting(
        default=2,
        unit="px",
        help="anything this close to the image border is cut off and ignored",
        lower=0,
        upper=200,
    )

    fragment_gap: int = setting(
        default=9,
        unit="px",
        help="largest gap between the parts of an arm or a wall",
        lower=1,
        upper=101,
    )
    fragment_share: float = setting(
        default=0.1,
        help="a part this close to something cut off, and smaller than this share of it, belongs to it",
        lower=0.0,
        upper=1.0,
    )
    instances: InstanceConfig = field(default_factory=InstanceConfig)
    smoothing: SmoothingConfig = field(default_factory=SmoothingConfig)


@configclass
class BinFitConfig:
    """How a bin is compared with the image."""

    tolerance: float = setting(
        default=0.010,
        unit="m",
        help="a wall that is farther than this from where it is said to be is an error; less is corrected",
        lower=0.001,
        upper=0.1,
    )
    search: float = setting(
        default=0.05, unit="m", help="how far around its place a wall is looked for", lower=0.005, upper=0.5
    )
    min_seen: float = setting(
        default=0.5,
        help="share of a rim's pixels that must be as high as the rim for the wall to count as seen",
        lower=0.05,
        upper=1.0,
    )
    wall_clearance: float = setting(
        default=0.003,
        unit="m",
        help="what is this close to a wall, or closer, is wall and no object",
        lower=0.0,
        upper=0.05,
    )


@configclass
class EdgeConfig:
    """What counts as an edge."""

    smoothing: float = setting(
        default=1.0, unit="px", help="sigma of the Gaussian before differentiation", lower=0.0, upper=10.0
    )
    min_gradient: float = setting(
        default=0.0015,
        unit="m/px",
        help="smallest drop per pixel that is an edge (the paper has 0.0025)",
        lower=0.0001,
        upper=0.1,
    )


@configclass
class Box:
    """A box in the robot's base frame."""

    lower: tuple[float, float, float] = setting(
        default=(-1.0, -1.0, -0.1),
        unit="m",
        help="smallest x, y, z in the base frame",
        lower=-10.0,
        upper=10.0,
    )
    upper: tuple[float, float, float] = setting(
        default=(1.0, 1.0, 1.0), unit="m", help="largest x, y, z in the base frame", lower=-10.0, upper=10.0
    )

    def __post_init__(self) -> None:
        if any(low >= high for low, high in zip(self.lower, self.upper, strict=True)):
            raise ConfigError(
                f"{type(self).__name__}.lower = {self.lower} is not below upper = {self.upper} m in every "
                "axis; swap them."
            )

    def holds(self, points: ArrayLike) -> Bool:
        """Bool[...]: which points (..., 3) of the base frame [m] lie inside."""
        p = np.asarray(points)
        return np.asarray(((p >= self.lower) & (p <= self.upper)).all(axis=-1))


@dataclass(frozen=True)
class WorkspaceConfig(Box):
    """A box in the robot's base frame in which the TCP must lie."""

    enabled: bool = setting(
        default=False, help="restrict grasps to the box; needs the camera's pose in the base frame"
    )

    def contains(self, points: ArrayLike, T_base_cam: Transform | None) -> Bool:
        """Bool[...]: which points (..., 3) of the optical frame [m] lie in the box.

        Raises:
            ConfigError: the camera's pose in the base frame is not known.
        """
        if T_base_cam is None:
            raise ConfigError(
                "WorkspaceConfig.enabled is set but the camera's pose in the base frame is not known; give "
                "it or disable the workspace."
            )
        return self.holds(T_base_cam @ points)
