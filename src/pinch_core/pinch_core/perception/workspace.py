# SPDX-License-Identifier: Apache-2.0
"""The part of the world in which the robot may grasp."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pinch_core.config import configclass, setting
from pinch_core.depth_frame import DepthFrame
from pinch_core.errors import ConfigError
from pinch_core.geometry.transform import Transform

Bool = NDArray[np.bool_]


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
    """A box in the robot's base frame that the tool centre point must lie in."""

    enabled: bool = setting(
        default=False, help="whether the box is looked at; it needs the camera's pose in the base frame"
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
        return self.holds(T_base_cam.apply(points))


def pixels_in_workspace(
    frame: DepthFrame, config: WorkspaceConfig, T_base_cam: Transform | None, region: Bool | None
) -> Bool | None:
    """Bool[H, W]: pixels of ``region`` (None = whole image) whose points lie in the box; None = all.

    Raises:
        ConfigError: the box is enabled but the camera's pose in the base frame is not known.
    """
    if not config.enabled:
        return region
    inside = config.contains(frame.points(), T_base_cam)
    return inside if region is None else inside & region
