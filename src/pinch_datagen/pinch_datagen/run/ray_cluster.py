# SPDX-License-Identifier: Apache-2.0
"""Workers on the machines of a Ray cluster."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from pinch_datagen.object_ref import ObjectRef
from pinch_datagen.run.ray_map import RayMap
from pinch_datagen.run.work import Outcome, Work


class RayCluster:
    """An :class:`Executor` on a running cluster whose machines all have pinch and the folders in question.

    ``address`` and ``limit``: see :class:`RayMap`.
    """

    def __init__(self, address: str, limit: int | None = None) -> None:
        self._address, self._limit = address, limit

    def map_unordered(self, work: Work, refs: Sequence[ObjectRef]) -> Generator[Outcome, None, None]:
        cluster: RayMap[ObjectRef, Outcome] = RayMap(
            self._address,
            self._limit,
            work.attempt,
            lambda ref: f"object '{ref.name}'",
            "the objects done so far are kept: --resume finishes the rest.",
        )
        return cluster.map_unordered(refs)
