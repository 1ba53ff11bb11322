# SPDX-License-Identifier: Apache-2.0
"""What was called, for tests that run the planner in their own process."""

from __future__ import annotations

import functools
from typing import Any

CALLS: list[tuple[str, dict[str, Any]]] = []


def recorded(method: Any) -> Any:
    """Note each call with its keyword arguments."""

    @functools.wraps(method)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        CALLS.append((f"{type(self).__name__}.{method.__name__}", kwargs))
        return method(self, *args, **kwargs)

    return call
