# SPDX-License-Identifier: Apache-2.0
"""A grasp as the executor takes it: planned in its own frame, executed in the robot's base frame."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from pinch_core.geometry.transform import Transform
from pinch_core.grasp import Grasp, GripperTranslation


@dataclass(frozen=True, eq=False)
class Candidate:
    """A grasp to try.

    ``grasp``: as it was planned, its directions and its pose in the frame that the planner answered in.
    ``T_base_cam``: that frame in the robot's base frame. ``stamp_ns``: of the image it was planned on [ns].
    """

    grasp: Grasp
    T_base_cam: Transform
    stamp_ns: int = 0

    @cached_property
    def T_base_tcp(self) -> Transform:
        """Pose of the TCP when the gripper engages."""
        return self.T_base_cam @ self.grasp.T_cam_tcp

    @cached_property
    def approach(self) -> GripperTranslation:
        """The straight motion that ends at the grasp, in the base frame."""
        return self.grasp.approach.rotated(self.T_base_cam)

    @cached_property
    def retreat(self) -> GripperTranslation:
        """The straight motion that begins at the grasp, in the base frame."""
        return self.grasp.retreat.rotated(self.T_base_cam)

    @property
    def id(self) -> str:
        """Names the grasp from plan to execution."""
        return self.grasp.id

    @property
    def gripper(self) -> str:
        """Name of the gripper that it is for, empty for any."""
        return self.grasp.gripper

    @property
    def width(self) -> float:
        """Extent of the object between the pads [m]."""
        return self.grasp.width

    @property
    def opening(self) -> float:
        """Distance between the pads on the approach [m]."""
        return self.grasp.opening
