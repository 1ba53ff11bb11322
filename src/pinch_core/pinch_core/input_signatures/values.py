# SPDX-License-Identifier: Apache-2.0
"""What the values of an image say when they cannot be depth: nothing measured, negative, another unit."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from pinch_core.depth_format import NEGATIVE, ZERO_OR_NAN, MetricDepth

# Metres per unit, and what depth in it is called: of all that cameras, data sets and simulators store.
_UNITS = (
    (1.0, "whole metres"),
    (0.01, "centimetres"),
    (0.001, "millimetres"),
    (0.00025, "quarters of a millimetre"),
    (0.0002, "1/5000 m"),
    (0.0001, "tenths of a millimetre"),
    (0.000001, "micrometres"),
)
# What floating point holds after software took a camera's units for millimetres.
_DIVIDED_UNITS = tuple((scale * 1000, f"{name} divided by 1000") for scale, name in _UNITS[3:6])
# Median depths [m] of a camera above a table; and of one above anything that may still be a table.
USUAL_MEDIAN_M, _POSSIBLE_MEDIAN_M = (0.15, 2.0), (0.05, 20.0)
# Nearer to this is listed first.
_TYPICAL_MEDIAN_M = 0.7
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


def why_median_is_implausible(
    metric: MetricDepth, median: float, limits: tuple[float, float], source: str
) -> str:
    """The sentence for an image whose median depth [m] no table has when its values are read as they were."""
    seen = (
        f"{source} has a median depth of {median:g} m when read as {metric.unit}, outside [{limits[0]:g}, "
        f"{limits[1]:g}] m"
    )
    stored = median / metric.scale
    fitting = _other_units(stored, metric)
    disparity = (
        "if they are disparity in pixels, convert them: depth = fx * baseline / disparity"
        if metric.unit.startswith("float") and _within(stored, _DISPARITY_PX)
        else ""
    )
    if fitting:
        return f"{seen}, but {fitting}{f', or {disparity}' if disparity else ''}."
    if disparity:
        return f"{seen}; {disparity}."
    if metric.unit.startswith("16-bit") and _within(stored, _POSSIBLE_MEDIAN_M):
        return (
            f"{seen}, but {stored:g} m if these are whole metres; store metres as float32, which keeps their "
            "fractions."
        )
    return (
        f"{seen}; store metres as float32 and millimetres as uint16, or set depth_format.scale to the metres "
        "of one stored unit."
    )


def why_median_is_unusual(metric: MetricDepth, median: float, source: str) -> str:
    """The warning for a median depth [m] that few tables have, read in a unit that was assumed."""
    seen = (
        f"{source} has a median depth of {median:.2f} m when it is read as {metric.unit}, which is unusual "
        "above a table"
    )
    fitting = _other_units(median / metric.scale, metric)
    if fitting:
        return f"{seen}, but {fitting}, if it is stored so."
    return f"{seen}; if it is stored in another unit, set depth_format.scale to the metres of one unit."


def _other_units(stored: float, metric: MetricDepth) -> str:
    """``0.7 m if these are millimetres; set depth_format.scale to 0.001``: of all units in which a stored
    median is usual above a table, those nearest to what is typical first; empty where there is none.
    """
    others = [
        (stored * scale, scale, name)
        for scale, name in (*_UNITS, *(_DIVIDED_UNITS if metric.unit.startswith("float") else ()))
        if scale != metric.scale and not (name == "whole metres" and metric.unit.startswith("16-bit"))
    ]
    fitting = [one for one in others if _within(one[0], USUAL_MEDIAN_M)] or [
        one for one in others if _within(one[0], _POSSIBLE_MEDIAN_M)
    ]
    fitting.sort(key=lambda one: abs(math.log(one[0] / _TYPICAL_MEDIAN_M)))
    if len(fitting) <= 1:
        return "".join(
            f"{depth:.3g} m if these are {name}; set depth_format.scale to {scale:.15g}"
            for depth, scale, name in fitting
        )
    each = ", ".join(f"{depth:.3g} m if these are {name} ({scale:.15g})" for depth, scale, name in fitting)
    return f"{each}; set depth_format.scale to the one that gives the true distance"


def _within(value: float, limits: tuple[float, float]) -> bool:
    return limits[0] <= value <= limits[1]
