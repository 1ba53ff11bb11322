# SPDX-License-Identifier: Apache-2.0
"""Many rigid transforms at once, all into the same frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinch_core.geometry.transform import Transform

Float64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Poses:
    """N poses of a frame b in a frame a: ``rotation`` Float64[N, 3, 3], its columns are the axes of b;
    ``translation`` Float64[N, 3], the origins of b [m].
    """

    rotation: Float64
    translation: Float64

    @classmethod
    def from_axes(cls, y: Float64, z: Float64, origin: Float64) -> Poses:
        """From unit axes y and z (N, 3), perpendicular to each other, and origins (N, 3)."""
        return cls(np.stack([np.cross(y, z), y, z], axis=-1), origin)

    @classmethod
    def concatenated(cls, parts: Sequence[Poses]) -> Poses:
        """One after the other."""
        return cls(
            np.concatenate([part.rotation for part in parts]),
            np.concatenate([part.translation for part in parts]),
        )

    def __len__(self) -> int:
        return len(self.translation)

    def __getitem__(self, rows: NDArray[np.generic] | slice) -> Poses:
        return Poses(self.rotation[rows], self.translation[rows])

    @property
    def y(self) -> Float64:
        """Float64[N, 3]: unit y axes of b in a."""
        return self.rotation[:, :, 1]

    @property
    def z(self) -> Float64:
        """Float64[N, 3]: unit z axes of b in a."""
        return self.rotation[:, :, 2]

    def at(self, row: int) -> Transform:
        """One of them."""
        return Transform(self.rotation[row], self.translation[row])

    def moved(self, T_to_a: Transform) -> Poses:
        """The same poses in the frame that ``T_to_a`` maps into."""
        # One product of many rows: numpy multiplies stacks of small matrices one by one.
        axes = self.rotation.transpose(0, 2, 1).reshape(-1, 3) @ T_to_a.rotation.T
        rotation = axes.reshape(-1, 3, 3).transpose(0, 2, 1)
        return Poses(rotation, T_to_a @ self.translation)
