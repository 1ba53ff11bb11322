# SPDX-License-Identifier: Apache-2.0
"""Which unit of length a mesh file is written in, judged by the size of what it shows."""

from __future__ import annotations

# Of the longest extent of objects [m]: outside, the unit of the file is not what was said.
PLAUSIBLE_EXTENT_M = (0.005, 1.0)
# Lengths of units [m], the more frequent ones in mesh files first.
UNITS = {"metres": 1.0, "millimetres": 1e-3, "inches": 0.0254, "centimetres": 1e-2, "micrometres": 1e-6}


def is_plausible(extent_m: float) -> bool:
    """Whether something this long can be an object before a gripper."""
    return PLAUSIBLE_EXTENT_M[0] <= extent_m <= PLAUSIBLE_EXTENT_M[1]


def unit_sentence(extent: float, unit: float) -> str | None:
    """A clause on a mesh whose longest extent is ``extent`` units, each said to be ``unit`` [m] long, with
    the units that would make it plausible; None where it is."""
    if is_plausible(extent * unit):
        return None
    guesses = [
        f"{length:g} if it is in {name} ({1e3 * length * extent:.4g} mm)"
        for name, length in UNITS.items()
        if is_plausible(extent * length)
    ]
    remedy = " or to ".join(guesses) or "the length of its unit in metres"
    return f"is {extent * unit:.4g} m long with preparation.unit {unit:g}; set preparation.unit to {remedy}"
