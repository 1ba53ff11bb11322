# SPDX-License-Identifier: Apache-2.0
"""What is random about a view (S I): the camera, on a spherical shell round the table's centre, and where the
object stands on the table.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pinch_core.config import configclass, setting
from pinch_core.errors import ConfigError
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.geometry.transform import Transform

Range = tuple[float, float]  # smallest and largest value, from which is drawn uniformly
TURN = 2 * math.pi


@configclass
class CameraConfig:
    """Uniform ranges; the defaults are the paper's. The optical axis passes through the table's centre."""

    radius: Range = setting(
        default=(0.65, 0.75), unit="m", help="distance from the table's centre", lower=0.1, upper=5.0
    )
    azimuth: Range = setting(
        default=(0.0, TURN), unit="rad", help="direction from which it looks", lower=-TURN, upper=2 * TURN
    )
    polar: Range = setting(
        default=(0.05 * math.pi, 0.1 * math.pi),
        unit="rad",
        help="angle from the vertical",
        lower=0.0,
        upper=1.5,
    )
    roll: Range = setting(
        default=(0.0, 0.0), unit="rad", help="turn about the optical axis", lower=-math.pi, upper=math.pi
    )
    focal: Range = setting(default=(525.0, 525.0), unit="px", help="focal length", lower=50.0, upper=5000.0)
    center_offset: Range = setting(
        default=(0.0, 0.0),
        unit="px",
        help="principal point off the image's centre, each way",
        lower=-500.0,
        upper=500.0,
    )
    width: int = setting(default=600, unit="px", help="columns of the image", lower=32, upper=8192)
    height: int = setting(default=600, unit="px", help="rows of the image", lower=32, upper=8192)

    def __post_init__(self) -> None:
        _require_ascending(self, "radius", "azimuth", "polar", "roll", "focal", "center_offset")


def sample_camera(config: CameraConfig, rng: np.random.Generator) -> tuple[Transform, CameraIntrinsics]:
    """``T_table_cam``, the optical frame in the table's, and the intrinsics of one camera."""
    radius, azimuth, polar = (rng.uniform(*r) for r in (config.radius, config.azimuth, config.polar))
    roll, focal = rng.uniform(*config.roll), rng.uniform(*config.focal)
    column, row = rng.uniform(*config.center_offset, 2)
    outward = np.array([math.cos(azimuth), math.sin(azimuth), 0.0])
    eye = radius * (math.sin(polar) * outward + math.cos(polar) * np.array([0.0, 0.0, 1.0]))
    # The far side of the table is up in the image, also for a camera that looks straight down.
    T_table_cam = Transform.look_at(eye, np.zeros(3), -outward) @ Transform.from_rpy((0.0, 0.0, roll))
    intrinsics = CameraIntrinsics(
        config.width,
        config.height,
        focal,
        focal,
        (config.width - 1) / 2 + float(column),
        (config.height - 1) / 2 + float(row),
    )
    return T_table_cam, intrinsics


@configclass
class PlacementConfig:
    """Uniform ranges of a planar pose; the defaults are the paper's."""

    x: Range = setting(default=(-0.1, 0.1), unit="m", help="place along the table's x", lower=-2.0, upper=2.0)
    y: Range = setting(default=(-0.1, 0.1), unit="m", help="place along the table's y", lower=-2.0, upper=2.0)
    yaw: Range = setting(
        default=(0.0, TURN), unit="rad", help="turn about the vertical", lower=-TURN, upper=2 * TURN
    )

    def __post_init__(self) -> None:
        _require_ascending(self, "x", "y", "yaw")


def sample_placement(config: PlacementConfig, rng: np.random.Generator) -> Transform:
    """``T_table_placed``, to be put before a stable pose: ``T_table_placed @ T_table_obj``."""
    x, y, yaw = rng.uniform(*config.x), rng.uniform(*config.y), rng.uniform(*config.yaw)
    c, s = math.cos(yaw), math.sin(yaw)
    return Transform(np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]]), np.array([x, y, 0.0]))


def _require_ascending(config: Any, *names: str) -> None:
    """Hold the named ranges of a config to their order.

    Raises:
        ConfigError: a range begins above its end.
    """
    for name in names:
        low, high = getattr(config, name)
        if low > high:
            raise ConfigError(
                f"{type(config).__name__}.{name} = [{low:g}, {high:g}] is upside down; put the smaller first."
            )
