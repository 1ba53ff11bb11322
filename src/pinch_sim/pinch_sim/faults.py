# SPDX-License-Identifier: Apache-2.0
"""Faults that a test can switch on to see how the rest of the stack handles them."""

from __future__ import annotations

from dataclasses import dataclass

from pinch_core.config import setting


@dataclass
class Faults:
    """All off in normal use; each takes effect from the next control period on."""

    reject_trajectories: bool = setting(default=False, help="the arm controller rejects every goal")
    abort_trajectories: bool = setting(default=False, help="the arm controller aborts every goal halfway")
    silent_trajectories: bool = setting(
        default=False, help="the arm controller accepts goals, then neither moves nor answers"
    )
    gripper_stuck: bool = setting(default=False, help="the fingers stay where they are")
    slippery_object: bool = setting(
        default=False, help="objects have no friction, so that grasps do not hold"
    )
    joint_states_stopped: bool = setting(default=False, help="no joint states are published")
    camera_stopped: bool = setting(default=False, help="no images are published")
    images_lost: bool = setting(default=False, help="every second image is lost")
    transforms_stopped: bool = setting(default=False, help="no transforms of moving links are published")
