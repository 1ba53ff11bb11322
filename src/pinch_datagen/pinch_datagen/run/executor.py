# SPDX-License-Identifier: Apache-2.0
"""Where the work on many objects is done."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Protocol

from pinch_datagen.object_ref import ObjectRef
from pinch_datagen.run.work import Outcome, Work


class Executor(Protocol):
    """Processes on this machine, or a cluster; the results on disk are the same bytes."""

    def map_unordered(self, work: Work, refs: Sequence[ObjectRef]) -> Generator[Outcome, None, None]:
        """Do the work on every object and yield what became of each, as they finish.

        Few objects are in flight at a time. When the generator is closed, or raises, the workers are dead.

        Raises:
            PinchError: the work raised it, or a worker died.
        """
        ...
