# SPDX-License-Identifier: Apache-2.0
"""Which grasps a parallel jaw can execute, and how it and what it holds look to the motion planner."""

from __future__ import annotations

from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_executor.candidate import Candidate
from pinch_executor.end_effector import HeldObject
from pinch_executor.errors import GoalInCollision, InvalidGoal, UnknownGripper

# Messages carry 32-bit floats.
ROUNDING_M = 1e-6


class JawModel:
    """See :class:`~pinch_executor.end_effector.GripperModel`."""

    def __init__(self, gripper: ParallelJawGripper) -> None:
        self.gripper = gripper

    def check(self, grasp: Candidate) -> None:
        """See the protocol."""
        name, widest = self.gripper.name, self.gripper.max_opening
        if grasp.gripper not in ("", name):
            raise UnknownGripper(
                f"the grasp was planned for gripper '{grasp.gripper}' and the robot has '{name}'; start the "
                "grasp planner with the robot's gripper.",
                planned_for=grasp.gripper,
                robot_has=name,
            )
        if grasp.opening == 0.0:
            raise InvalidGoal(
                "the grasp's opening is 0 m; give the distance between the pads on the approach."
            )
        if grasp.opening < grasp.width - ROUNDING_M:
            raise GoalInCollision(
                f"the grasp opens the pads {grasp.opening * 1e3:.1f} mm for an object "
                f"{grasp.width * 1e3:.1f} mm wide; give an opening of at least the width."
            )
        if grasp.opening > widest + ROUNDING_M:
            raise GoalInCollision(
                f"the grasp opens the pads {grasp.opening * 1e3:.1f} mm but gripper '{name}' opens to "
                f"{widest * 1e3:.1f} mm; choose another grasp."
            )

    def approach_opening(self, grasp: Candidate) -> float:
        """The planner's own: it chose every margin and checked this opening for collisions."""
        return min(grasp.opening, self.gripper.max_opening)

    @property
    def pushing_opening(self) -> float:
        """Closed."""
        return self.gripper.min_opening

    def expected(self, grasp: Candidate, height: float) -> HeldObject:
        """See the protocol."""
        return self.held(grasp, grasp.width, height)

    def held(self, grasp: Candidate, opening: float, height: float) -> HeldObject:
        """What is between pads ``opening`` [m] apart, the TCP ``height`` [m] above the table."""
        finger = self.gripper.finger
        below = max(height, finger.tip_beyond_tcp)
        released = self.approach_opening(grasp)
        clear = (finger.breadth, released + 2 * finger.thickness)
        return HeldObject((finger.breadth, opening), below, opening, released, clear)
