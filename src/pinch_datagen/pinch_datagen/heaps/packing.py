# SPDX-License-Identifier: Apache-2.0
"""Objects that stand upright, close to each other without contact."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pinch_core.geometry.transform import Transform
from pinch_datagen.heaps.heap_config import Packed
from pinch_datagen.objects.object_model import ObjectModel
from pinch_datagen.scene.clutter import gap_between, outline
from pinch_datagen.scene.placed_object import PlacedObject
from pinch_datagen.stable_poses import StablePoseConfig, stable_poses

Float32 = NDArray[np.float32]

# An object does not stay in poses rarer than this.
POSES = StablePoseConfig(min_probability=0.03)


def packed_poses(
    models: Sequence[ObjectModel], config: Packed, rng: np.random.Generator
) -> list[Transform | None]:
    """``T_table_obj`` of each object, None of one that found no place."""
    poses: list[Transform | None] = []
    outlines: list[Float32] = []
    for model in models:
        upright = _upright(model)
        found = None
        for _ in range(config.attempts):
            x, y = rng.uniform(-config.spread, config.spread, 2)
            turn = Transform.from_rpy((0.0, 0.0, rng.uniform(0.0, 2 * np.pi)), (x, y, 0.0))
            pose = turn @ upright
            own = outline(PlacedObject(model, pose))
            if np.abs(own).max() <= config.side / 2 and all(
                gap_between(other, own) >= config.gap for other in outlines
            ):
                found = pose
                outlines.append(own)
                break
        poses.append(found)
    return poses


def _upright(model: ObjectModel) -> Transform:
    """The stable pose in which it is highest."""
    table = stable_poses(model, POSES)["T_table_obj"]
    heights = [np.ptp(model.vertices @ pose[2, :3]) for pose in table]
    return Transform.from_matrix(table[int(np.argmax(heights))])
