# SPDX-License-Identifier: Apache-2.0
"""Objects taken apart before heaps are made of them: each once, in parallel; what cannot be used is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import track

from pinch_core.errors import PinchError
from pinch_core.gripper import Gripper
from pinch_datagen.datagen_config import DatagenConfig
from pinch_datagen.dataset.manifest import Skipped
from pinch_datagen.errors import BadMeshError, NoObjectsError
from pinch_datagen.heaps.generate_heap import load_once, objects_config, of_heaps
from pinch_datagen.object_ref import ObjectRef
from pinch_datagen.physics.convex_parts import convex_parts
from pinch_datagen.run.process_map import ProcessMap


@dataclass(frozen=True)
class Usable:
    """``refs`` that can be in heaps; ``left_out``: the others, and why."""

    refs: tuple[ObjectRef, ...]
    left_out: tuple[Skipped, ...]


def prepare_objects(
    refs: Sequence[ObjectRef], config: DatagenConfig, gripper: Gripper, parts: Path, workers: int
) -> Usable:
    """Load every object and keep its convex parts in the folder ``parts``. Takes seconds for an object that
    was never taken apart, so there is a bar on a terminal.

    Raises:
        NoObjectsError: none can be used.
        DeadWorkerError: a process died.
    """
    preparing = _Preparing(config, gripper, parts)
    remedy = "what is done is kept: run again, with fewer --workers if memory ran out."
    results = ProcessMap(workers, preparing.attempt, _name, remedy).map_unordered(refs)
    console = Console(stderr=True)
    found = track(results, "convex parts", total=len(refs), console=console, disable=not console.is_terminal)
    left_out = sorted((one for one in found if one is not None), key=lambda one: one.object)
    names = {one.object for one in left_out}
    usable = tuple(ref for ref in refs if ref.name not in names)
    if not usable:
        raise NoObjectsError(f"none of {len(refs)} objects can be in a heap; {left_out[0].reason}")
    return Usable(usable, tuple(left_out))


@dataclass(frozen=True)
class _Preparing:
    config: DatagenConfig
    gripper: Gripper
    parts: Path

    def attempt(self, ref: ObjectRef) -> Skipped | PinchError | None:
        """None for an object that can be used."""
        try:
            model = load_once(ref, objects_config(self.config), self.gripper)
            convex_parts(model, of_heaps(self.config).decomposition, self.parts)
        except BadMeshError as error:
            return Skipped(ref.name, str(error))
        except PinchError as error:
            return error
        return None


def _name(ref: ObjectRef) -> str:
    return f"object '{ref.name}'"
