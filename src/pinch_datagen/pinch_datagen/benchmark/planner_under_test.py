# SPDX-License-Identifier: Apache-2.0
"""Grasp planners by name, all called alike; a new one is one more line in :data:`PLANNERS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pinch_core.depth_frame import DepthFrame
from pinch_core.errors import NoObjectError, NoTableError, UnknownNameError
from pinch_core.geometry.transform import Transform
from pinch_core.grasp import Grasp, ImageGrasp
from pinch_core.gripper import Gripper
from pinch_core.perception.segmentation import segment_objects
from pinch_core.perception.table import fit_table
from pinch_core.planning.plan import plan_grasps
from pinch_core.planning.planner_config import PlannerConfig

Float64 = NDArray[np.float64]


class PlannerUnderTest(Protocol):
    """Whatever makes grasps of a depth image."""

    @property
    def name(self) -> str:
        """How tables call it."""
        ...

    def __call__(self, frame: DepthFrame, gripper: Gripper, rng: np.random.Generator) -> tuple[Grasp, ...]:
        """Grasps, best first; none where there is nothing to grasp."""
        ...


@dataclass(frozen=True)
class ImagePlanner:
    """The planner as it comes: antipodal pairs, ranked by the image alone."""

    config: PlannerConfig = field(default_factory=PlannerConfig)
    name: str = "igq"

    def __call__(self, frame: DepthFrame, gripper: Gripper, rng: np.random.Generator) -> tuple[Grasp, ...]:
        """See :class:`PlannerUnderTest`."""
        try:
            return plan_grasps(frame, gripper, self.config, rng).grasps
        except (NoTableError, NoObjectError):
            return ()


@dataclass(frozen=True)
class RandomPlanner:
    """What chance achieves: wide open jaws over random pixels of the objects, turned and lowered at random,
    from the top of what is seen there as deep as fingers and table let them.
    """

    config: PlannerConfig = field(default_factory=PlannerConfig)
    name: str = "random"

    def __call__(self, frame: DepthFrame, gripper: Gripper, rng: np.random.Generator) -> tuple[Grasp, ...]:
        """See :class:`PlannerUnderTest`."""
        try:
            table = fit_table(frame, self.config.table, rng)
            heights = table.height_image(frame)
            labels = segment_objects(frame, heights, self.config.segmentation)
        except (NoTableError, NoObjectError):
            return ()
        pixels = np.argwhere((labels > 0) & frame.valid)
        rows, columns = rng.choice(pixels, self.config.max_grasps).T
        seen = frame.points()[rows, columns].astype(np.float64)
        clearance = self.config.depths.table_clearance
        top = np.maximum(heights[rows, columns], clearance)
        tip = rng.uniform(np.maximum(top - gripper.finger.length, clearance), top)
        tool_height = tip + gripper.finger.tip_beyond_tcp
        centers = seen + (tool_height - heights[rows, columns])[:, None] * table.normal
        return tuple(
            _coming_down(center, angle, gripper.max_width, table.T_cam_table, frame, self.name)
            for center, angle in zip(centers, rng.uniform(0.0, np.pi, len(centers)), strict=True)
        )


def _coming_down(
    center: Float64, angle: float, opening: float, T_cam_table: Transform, frame: DepthFrame, source: str
) -> Grasp:
    """The grasp at ``center`` (3,) of the optical frame, its closing axis at ``angle`` on the table."""
    y = T_cam_table.rotate(np.array([np.cos(angle), np.sin(angle), 0.0]))
    z = T_cam_table.rotate(np.array([0.0, 0.0, -1.0]))
    T_cam_tcp = Transform.from_axes(np.cross(y, z), y, z, center)
    return Grasp(T_cam_tcp, opening, 0.0, ImageGrasp.from_pose(T_cam_tcp, opening, frame.intrinsics), source)


# For a gripper: networks are trained for one.
PLANNERS: Mapping[str, Callable[[Gripper], PlannerUnderTest]] = {
    "igq": lambda _: ImagePlanner(),
    "random": lambda _: RandomPlanner(),
}


def make_planner(name: str, gripper: Gripper) -> PlannerUnderTest:
    """The planner of that name.

    Raises:
        UnknownNameError: there is none.
    """
    if name not in PLANNERS:
        raise UnknownNameError(f"'{name}' is not one of the policies to judge; known: {', '.join(PLANNERS)}.")
    return PLANNERS[name](gripper)
