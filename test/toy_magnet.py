# SPDX-License-Identifier: Apache-2.0
"""A gripper type that exists in tests alone: a magnet that sticks to any visible point, straight from above.

It shows what a new type needs: a gripper, candidates, a sampler, filters, a search space, the way from an
image, drawing, and an entry in three registries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pinch_core.config import configclass, setting
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.geometry.poses import Poses
from pinch_core.geometry.transform import Transform
from pinch_core.grasp import Grasp
from pinch_core.gripper import Box
from pinch_core.planner_config import PlannerConfig
from pinch_core.planning.annotation import BEST, FRACTIONAL_BITS, OTHER, project
from pinch_core.planning.filters import ApproachTilt, Finding, GraspFilter, OffObject
from pinch_core.planning.grasp_candidates import GraspCandidates, ImageGrasps
from pinch_core.planning.grasp_type import LastResort
from pinch_core.planning.scene import Scene
from pinch_datagen.dataset.tables import GRASPS, GraspKind, Table
from pinch_datagen.grasp_type import GraspCounts, SeenGrasps
from pinch_datagen.scene.placed_object import PlacedObject
from pinch_executor.candidate import Candidate
from pinch_executor.end_effector import HeldObject

Float64 = NDArray[np.float64]
YAML = "type: magnet\nname: toy\nradius: 0.01\n"


@configclass
class Magnet:
    """A rod with a magnet at its end, the TCP."""

    name: str
    radius: float = setting(unit="m", help="of the rod", lower=1e-3, upper=0.1)
    type: str = setting(default="magnet", help="gripper type; always magnet here")

    @property
    def span(self) -> float:
        return 2 * self.radius

    @property
    def reach(self) -> float:
        return self.radius

    def bodies(self, opening: float) -> tuple[Box, ...]:
        half = np.array([self.radius, self.radius, 0.05])
        return (Box("rod", np.array([0.0, 0.0, -0.05]), half, touches_object=True),)


@dataclass(frozen=True, eq=False)
class MagnetCandidates(GraspCandidates):
    """``height``: Float64[N] of the touched point above the table [m]."""

    height: Float64

    def to_image(self, scene: Scene) -> ImageGrasps:
        positions = self.positions(scene)
        return ImageGrasps(
            scene.frame.intrinsics.project(positions), np.zeros(len(self)), positions[:, 2].copy()
        )


def touching(scene: Scene, center: Float64) -> MagnetCandidates:
    """Straight down onto the highest point at table x, y (N, 2)."""
    height = scene.height_map.look_up(*center.astype(np.float32).T).astype(np.float64)
    origin = np.column_stack([center, height])
    y = np.broadcast_to([0.0, 1.0, 0.0], origin.shape)
    down = np.broadcast_to([0.0, 0.0, -1.0], origin.shape)
    nothing = np.zeros(len(center))
    labels = scene.labels_at(scene.table.T_cam_table @ origin)
    return MagnetCandidates(Poses.from_axes(y, down, origin), nothing, nothing, labels, height)


@dataclass(frozen=True)
class PointSampler:
    """Visible points of objects."""

    def sample(self, scene: Scene, rng: np.random.Generator) -> MagnetCandidates:
        rows, columns = np.nonzero((scene.labels > 0) & scene.frame.valid)
        chosen = rng.integers(len(rows), size=400)
        pixels = np.stack([columns[chosen], rows[chosen]], -1)
        points = scene.frame.intrinsics.deproject(pixels, scene.frame.depth[rows[chosen], columns[chosen]])
        return touching(scene, (scene.table.T_cam_table.inverse() @ points)[:, :2])


@dataclass(frozen=True)
class HighEnough:
    """There is something to stick to."""

    name: str = "high_enough"

    def keep(self, scene: Scene, grasps: MagnetCandidates) -> NDArray[np.bool_]:
        return np.asarray(grasps.height >= 0.005)

    def findings(self, scene: Scene, grasps: MagnetCandidates) -> tuple[Finding, ...]:
        return (Finding("height above the table", "m", grasps.height, lower=0.005),)


@dataclass(frozen=True)
class HighIsGood:
    """The higher, the better."""

    name: str = "height"

    def score(self, scene: Scene, grasps: MagnetCandidates) -> Float64:
        return np.clip(grasps.height / 0.1, 0.0, 1.0)

    def warnings(self, scene: Scene) -> list[str]:
        return []


@dataclass(frozen=True)
class MagnetGrasps:
    """See :class:`~pinch_core.planning.grasp_type.GraspType`."""

    gripper: Magnet

    @property
    def nothing_sampled(self) -> str:
        return "no point of an object is visible; move the camera."

    def sampler(self) -> PointSampler:
        return PointSampler()

    def filters(self) -> tuple[GraspFilter[MagnetCandidates], ...]:
        return ApproachTilt(0.8), HighEnough(), OffObject()

    def last_resorts(self) -> tuple[LastResort[MagnetCandidates], ...]:
        return ()

    def baseline(self) -> HighIsGood:
        return HighIsGood()

    def to_search_space(self, grasps: MagnetCandidates) -> Float64:
        return grasps.T_table_tcp.translation[:, :2] / 0.01

    def from_search_space(self, scene: Scene, points: Float64) -> MagnetCandidates:
        return touching(scene, points * 0.01)

    def from_image(self, scene: Scene, grasps: ImageGrasps) -> MagnetCandidates:
        points = scene.frame.intrinsics.deproject(grasps.pixels, grasps.depths)
        return touching(scene, (scene.table.T_cam_table.inverse() @ points)[:, :2])

    def axes(self, scene: Scene, grasps: MagnetCandidates) -> Float64:
        return grasps.T_cam_tcp(scene).z

    def equivalents(self, T_cam_tcp: Transform) -> Sequence[Transform]:
        return [T_cam_tcp @ Transform.from_rpy((0.0, 0.0, yaw)) for yaw in np.arange(8) * np.pi / 4]

    def draw(self, picture: NDArray[np.uint8], grasp: Grasp, intrinsics: CameraIntrinsics) -> None:
        (center,) = project(grasp, [[0.0, 0.0, 0.0]], intrinsics)
        cv2.circle(picture, center, 5 << FRACTIONAL_BITS, BEST, -1, cv2.LINE_AA, FRACTIONAL_BITS)

    def draw_alternative(
        self, picture: NDArray[np.uint8], grasp: Grasp, intrinsics: CameraIntrinsics
    ) -> None:
        (center,) = project(grasp, [[0.0, 0.0, 0.0]], intrinsics)
        cv2.circle(picture, center, 3 << FRACTIONAL_BITS, OTHER, 1, cv2.LINE_AA, FRACTIONAL_BITS)


def bind(gripper: Magnet, config: PlannerConfig) -> MagnetGrasps:
    """The entry of the planner's registry."""
    return MagnetGrasps(gripper)


@dataclass(frozen=True, eq=False)
class MagnetProposal:
    """Points on top of an object in the table's frame, Float64[N, 3]."""

    points: Float64

    def seen(self, T_cam_table: Transform, intrinsics: CameraIntrinsics) -> SeenGrasps:
        points = T_cam_table @ self.points
        nothing = np.zeros(len(points))
        return SeenGrasps(intrinsics.project(points), points[:, 2], nothing, nothing)


@dataclass(frozen=True)
class MagnetLabels:
    """A magnet holds where its face lies flat: the surface is level."""

    gripper: Magnet
    config: Any

    def propose(
        self, scene: list[PlacedObject], counts: GraspCounts, rng: np.random.Generator
    ) -> MagnetProposal:
        target = scene[0]
        corners = target.T_table_obj @ target.model.vertices
        return MagnetProposal(corners[np.argsort(-corners[:, 2])[: counts.surface]])

    def label(
        self, proposal: MagnetProposal, pose: int, target: PlacedObject, rng: np.random.Generator
    ) -> Table:
        table = np.zeros(len(proposal.points), dtype=GRASPS)
        table["pose"], table["kind"] = pose, GraspKind.SURFACE
        table["center"] = target.T_table_obj.inverse() @ proposal.points
        table["collision_free"] = True
        table["label"] = np.isclose(proposal.points[:, 2], proposal.points[:, 2].max(), atol=1e-6)
        return table


class MagnetEndEffector:
    """The entry of the executor's registry; its magnet is always on."""

    def model(self, gripper: Magnet) -> MagnetEndEffector:
        return self

    def check(self, grasp: Candidate) -> None: ...

    def approach_opening(self, grasp: Candidate) -> float:
        return 0.0

    def expected(self, grasp: Candidate, height: float) -> HeldObject:
        return HeldObject((0.02, 0.02), max(height, 0.01), 0.0, 0.0)

    def connect(self, *driver: Any) -> MagnetEndEffector:
        return self


def without(part: str) -> type:
    """The type with one part missing, as by someone who forgot it."""
    kept = {name: value for name, value in vars(MagnetGrasps).items() if name != part and name[0] != "_"}
    return type("Unfinished", (), {**kept, "gripper": None})
