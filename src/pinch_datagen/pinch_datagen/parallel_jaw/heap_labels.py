# SPDX-License-Identifier: Apache-2.0
"""Labels of grasps in a heap (Mahler et al. 2019): S = 1 iff the gripper comes down free of collisions at the
grasp's own opening, its pads touch exactly one object, and it resists gravity with a disturbance.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pinch_core.config import configclass, setting
from pinch_core.errors import ConfigError
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_datagen.dataset.tables import GRASPS, Table
from pinch_datagen.heaps.heap import Heap
from pinch_datagen.heaps.heap_surface import HeapSurface
from pinch_datagen.metrics.grasp_wrench_space import grasp_quality
from pinch_datagen.metrics.soft_finger import ContactPairs, SoftFingerConfig
from pinch_datagen.parallel_jaw.gripper_collision import CollisionConfig
from pinch_datagen.parallel_jaw.heap_collision import collides_in_heap
from pinch_datagen.parallel_jaw.jaw_contacts import JawContacts
from pinch_datagen.parallel_jaw.opened_grasps import OpenedGrasps
from pinch_datagen.parallel_jaw.pad_contacts import COARSE, NOTHING, close_pads
from pinch_datagen.parallel_jaw.robust_quality import PoseError, QualityConfig, perturbed_grasps
from pinch_datagen.scene.friction import sample_friction

Bool = NDArray[np.bool_]
Float64 = NDArray[np.float64]
Int32 = NDArray[np.int32]

GRAVITY = 9.81  # m/s^2
# With this radius Dex-Net's torsion limit, friction x pi r^2, is that of a round pad with a radius of 5 mm,
# 2/3 friction x radius, as in the simulated worlds.
PATCH_RADIUS = 0.0326  # m


@configclass
class HeapLabelConfig:
    """When a grasp in a heap is a good one."""

    quality: QualityConfig = field(
        default_factory=lambda: QualityConfig(
            contact=SoftFingerConfig(patch_radius=PATCH_RADIUS),
            object_error=PoseError(translation=0.0015, rotation=0.01),
            gripper_error=PoseError(translation=0.001, rotation=0.001),
            samples=25,
        )
    )
    collision: CollisionConfig = field(default_factory=lambda: CollisionConfig(clearance=0.001))
    disturbance_force: float = setting(
        default=0.3,
        unit="N",
        help="standard deviation of the disturbing force along each axis",
        lower=0.0,
        upper=100.0,
    )
    disturbance_torque: float = setting(
        default=0.005,
        unit="N m",
        help="standard deviation of the disturbing torque about each axis",
        lower=0.0,
        upper=10.0,
    )
    min_share: float = setting(
        default=0.5, help="a good grasp resists in a larger share of the samples", lower=0.0, upper=1.0
    )

    def __post_init__(self) -> None:
        without_effect = {
            "quality.min_robust_epsilon": self.quality.min_robust_epsilon
            != QualityConfig().min_robust_epsilon,
            "collision.approach_offsets": self.collision.approach_offsets
            != CollisionConfig().approach_offsets,
        }
        for name, is_set in without_effect.items():
            if is_set:
                raise ConfigError(f"HeapLabelConfig.{name} does nothing in heaps; leave it out.")


@dataclass(frozen=True, eq=False)
class HeapLabels:
    """``table``: rows of GRASPS in the table's frame. ``target`` Int32[N]: the object that the pads touch, a
    negative number for none. ``exactly_one`` Bool[N]. ``resisted`` Float64[N]: share of the samples.
    """

    table: Table
    target: Int32
    exactly_one: Bool
    resisted: Float64

    def __len__(self) -> int:
        return len(self.table)

    def __getitem__(self, index: NDArray[np.generic] | slice) -> HeapLabels:
        return HeapLabels(
            self.table[index], self.target[index], self.exactly_one[index], self.resisted[index]
        )

    @classmethod
    def concatenated(cls, parts: list[HeapLabels]) -> HeapLabels:
        """One after the other; at least one part."""
        return cls(
            np.concatenate([part.table for part in parts]),
            np.concatenate([part.target for part in parts]),
            np.concatenate([part.exactly_one for part in parts]),
            np.concatenate([part.resisted for part in parts]),
        )


def label_in_heap(
    opened: OpenedGrasps,
    heap: Heap,
    surface: HeapSurface,
    gripper: ParallelJawGripper,
    config: HeapLabelConfig,
    rng: np.random.Generator,
) -> HeapLabels:
    """Label grasps of the table's frame. Metrics are of grasps that are free and touch exactly one object, 0
    of all others; ``robust_wrench_resistance`` is ``resisted``.

    The stages come cheapest first, and each looks only at what the ones before it left.
    """
    free = ~collides_in_heap(opened, gripper, surface, config.collision)
    pads = close_pads(opened, gripper, surface)
    contacts = pads.contacts
    table = _rows(opened, contacts, free)
    target, exactly_one = np.where(free, pads.target, NOTHING).astype(np.int32), free & pads.exactly_one
    rows = np.flatnonzero(exactly_one)
    resisted = np.zeros(len(opened))
    if len(rows):
        resisted[rows] = _resist(
            opened[rows], contacts, rows, target[rows], heap, surface, gripper, config, table, rng
        )
    table["robust_wrench_resistance"] = resisted
    table["label"] = free & exactly_one & (resisted > config.min_share)
    return HeapLabels(table, target, exactly_one, resisted)


def _rows(opened: OpenedGrasps, contacts: JawContacts, free: Bool) -> Table:
    table = np.zeros(len(opened), dtype=GRASPS)
    grasps = opened.grasps
    table["center"], table["axis"], table["approach"] = grasps.center, grasps.axis, grasps.approach
    table["contacts"], table["width"], table["collision_free"] = contacts.points, contacts.widths, free
    return table


def _resist(
    opened: OpenedGrasps,
    contacts: JawContacts,
    rows: NDArray[np.intp],
    target: Int32,
    heap: Heap,
    surface: HeapSurface,
    gripper: ParallelJawGripper,
    config: HeapLabelConfig,
    table: Table,
    rng: np.random.Generator,
) -> Float64:
    """Float64[len(rows)]: share of the samples in which the wrench is resisted; fills in the metrics."""
    quality, count = config.quality, len(rows)
    centers = np.array([item.placed.T_table_obj @ item.placed.model.center_of_mass for item in heap.objects])
    weights = GRAVITY * np.array([item.mass for item in heap.objects])
    center, weight = centers[target], weights[target]

    friction = np.full(count, quality.friction.mean)
    nominal = ContactPairs(
        contacts.points[rows] - center[:, None], contacts.normals[rows], friction, opened.grasps.approach
    )
    up = np.broadcast_to([0.0, 0.0, 1.0], (count, 3))
    found = grasp_quality(nominal, up, quality.contact)
    table["force_closure"][rows], table["epsilon"][rows] = found.force_closure, found.epsilon
    table["wrench_resistance"][rows] = found.wrench_resistance

    samples = quality.samples
    center = np.repeat(center, samples, axis=0)
    perturbed = perturbed_grasps(opened.grasps, center, quality, rng)
    closed = OpenedGrasps(perturbed, np.repeat(opened.opening, samples))
    pads = close_pads(closed, gripper, surface, COARSE)
    alone = pads.exactly_one & (pads.target == np.repeat(target, samples))
    points = np.where(alone[:, None, None], pads.contacts.points, np.nan)
    pairs = ContactPairs(
        points - center[:, None],
        pads.contacts.normals,
        sample_friction(quality.friction, count * samples, rng),
        perturbed.approach,
    )
    wrench = rng.normal(0.0, 1.0, (count * samples, 6))
    wrench[:, :3] *= config.disturbance_force
    wrench[:, 3:] *= config.disturbance_torque * quality.contact.torque_scale
    wrench[:, 2] += np.repeat(weight, samples)
    robust = grasp_quality(pairs, wrench, quality.contact)
    shape = (count, samples)
    table["robust_force_closure"][rows] = robust.force_closure.reshape(shape).mean(1)
    table["robust_epsilon"][rows] = robust.epsilon.reshape(shape).mean(1)
    # Wrenches per newton of both contacts together.
    resisted = robust.wrench_resistance * 2 * gripper.max_force >= 1.0
    return np.asarray(resisted.reshape(shape).mean(1))
