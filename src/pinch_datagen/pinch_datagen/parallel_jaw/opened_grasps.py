# SPDX-License-Identifier: Apache-2.0
"""Grasps that each come with an opening of their own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinch_datagen.parallel_jaw.parallel_jaw_grasps import ParallelJawGrasps

Float64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class OpenedGrasps:
    """N ``grasps`` with pads ``opening`` Float64[N] apart on the approach [m]."""

    grasps: ParallelJawGrasps
    opening: Float64

    def __len__(self) -> int:
        return len(self.opening)

    def __getitem__(self, index: NDArray[np.generic] | slice) -> OpenedGrasps:
        return OpenedGrasps(self.grasps[index], self.opening[index])

    @classmethod
    def concatenated(cls, parts: list[OpenedGrasps]) -> OpenedGrasps:
        """One after the other."""
        openings = [part.opening for part in parts]
        return cls(
            ParallelJawGrasps.concatenated([part.grasps for part in parts]),
            np.concatenate([np.zeros(0), *openings]),
        )
