# SPDX-License-Identifier: Apache-2.0
"""Datasets of boxes whose grasps and images can be counted by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import trimesh
from object_data_samples import write_dataset

from pinch_datagen.dataset.manifest import Skipped, read_manifest, write_manifest
from pinch_datagen.dataset.tables import EXAMPLES, GRASPS, POSES, VIEWS, GraspKind, ObjectData
from pinch_datagen.objects.object_model import ObjectModel

EXTENT = np.array([0.03, 0.06, 0.04])
OPENING, DEPTH, FOCAL = 0.05, 0.7, 525.0
SURFACE, BLOCKED, BESIDE = GraspKind.SURFACE, GraspKind.BLOCKED, GraspKind.BESIDE

# Kind, nothing hit, both contacts, robust epsilon, images.
CUP = [
    (SURFACE, True, True, 0.003, 4),  # positive
    (SURFACE, True, True, 0.001, 3),
    (SURFACE, False, True, 0.004, 2),
    (BLOCKED, False, True, 0.004, 1),
    (BESIDE, True, False, 0.0, 2),
    (SURFACE, True, False, 0.0, 1),
]
JUG = [(SURFACE, True, True, 0.0025, 5), (SURFACE, False, True, 0.0, 7)]

REASONS = {"beside": 2, "blocked": 1, "collision": 2 + 7, "no contact": 1, "low epsilon": 3}


def box(
    name: str, grasps: list[tuple[GraspKind, bool, bool, float, int]], sizes: tuple[int, ...] = (32,)
) -> ObjectData:
    """A box turned by 90 degrees about x; the crop of example k is flat, k mm nearer than the grasp."""
    mesh = trimesh.creation.box(EXTENT)
    model = ObjectModel(name, f"meshes/{name}.obj", mesh.vertices, mesh.faces, 0.5, np.zeros(3))
    poses = np.zeros(1, POSES)
    poses["probability"] = 1.0
    poses["T_table_obj"] = [[[1, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, EXTENT[1] / 2], [0, 0, 0, 1]]]
    table = np.zeros(len(grasps), GRASPS)
    for row, (kind, free, contact, epsilon, _) in zip(table, grasps, strict=True):
        row["kind"], row["collision_free"], row["robust_epsilon"] = kind, free, epsilon
        row["center"], row["axis"], row["approach"] = (0.0, 0.01, 0.0), (1, 0, 0), (0, -1, 0)
        row["contacts"] = [(-0.015, 0.01, 0.0), (0.015, 0.01, 0.0)] if contact else np.nan
        row["width"] = 0.03 if contact else np.nan
    views = np.zeros(1, VIEWS)
    views["fx"] = views["fy"] = FOCAL
    grasp = np.repeat(np.arange(len(grasps)), [count for *_, count in grasps])
    examples = np.zeros(len(grasp), EXAMPLES)
    examples["grasp"], examples["depth"] = grasp, DEPTH
    examples["width_px"] = OPENING * FOCAL / DEPTH
    examples["label"] = ((table["robust_epsilon"] > 0.002) & table["collision_free"])[grasp]
    near = -0.001 * np.arange(len(grasp), dtype=np.float32)[:, None, None]
    crops = {size: np.broadcast_to(near, (len(grasp), size, size)).copy() for size in sizes}
    return ObjectData(model, poses, table, views, examples, crops)


def write_cup_and_jug(folder: Path) -> Path:
    """A dataset of both, from which a leaf was left out."""
    write_dataset(folder, [box("cup", CUP), box("jug", JUG)])
    write_manifest(folder, replace(read_manifest(folder), skipped=(Skipped("leaf", "it has a hole"),)))
    return folder
