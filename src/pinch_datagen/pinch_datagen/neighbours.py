# SPDX-License-Identifier: Apache-2.0
"""What stands round the object: procedural things, drawn anew for each object."""

from __future__ import annotations

from pinch_core.gripper import Gripper
from pinch_datagen.datagen_config import DatagenConfig
from pinch_datagen.objects.preparation import prepare
from pinch_datagen.objects.procedural.generator import make_procedural
from pinch_datagen.random_streams import RandomStreams
from pinch_datagen.scene.clutter import place_clutter
from pinch_datagen.scene.placed_object import PlacedObject
from pinch_datagen.stable_poses import stable_poses


class Neighbours:
    """Clutter for one object's stable poses; none where the config has it off."""

    def __init__(self, config: DatagenConfig, gripper: Gripper, streams: RandomStreams) -> None:
        self._config, self._streams = config.views.clutter, streams
        draws = streams.of("neighbours").integers(0, 2**31, self._config.max_objects)
        raw = [make_procedural(int(index), config.seed, config.procedural) for index in draws]
        self._models = [prepare(mesh, gripper.span, config.preparation) for mesh in raw]
        self._poses = [stable_poses(model, config.stable_poses) for model in self._models]

    def around(self, target: PlacedObject, pose: int) -> list[PlacedObject]:
        """The neighbours in the target's given stable pose."""
        rng = self._streams.of("clutter", pose)
        return place_clutter(target, self._models, self._poses, self._config, rng)
