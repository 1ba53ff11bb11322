# SPDX-License-Identifier: Apache-2.0
"""Shares and spreads in words. Free of ROS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

NOTHING = "-"


def percent(value: float) -> str:
    """A share."""
    return f"{100 * value:.1f} %"


def share(values: dict[str, Any]) -> str:
    """Value with its 95 % interval and counts."""
    if values["value"] is None:
        return NOTHING
    return (
        f"{percent(values['value'])} [{100 * values['low']:.0f}, {100 * values['high']:.0f}] "
        f"({values['count']}/{values['of']})"
    )


def spread(values: dict[str, Any], form: Callable[[float], str] = lambda value: f"{value:.3f}") -> str:
    """Median with the 5th and the 95th percentile."""
    if values["median"] is None:
        return NOTHING
    return f"{form(values['median'])} ({form(values['p5'])} to {form(values['p95'])})"
