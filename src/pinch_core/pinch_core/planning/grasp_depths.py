# SPDX-License-Identifier: Apache-2.0
"""From contact pairs to grasps: how deep the fingers go, how wide they open."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinch_core.config import setting, validate
from pinch_core.planning.antipodal_sampler import ContactPairs
from pinch_core.planning.contacts import Contacts
from pinch_core.planning.grasp_candidates import GraspCandidates
from pinch_core.planning.grasp_width import measure_extents, measure_profiles
from pinch_core.planning.scene import Scene

Float64 = NDArray[np.float64]


@dataclass(frozen=True)
class GraspDepthConfig:
    """How contact pairs become grasps."""

    step: float = setting(
        0.01, unit="m", help="distance between the depths tried on one pair", lower=0.001, upper=0.1
    )
    table_clearance: float = setting(
        0.003, unit="m", help="the fingertips stay this far above the table", lower=0.0, upper=0.1
    )
    opening_margin: float = setting(
        0.006, unit="m", help="free space between object and each pad on the approach", lower=0.0, upper=0.05
    )
    finger_margin: float = setting(
        0.002,
        unit="m",
        help="the fingers are taken to be this much larger to absorb pose errors",
        lower=0.0,
        upper=0.05,
    )

    def __post_init__(self) -> None:
        validate(self)


def propose_grasps(
    scene: Scene, contacts: Contacts, pairs: ContactPairs, config: GraspDepthConfig
) -> GraspCandidates:
    """Each pair at every depth: from one step below its contacts in steps down to just above the table.

    No deeper than the fingers are long: the palm would meet the object. The tool is centred on the extent
    measured at its depth, so both pads meet the object together. The jaws open as wide as the margin asks
    for, less where something stands beside the object.
    """
    gripper, finger = scene.gripper, scene.gripper.finger
    from_, to = contacts.position[pairs.first], contacts.position[pairs.second]
    centers, separation = (from_ + to) / 2, np.linalg.norm(to - from_, axis=1)
    axes = (to - from_) / separation[:, None]
    half_reach, plate = gripper.max_width / 2, finger.thickness + config.finger_margin
    profiles = measure_profiles(
        scene.height_map,
        centers,
        axes,
        half_reach + config.opening_margin + plate + 2 * scene.height_map.cell,
        finger.breadth / 2 + config.finger_margin,
    )
    # Both pads must meet something, so the lower contact counts; the palm must clear what is highest.
    tops = np.minimum(contacts.height[pairs.first], contacts.height[pairs.second])
    lowest = np.maximum(config.table_clearance, profiles.top(separation / 2) - finger.length)
    pair, tips = _tip_heights(tops, lowest, config.step)
    extents = measure_extents(profiles, pair, separation[pair] / 2, tips, half_reach)
    bounded = np.isfinite(extents.width)
    shift = np.zeros(len(pair))
    shift[bounded] = (extents.low[bounded] + extents.high[bounded]) / 2
    margin = np.clip(extents.room - plate, 0.0, config.opening_margin)
    return GraspCandidates(
        center=centers[pair] + axes[pair] * shift[:, None],
        closing=axes[pair],
        tip_height=tips,
        separation=separation[pair],
        width=extents.width,
        opening=np.minimum(extents.width + 2 * margin, gripper.max_width),
        top=tops[pair],
        friction=pairs.friction[pair],
        label=contacts.label[pairs.first[pair]],
        profile=pair,
        shift=shift,
        profiles=profiles,
    )


def _tip_heights(tops: Float64, lowest: Float64, step: float) -> tuple[NDArray[np.intp], Float64]:
    """(pair, fingertip height [m]) of every depth of every pair; always one at the lowest height."""
    count = np.maximum(np.ceil((tops - lowest) / step - 1e-9), 1).astype(np.intp)
    pair = np.repeat(np.arange(len(tops)), count)
    number = np.arange(len(pair)) - np.repeat(np.cumsum(count) - count, count)
    return pair, np.maximum(tops[pair] - (number + 1) * step, lowest[pair])
