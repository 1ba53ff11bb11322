# SPDX-License-Identifier: Apache-2.0
"""Many parallel-jaw grasps at once, in one frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinch_core.geometry.transform import Transform

Float64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ParallelJawGrasps:
    """N grasps: ``center`` Float64[N, 3] between the pads [m]; ``axis``, ``approach`` Float64[N, 3], unit.

    ``axis`` is the closing direction (y of the TCP frame) from jaw 0 to jaw 1, ``approach``
    (z of the TCP frame) is orthogonal to it.
    """

    center: Float64
    axis: Float64
    approach: Float64

    def __len__(self) -> int:
        return len(self.center)

    def __getitem__(self, index: NDArray[np.generic] | slice) -> ParallelJawGrasps:
        return ParallelJawGrasps(self.center[index], self.axis[index], self.approach[index])

    @classmethod
    def none(cls) -> ParallelJawGrasps:
        """No grasps."""
        return cls(*np.zeros((3, 0, 3)))

    @classmethod
    def concatenated(cls, parts: list[ParallelJawGrasps]) -> ParallelJawGrasps:
        """One after the other."""
        parts = [cls.none(), *parts]
        return cls(
            np.concatenate([part.center for part in parts]),
            np.concatenate([part.axis for part in parts]),
            np.concatenate([part.approach for part in parts]),
        )

    def moved(self, T_to_from: Transform) -> ParallelJawGrasps:
        """The same grasps in the frame that the transform maps into."""
        return ParallelJawGrasps(
            T_to_from @ self.center, T_to_from.rotate(self.axis), T_to_from.rotate(self.approach)
        )

    @property
    def rotations(self) -> Float64:
        """Float64[N, 3, 3]: columns are the x, y (closing) and z (approach) axes of the TCP frame."""
        return np.stack([np.cross(self.axis, self.approach), self.axis, self.approach], axis=-1)
