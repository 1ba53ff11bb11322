# SPDX-License-Identifier: Apache-2.0
"""The grasps of one stable pose: on the surface, where the gripper does not fit, and beside the object."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pinch_core.config import configclass, setting
from pinch_core.errors import ConfigError
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.geometry.transform import Transform
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_datagen.dataset.tables import GraspKind
from pinch_datagen.grasp_type import GraspCounts, SeenGrasps
from pinch_datagen.parallel_jaw.antipodal_sampler import AntipodalConfig, sample_antipodal, spread_evenly
from pinch_datagen.parallel_jaw.beside_sampler import sample_beside
from pinch_datagen.parallel_jaw.gripper_collision import CollisionConfig, free_approaches
from pinch_datagen.parallel_jaw.parallel_jaw_grasps import ParallelJawGrasps
from pinch_datagen.scene.placed_object import PlacedObject

# Antipodal pairs to choose from, per grasp wanted.
SPARE = 3


@configclass
class GraspShares:
    """How many grasps an object gets, and of which kinds; all are labelled by the same metrics."""

    per_object: int = setting(
        default=100,
        help="grasps of an object, shared out evenly over its stable poses",
        lower=1,
        upper=100_000,
    )
    blocked: float = setting(
        default=0.0,
        help="share of antipodal pairs where fingers or palm do not fit: narrow gaps",
        lower=0.0,
        upper=0.9,
    )
    beside: float = setting(default=0.0, help="share of grasps off the object", lower=0.0, upper=0.9)
    antipodal: AntipodalConfig = field(default_factory=AntipodalConfig)

    def __post_init__(self) -> None:
        if self.blocked + self.beside > 0.95:
            raise ConfigError(
                f"GraspShares.blocked + beside = {self.blocked + self.beside:g} leave under 5 % of them "
                "on the surface; lower them."
            )

    def shared_out(self, poses: int) -> list[GraspCounts]:
        """What each of so many stable poses gets, as even as whole numbers can be; the shares hold in all."""
        beside, blocked = round(self.per_object * self.beside), round(self.per_object * self.blocked)
        kinds = (self.per_object - beside - blocked, blocked, beside)
        parts = [[total // poses + (pose < total % poses) for pose in range(poses)] for total in kinds]
        return [GraspCounts(*counts) for counts in zip(*parts, strict=True)]


@dataclass(frozen=True, eq=False)
class JawProposal:
    """Grasps in the table's frame, their kinds (UInt8[N], :class:`GraspKind`), and Bool[N]
    ``collision_free``. ``opening``: of the jaws before they close [m].
    """

    grasps: ParallelJawGrasps
    kinds: NDArray[np.uint8]
    collision_free: NDArray[np.bool_]
    opening: float

    def seen(self, T_cam_table: Transform, intrinsics: CameraIntrinsics) -> SeenGrasps:
        """See :class:`~pinch_datagen.grasp_type.Proposal`."""
        return seen_grasps(self.grasps, self.opening, T_cam_table, intrinsics)


def seen_grasps(
    grasps: ParallelJawGrasps, opening: float, T_cam_table: Transform, intrinsics: CameraIntrinsics
) -> SeenGrasps:
    """How grasps of the table's frame appear in an image, with the pads ``opening`` [m] apart."""
    seen = grasps.moved(T_cam_table)
    half = seen.axis * opening / 2
    along = intrinsics.project(seen.center + half) - intrinsics.project(seen.center - half)
    return SeenGrasps(
        intrinsics.project(seen.center),
        seen.center[:, 2],
        np.arctan2(along[:, 1], along[:, 0]),
        np.hypot(along[:, 0], along[:, 1]),
    )


def propose_grasps(
    scene: list[PlacedObject],
    counts: GraspCounts,
    gripper: ParallelJawGripper,
    antipodal: AntipodalConfig,
    collision: CollisionConfig,
    rng: np.random.Generator,
) -> JawProposal:
    """Up to ``counts`` grasps of the first object of the scene."""
    mesh, T_table_obj = scene[0].model.rays, scene[0].T_table_obj
    wanted = SPARE * (counts.surface + counts.blocked)
    pairs = sample_antipodal(mesh, T_table_obj.rotation[2], wanted, gripper.max_opening, antipodal, rng)
    pair_grasps, pair_free = free_approaches(pairs.grasps.moved(T_table_obj), gripper, scene, collision)
    on_surface = spread_evenly(len(pairs), counts.surface, rng)
    others = np.setdiff1d(np.arange(len(pairs)), on_surface)
    hindered = rng.permutation(others[~pair_free[others]])[: counts.blocked]

    off = sample_beside(mesh, T_table_obj.matrix, counts.beside, gripper, rng).moved(T_table_obj)
    off_grasps, off_free = free_approaches(off, gripper, scene, collision)
    return JawProposal(
        ParallelJawGrasps.concatenated([pair_grasps[on_surface], pair_grasps[hindered], off_grasps]),
        np.repeat(
            np.array([GraspKind.SURFACE, GraspKind.BLOCKED, GraspKind.BESIDE], dtype=np.uint8),
            [len(on_surface), len(hindered), len(off_grasps)],
        ),
        np.concatenate([pair_free[on_surface], pair_free[hindered], off_free]),
        gripper.max_opening,
    )
