# SPDX-License-Identifier: Apache-2.0
"""From proposed grasps to labelled ones: S = 1 iff robust epsilon is high and nothing is hit."""

from __future__ import annotations

import numpy as np

from pinch_core.geometry.transform import Transform
from pinch_datagen.dataset.tables import GRASPS, METRICS, Table
from pinch_datagen.grasps.jaw_contacts import close_jaws
from pinch_datagen.grasps.proposal import Proposal
from pinch_datagen.metrics.robust_quality import QualityConfig, nominal_quality, robust_quality
from pinch_datagen.objects.object_model import Float64
from pinch_datagen.ray_mesh import RayMesh


def label_grasps(
    proposal: Proposal,
    pose: int,
    T_table_obj: Transform,
    mesh: RayMesh,
    center_of_mass: Float64,
    opening: float,
    config: QualityConfig,
    rng: np.random.Generator,
) -> Table:
    """The proposal as rows of GRASPS, in the object's frame, with every metric and the label."""
    grasps = proposal.grasps.moved(T_table_obj.inverse())
    contacts = close_jaws(grasps, opening, mesh)
    nominal = nominal_quality(grasps, contacts, center_of_mass, config)
    robust = robust_quality(grasps, opening, mesh, center_of_mass, config, rng)

    table = np.zeros(len(grasps), dtype=GRASPS)
    table["pose"], table["kind"] = pose, proposal.kinds
    table["center"], table["axis"], table["approach"] = grasps.center, grasps.axis, grasps.approach
    table["contacts"], table["width"] = contacts.points, contacts.widths
    for metric in METRICS:
        quality, name = (
            (robust, metric.removeprefix("robust_")) if metric.startswith("robust_") else (nominal, metric)
        )
        table[metric] = getattr(quality, name)
    table["collision_free"] = proposal.collision_free
    table["label"] = (table["robust_epsilon"] > config.min_robust_epsilon) & proposal.collision_free
    return table
