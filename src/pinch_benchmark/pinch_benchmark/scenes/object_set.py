# SPDX-License-Identifier: Apache-2.0
"""Which objects are put before the gripper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pinch_datagen.object_list import survey_objects
from pinch_datagen.object_ref import ObjectRef, procedural_name
from pinch_datagen.objects.preparation import PreparationConfig
from pinch_datagen.random_streams import RandomStreams

# No dataset counts so far (procedural_count): a network never saw one of these objects.
FIRST_GENERATED = 20_000_000


@dataclass(frozen=True)
class ObjectSet:
    """``name`` for tables; ``generated``: made here, not read from a folder.

    ``remarks``: lines on what the folder holds beside these objects.
    """

    name: str
    refs: tuple[ObjectRef, ...]
    generated: bool
    remarks: tuple[str, ...] = ()

    @classmethod
    def of_folder(cls, folder: Path, preparation: PreparationConfig | None = None) -> ObjectSet:
        """Every shape among the meshes below a folder, once.

        Raises:
            NoObjectsError: there is none.
        """
        found = survey_objects(0, [folder], preparation or PreparationConfig())
        merged = (f"merged: {copy.ref.name}: has the shape of {copy.same_as}" for copy in found.copies)
        return cls(folder.name or str(folder), found.refs, generated=False, remarks=(*found.remarks, *merged))

    @classmethod
    def generated_objects(cls, count: int) -> ObjectSet:
        """Objects of all procedural families that no dataset holds."""
        numbers = range(FIRST_GENERATED, FIRST_GENERATED + count)
        return cls(
            "generated", tuple(ObjectRef(procedural_name(n), index=n) for n in numbers), generated=True
        )

    def drawn(self, trials: int, seed: int) -> Sequence[ObjectRef]:
        """The object of each trial: every one once in random order before one comes again."""
        rng = RandomStreams(seed, self.name).of("order of objects")
        order = [int(k) for _ in range(-(-trials // len(self.refs))) for k in rng.permutation(len(self.refs))]
        return [self.refs[k] for k in order[:trials]]
