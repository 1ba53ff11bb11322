# SPDX-License-Identifier: Apache-2.0
"""From proposed grasps to labelled ones: S = 1 iff robust epsilon is high and nothing is hit."""

from __future__ import annotations

import numpy as np

from pinch_core.geometry.transform import Transform
from pinch_datagen.dataset.tables import GRASPS, Table
from pinch_datagen.objects.object_model import ObjectModel
from pinch_datagen.parallel_jaw.jaw_contacts import close_jaws
from pinch_datagen.parallel_jaw.proposal import JawProposal
from pinch_datagen.parallel_jaw.robust_quality import QualityConfig, nominal_quality, robust_quality


def label_grasps(
    proposal: JawProposal,
    pose: int,
    T_table_obj: Transform,
    model: ObjectModel,
    opening: float,
    config: QualityConfig,
    rng: np.random.Generator,
) -> Table:
    """The proposal as rows of GRASPS, in the object's frame, with every metric and the label."""
    grasps = proposal.grasps.moved(T_table_obj.inverse())
    contacts = close_jaws(grasps, opening, model.rays)
    nominal = nominal_quality(grasps, contacts, model.center_of_mass, config)
    robust = robust_quality(grasps, opening, model.rays, model.center_of_mass, config, rng)

    table = np.zeros(len(grasps), dtype=GRASPS)
    table["pose"], table["kind"] = pose, proposal.kinds
    table["center"], table["axis"], table["approach"] = grasps.center, grasps.axis, grasps.approach
    table["contacts"], table["width"] = contacts.points, contacts.widths
    for prefix, quality in (("", nominal), ("robust_", robust)):
        table[f"{prefix}force_closure"] = quality.force_closure
        table[f"{prefix}epsilon"] = quality.epsilon
        table[f"{prefix}wrench_resistance"] = quality.wrench_resistance
    table["collision_free"] = proposal.collision_free
    table["label"] = (table["robust_epsilon"] > config.min_robust_epsilon) & proposal.collision_free
    return table
