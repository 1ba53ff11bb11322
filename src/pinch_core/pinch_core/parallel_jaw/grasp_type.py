# SPDX-License-Identifier: Apache-2.0
"""The parallel-jaw grasp type: the protocol of planning, implemented with the files of this folder."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.geometry.transform import Transform
from pinch_core.grasp import Grasp
from pinch_core.parallel_jaw import drawing, image_grasps, search_space
from pinch_core.parallel_jaw.candidates import JawCandidates
from pinch_core.parallel_jaw.config import ParallelJawConfig, UniformSamplerConfig, closer_limits
from pinch_core.parallel_jaw.filters import jaw_filters
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_core.parallel_jaw.image_quality import ImageQuality
from pinch_core.parallel_jaw.sampler import AntipodalSampler, UniformSampler
from pinch_core.perception.config import WorkspaceConfig
from pinch_core.planning.filters import GraspFilter
from pinch_core.planning.grasp_candidates import ImageGrasps
from pinch_core.planning.grasp_type import LastResort
from pinch_core.planning.scene import Scene

UInt8 = NDArray[np.uint8]
Float64 = NDArray[np.float64]


@dataclass(frozen=True)
class ParallelJaw:
    """See :class:`~pinch_core.planning.grasp_type.GraspType`."""

    gripper: ParallelJawGripper
    config: ParallelJawConfig
    workspace: WorkspaceConfig

    @property
    def nothing_sampled(self) -> str:
        return (
            "no antipodal contact pair fits between the jaws on any object; "
            "use a gripper that opens wider or raise parallel_jaw.sampler.friction."
        )

    def sampler(self) -> AntipodalSampler:
        config = self.config
        return AntipodalSampler(self.gripper, config.edges, config.sampler, config.depths)

    def filters(self) -> tuple[GraspFilter[JawCandidates], ...]:
        return jaw_filters(self.gripper, self.config, self.workspace)

    def last_resorts(self) -> tuple[LastResort[JawCandidates], ...]:
        """Closer limits, for what nearly fills the jaws, is nearly as flat as the table, or is a ring; then
        grasps anywhere on the objects, as antipodal pairs may all lie where there is no room; then both.
        """
        close = closer_limits(self.config)
        limits = (
            f"closer limits were tried: {close.filters.min_opening_margin * 1e3:g} mm between object and "
            f"pad, pads that reach {close.filters.min_overlap * 1e3:g} mm below the contacts, a TCP in the "
            "hole of a ring"
        )
        pairs = AntipodalSampler(self.gripper, close.edges, close.sampler, close.depths)
        anywhere = UniformSampler(self.gripper, UniformSamplerConfig(), self.config.depths)
        holes = jaw_filters(self.gripper, close, self.workspace, in_holes=True)
        last = jaw_filters(self.gripper, close, self.workspace, in_holes=True, one_object=False)
        return (
            LastResort(pairs, holes, f"no grasp passes every filter; {limits}."),
            LastResort(
                anywhere,
                self.filters(),
                "no antipodal pair of edges gave a grasp that passes every filter; grasps anywhere on the "
                "objects were tried.",
            ),
            LastResort(
                anywhere,
                last,
                f"no grasp passes every filter; grasps anywhere on the objects and {limits}, and parts that "
                "may be two objects.",
            ),
        )

    def baseline(self) -> ImageQuality:
        return ImageQuality(self.gripper, self.config.quality)

    def to_search_space(self, grasps: JawCandidates) -> Float64:
        return search_space.to_search_space(grasps)

    def from_search_space(self, scene: Scene, points: Float64) -> JawCandidates:
        return search_space.from_search_space(scene, self.gripper, points, self.config.depths)

    def from_image(self, scene: Scene, grasps: ImageGrasps) -> JawCandidates:
        return image_grasps.from_image(scene, self.gripper, grasps, self.config.depths)

    def axes(self, scene: Scene, grasps: JawCandidates) -> Float64:
        """The closing axes."""
        return grasps.T_cam_tcp(scene).y

    def equivalents(self, T_cam_tcp: Transform) -> tuple[Transform, Transform]:
        """The grasp, and the same with the gripper turned by half a turn about the approach."""
        return T_cam_tcp, T_cam_tcp @ Transform.from_rpy((0.0, 0.0, math.pi))

    def draw(self, picture: UInt8, grasp: Grasp, intrinsics: CameraIntrinsics) -> None:
        drawing.draw_fingers(picture, grasp, self.gripper, intrinsics)

    def draw_alternative(self, picture: UInt8, grasp: Grasp, intrinsics: CameraIntrinsics) -> None:
        drawing.draw_jaw_line(picture, grasp, intrinsics)
