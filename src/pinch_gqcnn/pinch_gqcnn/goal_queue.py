# SPDX-License-Identifier: Apache-2.0
"""Goals are planned one after the other, in the order they came."""

from __future__ import annotations

import threading
from collections import deque
from typing import NamedTuple

from rclpy.action.server import ServerGoalHandle


class QueuedGoal(NamedTuple):
    """A goal and the node's time at its arrival."""

    handle: ServerGoalHandle
    arrival_ns: int
    number: int = 0


class GoalQueue:
    """Planning uses every core, so a second plan beside the first would only slow both down."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[QueuedGoal] = deque()
        self._running: QueuedGoal | None = None
        self._count = 0
        self._first_wanted = 0

    @property
    def waiting(self) -> int:
        """Goals that wait."""
        return len(self._waiting)

    @property
    def is_busy(self) -> bool:
        """A goal is being planned."""
        return self._running is not None

    def is_superseded(self) -> bool:
        """A later goal has taken the place of the one being planned."""
        return self._running is not None and self._running.number < self._first_wanted

    def put(self, goal: QueuedGoal, *, preempt: bool = False) -> None:
        """Start the goal, or let it wait for its turn; with ``preempt`` all earlier goals are superseded."""
        with self._lock:
            self._count += 1
            goal = goal._replace(number=self._count)
            if preempt:
                self._first_wanted = self._count
            if self._running is not None:
                self._waiting.append(goal)
                return
            self._running = goal
        goal.handle.execute()

    @property
    def arrival_ns(self) -> int:
        """Arrival of the goal being planned."""
        assert self._running is not None
        return self._running.arrival_ns

    def finish(self) -> None:
        """The running goal has ended: start the next one."""
        with self._lock:
            self._running = self._waiting.popleft() if self._waiting else None
            following = self._running
        if following is not None:
            following.handle.execute()
