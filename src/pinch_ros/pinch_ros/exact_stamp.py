# SPDX-License-Identifier: Apache-2.0
"""Messages of several topics brought together by exactly equal stamps."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

# How many incomplete sets are kept: as many as may start before the first one's last part arrives.
_WAITING = 10


class ExactStampMatcher:
    """Collects one message of each of ``parts`` topics with the same stamp, in whatever order they arrive.

    ``incomplete`` counts the sets given up because newer ones came, so that a driver whose stamps never agree
    can be reported. Thread-safe.
    """

    def __init__(self, parts: int) -> None:
        self._parts = parts
        self._lock = threading.Lock()
        self._waiting: OrderedDict[int, dict[int, Any]] = OrderedDict()
        self.incomplete = 0

    def add(self, part: int, stamp_ns: int, message: Any) -> tuple[Any, ...] | None:
        """The messages of this stamp in the order of the parts once all are there, else None."""
        with self._lock:
            found = self._waiting.setdefault(stamp_ns, {})
            found[part] = message
            if len(found) == self._parts:
                del self._waiting[stamp_ns]
                return tuple(found[index] for index in range(self._parts))
            while len(self._waiting) > _WAITING:
                self._waiting.popitem(last=False)
                self.incomplete += 1
            return None
