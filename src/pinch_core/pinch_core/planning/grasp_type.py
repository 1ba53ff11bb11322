# SPDX-License-Identifier: Apache-2.0
"""The protocol of gripper types: all that planning needs of one. Each type has a folder of its own.

How to add one: docs/add_a_gripper_type.md. ``test/test_gripper_types.py`` holds every type to this protocol.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.geometry.transform import Transform
from pinch_core.grasp import Grasp
from pinch_core.gripper import Gripper
from pinch_core.planning.filters import GraspFilter
from pinch_core.planning.grasp_candidates import GraspCandidates, ImageGrasps
from pinch_core.planning.scene import Scene
from pinch_core.planning.scorer import GraspScorer

UInt8 = NDArray[np.uint8]
Float64 = NDArray[np.float64]
G = TypeVar("G", bound=GraspCandidates)
G_co = TypeVar("G_co", bound=GraspCandidates, covariant=True)


class GraspSampler(Protocol[G_co]):
    """Proposes grasps of a scene, unfiltered."""

    def sample(self, scene: Scene, rng: np.random.Generator) -> G_co: ...


@dataclass(frozen=True)
class LastResort(Generic[G]):
    """What is tried where a search found nothing: another ``sampler``, or ``filters`` with other limits.
    ``warning``: the sentence for the report.
    """

    sampler: GraspSampler[G]
    filters: tuple[GraspFilter[G], ...]
    warning: str


class GraspType(Protocol[G]):
    """One type of grasp, bound to a gripper and its settings."""

    @property
    def gripper(self) -> Gripper:
        """The gripper; its ``bodies`` are the collision bodies of a grasp."""
        ...

    @property
    def nothing_sampled(self) -> str:
        """One sentence, with a remedy, for a scene in which the sampler proposes nothing."""
        ...

    def sampler(self) -> GraspSampler[G]:
        """The default sampler, from which a search starts."""
        ...

    def filters(self) -> tuple[GraspFilter[G], ...]:
        """The filters of grasps, cheapest first."""
        ...

    def last_resorts(self) -> Sequence[LastResort[G]]:
        """What is tried in turn where no sample passes the filters."""
        ...

    def baseline(self) -> GraspScorer[G]:
        """The quality of policy ``igq``: analytic, from the image alone."""
        ...

    def to_search_space(self, grasps: G) -> Float64:
        """Float64[N, D]: what CEM searches, scaled so that a difference of 1 matters alike in each column."""
        ...

    def from_search_space(self, scene: Scene, points: Float64) -> G:
        """Candidates at points (N, D) of the search space; inverse of :meth:`to_search_space` as far as the
        scene allows (a type may centre a grasp on what it meets there).
        """
        ...

    def from_image(self, scene: Scene, grasps: ImageGrasps) -> G:
        """Candidates from a dense search of the image."""
        ...

    def axes(self, scene: Scene, grasps: G) -> Float64:
        """Float64[N, 3]: the unit axis, either way round, by which two grasps at one place differ; optical
        frame.
        """
        ...

    def equivalents(self, T_cam_tcp: Transform) -> Sequence[Transform]:
        """Poses of the same grasp, the given one first; a robot may reach one and not another."""
        ...

    def draw(self, picture: UInt8, grasp: Grasp, intrinsics: CameraIntrinsics) -> None:
        """Draw the best grasp of a plan into an image, UInt8[H, W, 3] BGR: the gripper at its opening."""
        ...

    def draw_alternative(self, picture: UInt8, grasp: Grasp, intrinsics: CameraIntrinsics) -> None:
        """Draw one of the other grasps of a plan, thinly."""
        ...
