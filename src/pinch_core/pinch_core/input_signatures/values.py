# SPDX-License-Identifier: Apache-2.0
"""What the values of an image say when they cannot be depth: nothing measured, negative, another unit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Values of this size, taken for metres, are a table in millimetres; taken for millimetres, one in metres.
_TABLE_IN_MM = (100.0, 20_000.0)
_TABLE_IN_M = (0.05, 20.0)
# Median disparities of depth cameras [px].
_DISPARITY_PX = (20.0, 512.0)


def why_nothing_is_valid(stored: NDArray[np.generic], source: str) -> str:
    """The sentence for an image of which no pixel is a depth: what its values are instead."""
    values = np.asarray(stored, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        counts = {
            "negative": int((values < 0).sum()),
            "zero": int((values == 0).sum()),
            "NaN": int(np.isnan(values).sum()),
            "infinite": int((values == np.inf).sum()),
        }
    negative = values[(values < 0) & np.isfinite(values)]
    if len(negative) and counts["negative"] >= values.size - counts["zero"] - counts["NaN"]:
        others = values.size - counts["negative"]
        rest = f" and {others} have no return" if others else ""
        return (
            f"{source} has no positive depth: {counts['negative']} of {values.size} pixels are negative "
            f"({negative.min():g} to {negative.max():g}){rest}; change their sign: z of the optical frame "
            "points away from the camera, whereas renderers that look along -z (OpenGL, Isaac Sim, Blender) "
            "write it negative."
        )
    seen = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    return (
        f"{source} has no valid pixel: of {values.size} pixels {seen or 'all are beyond the range'}; check "
        "that the sensor runs and that the scene is in its range."
    )


def why_median_is_implausible(median_m: float, unit: str, limits: tuple[float, float], source: str) -> str:
    """The sentence for an image whose median depth [m] no table has when its values are read in ``unit``."""
    floating = unit.startswith("float")
    value = median_m if floating else median_m * 1e3
    seen = (
        f"{source} has a median depth of {median_m:g} m when read as {unit}, outside [{limits[0]:g}, "
        f"{limits[1]:g}] m"
    )
    if floating and _within(value, _DISPARITY_PX):
        return (
            f"{seen}; if these are millimetres, divide them by 1000 or store them as uint16, if they are "
            "disparity in pixels, convert them: depth = fx * baseline / disparity."
        )
    if floating and _within(value, _TABLE_IN_MM):
        return (
            f"{seen}, but {value / 1e3:g} m if these are millimetres; divide them by 1000 or store them as "
            "uint16."
        )
    if not floating and _within(value, _TABLE_IN_M):
        return (
            f"{seen}, but {value:g} m if these are whole metres; store metres as float32, which keeps their "
            "fractions."
        )
    return f"{seen}; store metres as float32 and millimetres as uint16."


def _within(value: float, limits: tuple[float, float]) -> bool:
    return limits[0] <= value <= limits[1]
