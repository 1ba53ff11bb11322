# SPDX-License-Identifier: Apache-2.0
"""Ranges that configs draw from uniformly."""

from __future__ import annotations

from typing import Any

from pinch_core.errors import ConfigError

Range = tuple[float, float]  # smallest and largest value


def require_ascending(config: Any, *names: str) -> None:
    """Hold the named ranges of a config to their order; call it from ``__post_init__``.

    Raises:
        ConfigError: a range begins above its end.
    """
    for name in names:
        low, high = getattr(config, name)
        if low > high:
            raise ConfigError(
                f"{type(config).__name__}.{name} = [{low:g}, {high:g}] is upside down; put the smaller first."
            )
