# SPDX-License-Identifier: Apache-2.0
"""The table that was given (TF, table_frame) against the one that the image shows: two sources, compared."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from pinch_core.errors import IntrinsicsError, InvalidDepthError
from pinch_core.geometry.transform import Transform
from pinch_core.perception.table import Plane

Float64 = NDArray[np.float64]

# Disagreement that is told. Fingertips keep 3 mm above the table and objects begin at 4 mm, so 5 mm make a
# difference to grasps; 1.5 degrees are 5 mm over 20 cm.
_TOLD_M, _TOLD_RAD = 0.005, math.radians(1.5)
# Parallel planes are a scale error; a smaller one is within the noise of the fit.
_PARALLEL_RAD, _ANCHORED_M = math.radians(1.5), 0.002
# An explanation must bring the planes this close, and be needed: the tilt must differ clearly without it.
_EXPLAINED_RAD, _EXPLAINED_SHARE, _NEEDED_RAD = math.radians(2.0), 0.03, math.radians(5.0)
# The image's distances over the true ones, where a unit is mistaken: metres and millimetres, metres and
# centimetres, 1/10 mm or centimetres and millimetres, 1/4 mm, 1/5000 m.
_UNITS = (1000.0, 100.0, 10.0, 4.0, 5.0)
# Focal length over the true one, where the intrinsics are those of another resolution.
_RESOLUTIONS = (2.0, 3.0, 4.0, 1.5)
# A tilt from which a wrong focal length shows.
_LEAST_TILT = math.tan(math.radians(5.0))

# How the axes of an image may be turned, and what that is called.
_TURNS = (
    ((1, -1, 1), "its rows run from the bottom to the top (upside down, mirrored)"),
    ((-1, -1, 1), "it is turned by 180 degrees"),
    ((-1, 1, 1), "its columns run from right to left (mirrored)"),
)
_TURN_BACK = (
    "turn the image back, so that rows count downwards and columns to the right in the optical frame (x "
    "right, y down, z forward), or correct the camera's pose in TF"
)
# Tables that are tilted to the robot's base by less may stand so.
_TILTED_TABLE_RAD = math.radians(10.0)


def turned_image_warning(measured: Plane, T_base_cam: Transform, source: str) -> str:
    """A warning where the table is level in the base only if the image is turned or mirrored; else empty. No
    refusal: robots and tables may stand at an angle.

    Args:
        measured: the table of the image, optical frame.
    """
    up = T_base_cam.inverse().rotation[:, 2]
    tilt = _angle(up, measured.normal)
    turns = _explaining_turns(up, measured.normal)
    if tilt < _TILTED_TABLE_RAD or not turns:
        return ""
    return (
        f"the table in {source} is tilted by {math.degrees(tilt):.1f} degrees to the ground of the robot's "
        f"base, but level if {turns}; {_TURN_BACK}, unless table or robot really stand at that angle."
    )


def table_disagreement(given: Plane, measured: Plane, source: str) -> str:
    """A warning that has the disagreement in millimetres and degrees; empty where they agree.

    Raises:
        InvalidDepthError: they agree once the image is turned or mirrored, or read in another unit.
        IntrinsicsError: they agree with the focal length of another resolution.
    """
    angle = _angle(given.normal, measured.normal)
    gap = _gap(given, measured)
    if abs(gap) <= _TOLD_M and angle <= _TOLD_RAD:
        return ""
    seen = (
        f"the table in {source} lies {abs(gap) * 1e3:.0f} mm {'above' if gap > 0 else 'below'} the given one "
        f"(where the optical axis meets it) and is tilted by {math.degrees(angle):.1f} degrees to it"
    )
    _refuse_turned(given, measured, seen)
    _refuse_unit(given, measured, seen)
    _refuse_focal_length(given, measured, seen)
    return (
        f"{seen}; heights are those above the given table, and no grasp goes below either: check the "
        "hand-eye calibration, table_frame and table_height."
    )


def scale_error(given: Plane, measured: Plane, largest: float) -> float | None:
    """The factor by which the image's distances are too long (or, below 1, too short), if that is all that
    the two tables differ in and it is no more than ``largest``; None where it is not, or where they agree.
    """
    ratio = measured.offset / given.offset
    off = abs(_gap(given, measured))
    if _angle(given.normal, measured.normal) > _PARALLEL_RAD or off <= _ANCHORED_M:
        return None
    return ratio if abs(ratio - 1.0) <= largest else None


def scale_warning(given: Plane, ratio: float, source: str) -> str:
    """What was done about a scale error."""
    return (
        f"the table in {source} lies {abs(ratio - 1) * given.offset * 1e3:.0f} mm "
        f"{'below' if ratio > 1 else 'above'} the given one and parallel to it, so its distances were "
        f"divided by {ratio:.4f}; if the camera's scale is right, correct the hand-eye calibration, "
        "table_frame or table_height, or set table.anchor to 0."
    )


def _refuse_turned(given: Plane, measured: Plane, seen: str) -> None:
    if _angle(given.normal, measured.normal) < _NEEDED_RAD or not _near(_axis_depth(measured), given):
        return
    if turns := _explaining_turns(given.normal, measured.normal):
        raise InvalidDepthError(f"{seen}, but agrees with it if {turns}; {_TURN_BACK}.")


def _explaining_turns(normal: Float64, seen: Float64) -> str:
    """The turns of the image that bring the normal that was seen to the one that is known; where the camera
    has no roll, a mirrored image cannot be told from a turned one.
    """
    return " or ".join(how for signs, how in _TURNS if _angle(normal, seen * signs) < _EXPLAINED_RAD)


def _refuse_unit(given: Plane, measured: Plane, seen: str) -> None:
    ratio = measured.offset / given.offset
    if _angle(given.normal, measured.normal) > _EXPLAINED_RAD:
        return
    for unit in _UNITS:
        for factor in (unit, 1 / unit):
            if abs(ratio / factor - 1) < _EXPLAINED_SHARE:
                raise InvalidDepthError(
                    f"{seen}: its distances are {factor:g} times the given ones, which is a mistaken unit of "
                    "depth; store metres as floating point or millimetres as 16-bit integers, or give the "
                    "image's scale."
                )


def _refuse_focal_length(given: Plane, measured: Plane, seen: str) -> None:
    slope, slope_seen = (plane.normal[:2] / plane.normal[2] for plane in (given, measured))
    steep, steep_seen = float(np.linalg.norm(slope)), float(np.linalg.norm(slope_seen))
    if min(steep, steep_seen) < _LEAST_TILT / 2 or steep < _LEAST_TILT:
        return
    parallel = float(slope @ slope_seen) / (steep * steep_seen) > math.cos(math.radians(10.0))
    if not parallel or not _near(_axis_depth(measured), given):
        return
    for resolution in _RESOLUTIONS:
        for factor in (resolution, 1 / resolution):
            if abs(steep_seen / steep / factor - 1) < 2 * _EXPLAINED_SHARE:
                raise IntrinsicsError(
                    f"{seen}, but agrees with it if the true focal length is {1 / factor:.3g} times that of "
                    "the intrinsics; give those of this sensor and resolution."
                )


def _near(depth: float, given: Plane) -> bool:
    return abs(depth / _axis_depth(given) - 1) < _EXPLAINED_SHARE


def _axis_depth(plane: Plane) -> float:
    """Depth [m] at which the optical axis meets the plane; inf where it does not."""
    return plane.offset / -float(plane.normal[2]) if plane.normal[2] < 0 else math.inf


def _gap(given: Plane, measured: Plane) -> float:
    """Height [m] above the given plane of the point where the optical axis meets the measured one."""
    depth = _axis_depth(measured)
    return float(given.height([0.0, 0.0, depth])) if math.isfinite(depth) else math.inf


def _angle(one: Float64, other: Float64) -> float:
    return math.acos(min(1.0, max(-1.0, float(one @ other))))
