# SPDX-License-Identifier: Apache-2.0
"""How far a recognized object is from where the real one stands, up to its symmetries."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinch_benchmark.registration.planar_icp import Surface, align, turn

Float64 = NDArray[np.float64]

# Turns from which the believed surface is brought onto the real one.
STARTS = 12
# Fits that are nearly as good as the best show the same object in the same place [m].
INDISTINCT_M = 0.0002
COMPARED_POINTS = 500


@dataclass(frozen=True)
class Deviation:
    """``distance``: mean distance of points of the believed surface from the real one [m] (ADD-S, Xiang et
    al., RSS 2018). ``rotation`` [rad]: the smallest turn about the vertical that brings the one onto the
    other, and ``translation`` [m], along the table, of its middle as it is. All are small for another pose or
    object that looks the same: a round can has no angle to miss.
    """

    distance: float
    translation: float
    rotation: float

    @classmethod
    def of(cls, believed: Float64, real: Surface) -> Deviation:
        """Of points Float64[N, 3] spread evenly over the believed surface, both in the table's frame."""
        few = believed[:COMPARED_POINTS]
        middle = (believed.min(axis=0) + believed.max(axis=0)) / 2
        about = turn(0.0, *middle[:2])
        fits = []
        for start in 2 * math.pi * np.arange(STARTS) / STARTS:
            # The real surface stays, so the correction is the way back of what moves the surface.
            T_believed_real, misfit = align(few, real, (about @ turn(start) @ about.inverse()).inverse())
            correction = T_believed_real.inverse()
            moved = float(np.linalg.norm((correction @ middle - middle)[:2]))
            angle = abs(math.atan2(correction.rotation[1, 0], correction.rotation[0, 0]))
            fits.append((misfit, angle, moved))
        best = min(fits)[0]
        rotation, translation = min(
            (angle, moved) for misfit, angle, moved in fits if misfit <= best + INDISTINCT_M
        )
        return cls(float(real.tree.query(few)[0].mean()), translation, rotation)
