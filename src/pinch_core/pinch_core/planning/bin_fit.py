# SPDX-License-Identifier: Apache-2.0
"""Whether a gripper fits between the walls of a bin."""

from __future__ import annotations

import numpy as np

from pinch_core.bin import Bin
from pinch_core.errors import GripperTooLargeError
from pinch_core.gripper import Box, Gripper
from pinch_core.planning.scene import Scene

# Play that a gripper needs on each side: about the margin of a finger.
_PLAY_M = 0.002
_ANGLES = np.radians(np.arange(0, 180, 5))


def misfit(gripper: Gripper, scene: Scene) -> str:
    """A warning where the gripper reaches only what lies near the rim; empty where it fits.

    Raises:
        GripperTooLargeError: it reaches nothing of what lies in the bin now.
    """
    seen = scene.seen_bin
    if seen is None:
        return ""
    bin_ = seen.bin
    # The smallest opening: the fingers' own thickness is what has to fit.
    boxes = gripper.bodies(0.0)
    tip = max(_lower_face(box) for box in boxes)
    entering = [box for box in boxes if tip - _lower_face(box) < bin_.height]
    if _fits(entering, bin_):
        return ""
    # With the tips on this height, what does not fit stays above the rim.
    unfit = [box for box in entering if not _fits([box], bin_)] or entering
    reached = bin_.height - min(tip - _lower_face(box) for box in unfit)
    highest = float(np.nanpercentile(scene.heights[scene.labels > 0], 99))
    sizes = max(unfit, key=lambda box: float(box.half_size[1])).half_size[:2] * 2e3
    sentence = (
        f"{gripper.name} ({sizes[0]:.0f} x {sizes[1]:.0f} mm across) does not fit between the walls of the "
        f"bin ({bin_.length * 1e3:.0f} x {bin_.width * 1e3:.0f} mm)"
    )
    if highest < reached:
        raise GripperTooLargeError(
            f"{sentence} and the highest object ends {(bin_.height - highest) * 1e3:.0f} mm below the rim, "
            "out of reach of its fingers; use a smaller gripper or a larger bin."
        )
    return f"{sentence}: it reaches only what is higher than {reached * 1e3:.0f} mm above the floor."


def _lower_face(box: Box) -> float:
    """How far along the approach a box reaches [m]."""
    return float(box.center[2] + box.half_size[2])


def _fits(boxes: list[Box], bin_: Bin) -> bool:
    """Whether the outlines of all boxes fit at one angle."""
    half = np.max([box.half_size[:2] + np.abs(box.center[:2]) for box in boxes], axis=0) + _PLAY_M
    cosine, sine = np.abs(np.cos(_ANGLES)), np.abs(np.sin(_ANGLES))
    along, across = half[0] * cosine + half[1] * sine, half[0] * sine + half[1] * cosine
    return bool(((2 * along <= bin_.length) & (2 * across <= bin_.width)).any())
