# SPDX-License-Identifier: Apache-2.0
"""Where the work on many objects is done: processes of this machine, or of a cluster."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Protocol

from pinch_datagen.object_ref import ObjectRef
from pinch_datagen.run.process_map import ProcessMap
from pinch_datagen.run.ray_map import RayMap
from pinch_datagen.run.work import Outcome, Work

REMEDY = "the objects done so far are kept: --resume finishes the rest"


class Executor(Protocol):
    """Does the work; the results on disk are the same bytes with any executor."""

    def map_unordered(self, work: Work, refs: Sequence[ObjectRef]) -> Generator[Outcome, None, None]:
        """Do the work on every object and yield what became of each, as they finish.

        Few objects are in flight at a time. When the generator is closed, or raises, the workers are dead.

        Raises:
            PinchError: the work raised it, or a worker died.
        """
        ...


@dataclass(frozen=True)
class LocalPool:
    """``count`` processes of this machine.

    A single worker is a process of its own too: so it has as many native threads as any other.
    """

    count: int

    def map_unordered(self, work: Work, refs: Sequence[ObjectRef]) -> Generator[Outcome, None, None]:
        remedy = f"{REMEDY}, with fewer --workers if memory ran out."
        return ProcessMap(self.count, work.attempt, _name, remedy).map_unordered(refs)


@dataclass(frozen=True)
class RayCluster:
    """A running cluster whose machines all have pinch and the folders in question.

    ``address`` and ``limit``: see :class:`RayMap`.
    """

    address: str
    limit: int | None = None

    def map_unordered(self, work: Work, refs: Sequence[ObjectRef]) -> Generator[Outcome, None, None]:
        return RayMap(self.address, self.limit, work.attempt, _name, f"{REMEDY}.").map_unordered(refs)


def _name(ref: ObjectRef) -> str:
    return f"object '{ref.name}'"
