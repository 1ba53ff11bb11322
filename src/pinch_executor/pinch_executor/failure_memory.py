# SPDX-License-Identifier: Apache-2.0
"""Where grasps failed lately."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np

from pinch_core.geometry.transform import Transform
from pinch_executor.candidate import Candidate

# Older ones are forgotten first: a scene with more failures than that needs a person.
MOST_ENTRIES = 64


@dataclass(frozen=True, eq=False)
class Failure:
    """A place where a grasp failed.

    ``id``: of the grasp that was tried last there; its planner remembers by it what the scene looked like.
    ``stamp_ns``: of the image it was planned on [ns]. ``error_code``: how the last attempt ended.
    ``failures``: failed attempts there. ``serial``: counts all failures of this memory.
    """

    id: str
    T_base_tcp: Transform
    stamp_ns: int
    error_code: int
    failures: int
    serial: int


class FailureMemory:
    """The failures that are not forgotten, oldest first. Several threads may use it."""

    def __init__(self, radius: float) -> None:
        """``radius`` [m]: grasps closer than this failed at one place."""
        self._radius = radius
        self._tell: Callable[[tuple[Failure, ...]], None] | None = None
        self._lock = threading.Lock()
        self._failures: tuple[Failure, ...] = ()
        self._serial = 0

    def tell(self, listener: Callable[[tuple[Failure, ...]], None] | None) -> None:
        """Whom to tell of the failures at once and at every change; None: nobody."""
        with self._lock:
            self._tell = listener
            if listener is not None:
                listener(self._failures)

    @property
    def failures(self) -> tuple[Failure, ...]:
        """All of them."""
        with self._lock:
            return self._failures

    @property
    def serial(self) -> int:
        """Of the newest failure, forgotten or not; those that come later have a greater one."""
        with self._lock:
            return self._serial

    def add(self, grasp: Candidate, error_code: int) -> None:
        """A grasp failed; another one at the same place makes one entry of both."""
        with self._lock:
            here = [failure for failure in self._failures if self._is_near(failure, grasp)]
            others = [failure for failure in self._failures if failure not in here]
            self._serial += 1
            count = 1 + sum(failure.failures for failure in here)
            newest = Failure(grasp.id, grasp.T_base_tcp, grasp.stamp_ns, error_code, count, self._serial)
            self._change((*others, newest)[-MOST_ENTRIES:])

    def forget(self, ids: Collection[str]) -> None:
        """The scene around these has changed."""
        with self._lock:
            self._change(tuple(failure for failure in self._failures if failure.id not in ids))

    def forget_at(self, grasp: Candidate) -> None:
        """What was there has been taken away."""
        with self._lock:
            self._change(tuple(failure for failure in self._failures if not self._is_near(failure, grasp)))

    def clear(self) -> int:
        """Forget all; how many there were."""
        with self._lock:
            count = len(self._failures)
            self._change(())
            return count

    def is_near_one_since(self, serial: int, grasp: Candidate) -> bool:
        """Whether the grasp is at the place of a failure that came after ``serial`` and is not forgotten."""
        return any(failure.serial > serial and self._is_near(failure, grasp) for failure in self.failures)

    def _is_near(self, failure: Failure, grasp: Candidate) -> bool:
        apart = failure.T_base_tcp.translation - grasp.T_base_tcp.translation
        return float(np.linalg.norm(apart)) < self._radius

    def _change(self, failures: tuple[Failure, ...]) -> None:
        if failures != self._failures:
            self._failures = failures
            if self._tell is not None:
                self._tell(failures)
