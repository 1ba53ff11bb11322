# SPDX-License-Identifier: Apache-2.0
"""Settings of the places where picked objects are put."""

from __future__ import annotations

from pinch_core.config import configclass, setting


@configclass
class PlaceArea:
    """A rectangle to put things on. Frame ``area``: origin in its center, x along ``size[0]``, z up."""

    position: tuple[float, float, float] = setting(
        default=(0.4, -0.35, 0.0),
        unit="m",
        help="center of the area, on the surface that things are put on, in the base frame",
        lower=-5.0,
        upper=5.0,
    )
    size: tuple[float, float] = setting(
        default=(0.3, 0.3), unit="m", help="length and width of the area", lower=0.02, upper=3.0
    )
    yaw: float = setting(
        default=0.0, unit="rad", help="direction of its length about the vertical", lower=-3.2, upper=3.2
    )
    stack_height: float = setting(
        default=0.0,
        unit="m",
        help="how high what lies there may reach that another object is put on; 0: none is put on another",
        lower=0.0,
        upper=1.0,
    )


@configclass
class PlacingConfig:
    """How objects are put down in place areas."""

    gap: float = setting(
        default=0.015,
        unit="m",
        help="distance that an object and the open gripper keep from what lies in the area",
        lower=0.0,
        upper=0.2,
    )
    drop_height: float = setting(
        default=0.01,
        unit="m",
        help="height of the object's underside over what lies there when it is let go",
        lower=0.0,
        upper=0.2,
    )
    object_size: float = setting(
        default=0.08,
        unit="m",
        help="length of an object whose extent no image told",
        lower=0.01,
        upper=0.5,
    )
    directions: int = setting(
        default=4, help="gripper yaws that are tried, spread over half a turn", lower=1, upper=36
    )
    tries: int = setting(
        default=24, help="free spots that motions are planned to before giving up", lower=1, upper=500
    )
    keep_out: bool = setting(
        default=True, help="whether grasps in place areas are left out, so that nothing is picked twice"
    )
