# SPDX-License-Identifier: Apache-2.0
"""Depths of the fingertips along a closing axis, and the opening there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pinch_core.geometry.poses import Poses
from pinch_core.parallel_jaw.candidates import JawCandidates
from pinch_core.parallel_jaw.config import GraspDepthConfig
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_core.parallel_jaw.jaw_axes import JawAxes
from pinch_core.parallel_jaw.profiles import Profiles, measure_extents
from pinch_core.planning.scene import Scene

Float64 = NDArray[np.float64]
Intp = NDArray[np.intp]


def grasps_at_all_depths(
    scene: Scene, gripper: ParallelJawGripper, axes: JawAxes, config: GraspDepthConfig
) -> JawCandidates:
    """Each axis at every depth: from one step below its contacts in steps down to just above the table.

    No deeper than the fingers are long: the palm would meet the object.
    """
    profiles = axes.profiles(scene, gripper, config.opening_margin, config.finger_margin)
    # The palm must clear the highest point between the contacts.
    lowest = np.maximum(
        config.table_clearance,
        profiles.top(axes.half_separation) - gripper.finger.length + config.palm_clearance,
    )
    axis, tips = _tip_heights(axes.contact_height, lowest, config.step)
    return _measure(scene, gripper, axes, profiles, axis, tips, config)


def grasps_at(
    scene: Scene, gripper: ParallelJawGripper, axes: JawAxes, tip_height: Float64, config: GraspDepthConfig
) -> JawCandidates:
    """Each axis with the fingertips at one height.

    Args:
        tip_height: (P,) above the table [m].
    """
    profiles = axes.profiles(scene, gripper, config.opening_margin, config.finger_margin)
    return _measure(scene, gripper, axes, profiles, np.arange(len(axes)), tip_height, config)


def _measure(
    scene: Scene,
    gripper: ParallelJawGripper,
    axes: JawAxes,
    profiles: Profiles,
    axis: Intp,
    tips: Float64,
    config: GraspDepthConfig,
) -> JawCandidates:
    """The TCP is centered on the extent measured at its depth, so both pads meet the object together. The
    jaws open as wide as the margin asks for, less where something stands beside the object, fully where the
    gripper knows no other way. They come down along the table normal.
    """
    plate = gripper.finger.thickness + config.finger_margin
    half_separation = axes.half_separation[axis]
    extents = measure_extents(profiles, axis, half_separation, tips, gripper.max_opening / 2)
    bounded = np.isfinite(extents.width)
    shift = np.zeros(len(axis))
    shift[bounded] = (extents.low[bounded] + extents.high[bounded]) / 2
    margin = np.clip(extents.room - plate, 0.0, config.opening_margin)
    contact_height = axes.contact_height[axis]
    unknown = np.flatnonzero(np.isnan(contact_height) & bounded)
    contact_height[unknown] = profiles.contact_heights(
        axis[unknown], extents.low[unknown], extents.high[unknown]
    )
    closing = axes.closing[axis]
    center = axes.center[axis] + closing * shift[:, None]
    opening = np.minimum(extents.width + 2 * margin, gripper.max_opening)
    if gripper.opens_fully:
        opening = np.full(len(axis), gripper.max_opening)
    return JawCandidates(
        T_table_tcp=_pointing_down(center, closing, tips + gripper.finger.tip_beyond_tcp),
        tip_height=tips,
        separation=2 * half_separation,
        width=extents.width,
        opening=opening,
        top=contact_height,
        friction=axes.friction[axis],
        label=axes.label[axis],
        profile=axis,
        shift=shift,
        profiles=profiles,
    )


def _pointing_down(center: Float64, closing: Float64, height: Float64) -> Poses:
    """TCP poses at table x, y (N, 2) and heights (N,) that approach along the table normal."""
    level = np.zeros((len(center), 1))
    y = np.concatenate([closing, level], axis=1)
    z = np.broadcast_to([0.0, 0.0, -1.0], y.shape)
    return Poses.from_axes(y, z, np.concatenate([center, height[:, None]], axis=1))


def _tip_heights(tops: Float64, lowest: Float64, step: float) -> tuple[Intp, Float64]:
    """(axis, fingertip height [m]) of every depth of every axis; always one at the lowest height."""
    count = np.maximum(np.ceil((tops - lowest) / step - 1e-9), 1).astype(np.intp)
    axis = np.repeat(np.arange(len(tops)), count)
    number = np.arange(len(axis)) - np.repeat(np.cumsum(count) - count, count)
    return axis, np.maximum(tops[axis] - (number + 1) * step, lowest[axis])
