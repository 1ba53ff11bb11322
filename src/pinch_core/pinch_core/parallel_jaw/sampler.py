# SPDX-License-Identifier: Apache-2.0
"""Samplers: from antipodal contacts, uniform, or given by the caller."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pinch_core.errors import ConfigError
from pinch_core.geometry.transform import Transform
from pinch_core.parallel_jaw.antipodal_pairs import sample_antipodal_pairs
from pinch_core.parallel_jaw.candidates import JawCandidates
from pinch_core.parallel_jaw.config import (
    AntipodalSamplerConfig,
    GraspDepthConfig,
    UniformSamplerConfig,
)
from pinch_core.parallel_jaw.contacts import find_contacts
from pinch_core.parallel_jaw.depths import grasps_at, grasps_at_all_depths
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_core.parallel_jaw.jaw_axes import JawAxes
from pinch_core.perception.config import EdgeConfig
from pinch_core.planning.scene import Scene


@dataclass(frozen=True)
class AntipodalSampler:
    """Antipodal pairs of depth edges, at all depths (Mahler et al. 2017, S II)."""

    gripper: ParallelJawGripper
    edges: EdgeConfig
    pairs: AntipodalSamplerConfig
    depths: GraspDepthConfig

    def sample(self, scene: Scene, rng: np.random.Generator) -> JawCandidates:
        contacts = find_contacts(scene.frame, scene.table, scene.filled_heights, scene.labels, self.edges)
        pairs = sample_antipodal_pairs(contacts, self.gripper.max_opening, self.pairs, rng)
        return grasps_at_all_depths(scene, self.gripper, JawAxes.through(contacts, pairs), self.depths)


@dataclass(frozen=True)
class UniformSampler:
    """Any visible point of any object, any angle, any depth above the table: for objects without edges. Small
    objects get as many grasps as large ones.
    """

    gripper: ParallelJawGripper
    config: UniformSamplerConfig
    depths: GraspDepthConfig

    def sample(self, scene: Scene, rng: np.random.Generator) -> JawCandidates:
        rows, columns = np.nonzero((scene.labels > 0) & scene.frame.valid)
        label = scene.labels[rows, columns]
        order = np.argsort(label, kind="stable")
        _, start, size = np.unique(label[order], return_index=True, return_counts=True)
        one = rng.integers(len(start), size=self.config.count)
        chosen = order[start[one] + (rng.random(self.config.count) * size[one]).astype(np.intp)]
        rows, columns = rows[chosen], columns[chosen]
        pixels = np.stack([columns, rows], -1)
        points = scene.frame.intrinsics.deproject(pixels, scene.frame.depth[rows, columns])
        center = (scene.table.T_cam_table.inverse() @ points)[:, :2]
        angle = rng.uniform(0.0, np.pi, len(center))
        closing = np.stack([np.cos(angle), np.sin(angle)], -1)
        axes = JawAxes.anywhere(center, closing, scene.labels[rows, columns])
        surface = scene.heights[rows, columns].astype(np.float64)
        reach = self.gripper.finger.length - self.depths.palm_clearance
        lowest = np.maximum(self.depths.table_clearance, surface - reach)
        tip_height = rng.uniform(lowest, np.maximum(surface, lowest))
        return grasps_at(scene, self.gripper, axes, tip_height, self.depths)


# Largest deviation of a given approach from the table normal: the error of a rounded pose.
_MAX_TILT_RAD = 0.05


@dataclass(frozen=True)
class GivenGrasps:
    """TCP poses that the caller proposes; centered and opened as the image shows, then filtered and scored.

    ``T_cam_tcp``: in the optical frame, approaching along the table normal.
    """

    gripper: ParallelJawGripper
    T_cam_tcp: Sequence[Transform]
    depths: GraspDepthConfig

    def sample(self, scene: Scene, rng: np.random.Generator) -> JawCandidates:
        """Raises ConfigError if an approach is not along the table normal."""
        T_table_cam = scene.table.T_cam_table.inverse()
        poses = [T_table_cam @ pose for pose in self.T_cam_tcp]
        positions = np.array([pose.translation for pose in poses]).reshape(-1, 3)
        closing = np.array([pose.rotation[:, 1] for pose in poses]).reshape(-1, 3)
        for number, pose in enumerate(poses):
            tilt = float(np.arccos(np.clip(-pose.rotation[2, 2], -1.0, 1.0)))
            if tilt > _MAX_TILT_RAD:
                raise ConfigError(
                    f"given grasp {number} approaches at {np.degrees(tilt):.1f} degrees to the table normal; "
                    "grasps come down along it, so turn the pose."
                )
        axes = JawAxes.anywhere(
            positions[:, :2],
            closing[:, :2] / np.linalg.norm(closing[:, :2], axis=1, keepdims=True),
            scene.labels_at(np.array([pose.translation for pose in self.T_cam_tcp]).reshape(-1, 3)),
        )
        return grasps_at(
            scene, self.gripper, axes, positions[:, 2] - self.gripper.finger.tip_beyond_tcp, self.depths
        )
