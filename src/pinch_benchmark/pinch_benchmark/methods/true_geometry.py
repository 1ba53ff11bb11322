# SPDX-License-Identifier: Apache-2.0
"""Planning on the object itself: what a perfect eye would choose by the labels that networks learn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pinch_benchmark.methods.method import NoGrasp, PlannedGrasp, PlanningScene
from pinch_core.geometry.transform import Transform
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_datagen.parallel_jaw.antipodal_sampler import AntipodalConfig, sample_antipodal
from pinch_datagen.parallel_jaw.gripper_collision import CollisionConfig, collides
from pinch_datagen.parallel_jaw.parallel_jaw_grasps import ParallelJawGrasps
from pinch_datagen.parallel_jaw.robust_quality import QualityConfig, robust_quality
from pinch_datagen.ray_mesh import RayMesh
from pinch_datagen.scene.placed_object import PlacedObject

Float64 = NDArray[np.float64]

CANDIDATES = 150
# As wide as the planner opens: object, and this much beside each pad [m].
OPENING_MARGIN_M = 0.006
# Between fingertips and table; errors of the gripper come off it [m].
TABLE_GAP_M = 0.0025
# A pad holds what is at least so far from its edge [m].
PAD_EDGE_M = 0.001
# Grasps keep so far away from where one failed [m].
FAILED_RADIUS_M = 0.02
FRICTION_OF_PAIRS = AntipodalConfig()


@dataclass(frozen=True)
class TrueGeometry:
    """The collision-free antipodal pair of the meshes with the highest robust epsilon, not where a grasp has
    failed.
    """

    quality: QualityConfig
    name: str = "truth"

    def plan(self, scene: PlanningScene, rng: np.random.Generator) -> PlannedGrasp | NoGrasp:
        failed = [(scene.T_table_cam @ each.T_cam_tcp).translation for each in scene.hints.failed]
        found = best_grasp(
            scene.objects, scene.gripper, CANDIDATES, self.quality, rng, scene.obstacles, failed, TABLE_GAP_M
        )
        if found is None:
            return NoGrasp(f"all pairs on {len(scene.objects)} objects collide or have failed")
        return PlannedGrasp(scene.T_table_cam.inverse() @ found.T_table_tcp, found.opening, float("nan"))


@dataclass(frozen=True, eq=False)
class RatedGrasp:
    """``T_table_tcp``; ``opening`` between the pads on the approach [m]; its ``epsilon``."""

    T_table_tcp: Transform
    opening: float
    epsilon: float


def best_grasp(
    objects: Sequence[PlacedObject],
    gripper: ParallelJawGripper,
    candidates: int,
    quality: QualityConfig,
    rng: np.random.Generator,
    obstacles: Sequence[PlacedObject] = (),
    failed: Sequence[Float64] = (),
    table_gap: float | None = None,
) -> RatedGrasp | None:
    """The most robust of so many antipodal pairs of each object, straight from above, that collides with
    nothing and has no other object between the pads; None where there is none.

    Args:
        obstacles: what else stands on the table.
        failed: places of TCPs in the table's frame, Float64[3] each, that grasps keep away from.
        table_gap: grasps so low that the fingertips would reach below this height [m] are raised, as far as
            the pads still meet the pair; None: they collide.
    """
    rated: list[tuple[RatedGrasp, int]] = []
    for number, placed in enumerate(objects):
        up = placed.T_table_obj.rotation[2]
        pairs = sample_antipodal(
            placed.model.rays, up, candidates, gripper.max_opening, FRICTION_OF_PAIRS, rng
        )
        grasps = pairs.grasps.moved(placed.T_table_obj)
        apart = np.linalg.norm(np.diff(pairs.contacts.points, axis=1)[:, 0], axis=1)
        openings = np.minimum(apart + 2 * OPENING_MARGIN_M, gripper.max_opening)
        if gripper.opens_fully:
            openings[:] = gripper.max_opening
        epsilon = robust_epsilons(placed, gripper, grasps, quality, rng)
        rated += [
            (
                _raised(
                    RatedGrasp(Transform(turn, center), float(opening), float(value)), gripper, table_gap
                ),
                number,
            )
            for turn, center, opening, value in zip(
                grasps.rotations, grasps.center, openings, epsilon, strict=True
            )
        ]
    scene = [*objects, *obstacles]
    # Collisions cost more than epsilon, and few have to be looked for.
    for grasp, number in sorted(rated, key=lambda each: -each[0].epsilon):
        if any(np.linalg.norm(grasp.T_table_tcp.translation - place) < FAILED_RADIUS_M for place in failed):
            continue
        opened = replace(gripper, min_opening=0.0, max_opening=grasp.opening)
        others = scene[:number] + scene[number + 1 :]
        if not _collides(grasp, opened, scene) and not _between_pads(grasp, opened, others):
            return grasp
    return None


def _raised(grasp: RatedGrasp, gripper: ParallelJawGripper, table_gap: float | None) -> RatedGrasp:
    """Back along the approach until the fingertips are clear of the table."""
    if table_gap is None:
        return grasp
    beyond = gripper.finger.tip_beyond_tcp
    approach = grasp.T_table_tcp.rotation[:, 2]
    descent = -float(approach[2])
    below = table_gap - (float(grasp.T_table_tcp.translation[2]) - beyond * descent)
    if below <= 0 or below > (beyond - PAD_EDGE_M) * descent:
        return grasp
    place = grasp.T_table_tcp.translation - approach * below / descent
    return replace(grasp, T_table_tcp=Transform(grasp.T_table_tcp.rotation, place))


def _collides(grasp: RatedGrasp, opened: ParallelJawGripper, scene: Sequence[PlacedObject]) -> bool:
    _, axis, approach = grasp.T_table_tcp.rotation.T
    one = ParallelJawGrasps(grasp.T_table_tcp.translation[None], axis[None], approach[None])
    return bool(collides(one, opened, list(scene), CollisionConfig(clearance=0.001))[0])


def _between_pads(grasp: RatedGrasp, opened: ParallelJawGripper, others: Sequence[PlacedObject]) -> bool:
    """Whether something else has corners or edges between the pads: it would be gripped too."""
    finger = opened.finger
    half = np.array([finger.breadth, grasp.opening, 2 * finger.tip_beyond_tcp]) / 2
    T_tcp_table = grasp.T_table_tcp.inverse()
    for other in others:
        surface = RayMesh(T_tcp_table @ (other.T_table_obj @ other.model.vertices), other.model.faces)
        if len(surface.vertices) and _crosses(surface, half):
            return True
    return False


def _crosses(surface: RayMesh, half: Float64) -> bool:
    """Whether rays through a box about the origin, along y, meet the surface inside."""
    low, high = surface.vertices.min(axis=0), surface.vertices.max(axis=0)
    if (low > half).any() or (high < -half).any():
        return False
    x, z = np.meshgrid(np.linspace(-half[0], half[0], 5), np.linspace(-half[2], half[2], 5))
    starts = np.stack([x.ravel(), np.full(x.size, -half[1]), z.ravel()], axis=1)
    hits = surface.first_hits(starts, np.tile([0.0, 2 * half[1], 0.0], (len(starts), 1)))
    return bool((hits.distance <= 1.0).any())


def robust_epsilons(
    placed: PlacedObject,
    gripper: ParallelJawGripper,
    grasps: ParallelJawGrasps,
    quality: QualityConfig,
    rng: np.random.Generator,
) -> Float64:
    """Float64[N]: the labels' measure of grasps in the table's frame, at the jaws' full opening."""
    if not len(grasps):
        return np.empty(0)
    in_object = grasps.moved(placed.T_table_obj.inverse())
    model = placed.model
    return robust_quality(
        in_object, gripper.max_opening, model.rays, model.center_of_mass, quality, rng
    ).epsilon
