# SPDX-License-Identifier: Apache-2.0
"""What the values of an image say when they cannot be depth: nothing measured, negative, another unit."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from pinch_core.depth_format import NEGATIVE, ZERO_OR_NAN

# Values of this size, taken for metres, are a table in millimetres; taken for millimetres, one in metres.
_TABLE_IN_MM = (100.0, 20_000.0)
_TABLE_IN_M = (0.05, 20.0)
# Median disparities of depth cameras [px].
_DISPARITY_PX = (20.0, 512.0)


def why_nothing_is_valid(stored: NDArray[np.generic], no_return: Mapping[str, int], source: str) -> str:
    """The sentence for an image of which no pixel is a depth: what its values are instead.

    Args:
        no_return: reason -> how many pixels, as :class:`pinch_core.depth_format.MetricDepth` counts them.
    """
    negative = no_return.get(NEGATIVE, 0)
    others = stored.size - negative
    if negative and others == no_return.get(ZERO_OR_NAN, 0):
        values = stored.astype(np.float64)
        values = values[np.isfinite(values) & (values < 0)]
        seen = f" ({values.min():g} to {values.max():g})" if values.size else ""
        return (
            f"{source} has no valid pixel (all {'that are not zero or NaN ' if others else ''}are negative: "
            f"{negative} of {stored.size}{seen}); change their sign: z of the optical frame points away from "
            "the camera, whereas renderers that look along -z (OpenGL, Isaac Sim, Blender) write it negative."
        )
    reasons = ", ".join(f"{count} {reason}" for reason, count in no_return.items())
    if others == stored.size == no_return.get(ZERO_OR_NAN, 0):
        reasons = "all are zero or NaN" if not np.isinf(stored.astype(np.float64)).any() else reasons
    if any(reason.startswith(("nearer than", "at ")) for reason in no_return):
        remedy = "set depth_format.near and depth_format.far, both in metres, to below and beyond the scene"
    else:
        remedy = "check that the sensor runs and that the scene is in its range"
    return f"{source} has no valid pixel ({reasons}); {remedy}."


def why_median_is_implausible(median_m: float, unit: str, limits: tuple[float, float], source: str) -> str:
    """The sentence for an image whose median depth [m] no table has when its values are read in ``unit``."""
    seen = (
        f"{source} has a median depth of {median_m:g} m when read as {unit}, outside [{limits[0]:g}, "
        f"{limits[1]:g}] m"
    )
    if unit.startswith("float") and _within(median_m, _DISPARITY_PX):
        return (
            f"{seen}; if these are millimetres, set depth_format.scale to 0.001, if they are disparity in "
            "pixels, convert them: depth = fx * baseline / disparity."
        )
    if unit.startswith("float") and _within(median_m, _TABLE_IN_MM):
        return f"{seen}, but {median_m / 1e3:g} m if these are millimetres; set depth_format.scale to 0.001."
    if unit.startswith("16-bit") and _within(median_m * 1e3, _TABLE_IN_M):
        return (
            f"{seen}, but {median_m * 1e3:g} m if these are whole metres; store metres as float32, which "
            "keeps their fractions."
        )
    return (
        f"{seen}; store metres as float32 and millimetres as uint16, or set depth_format.scale to the metres "
        "of one stored unit."
    )


def _within(value: float, limits: tuple[float, float]) -> bool:
    return limits[0] <= value <= limits[1]
