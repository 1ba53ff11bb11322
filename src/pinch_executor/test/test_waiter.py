# SPDX-License-Identifier: Apache-2.0
"""Waits end when they should, whatever the clock does."""

from __future__ import annotations

import itertools
import threading
import time

import pytest

from pinch_executor.errors import Cancelled, TimedOut
from pinch_executor.waiter import Waiter


def test_a_wait_ends_at_once_when_its_event_comes():
    waiter, event = Waiter(time.monotonic, clock_silence=5.0), threading.Event()
    threading.Timer(0.05, lambda: (event.set(), waiter.notify())).start()
    waiter.wait(event.is_set, timeout=5.0, what="the event")


def test_the_time_limit_counts_the_robots_time_and_not_the_walls():
    ticks = itertools.count()
    waiter = Waiter(lambda: next(ticks) * 1.0, clock_silence=60.0)
    started = time.monotonic()
    with pytest.raises(TimedOut, match=r"the motion did not end within 5\.0 s"):
        waiter.wait(lambda: False, timeout=5.0, what="the motion")
    assert time.monotonic() - started < 2.0


def test_a_clock_that_stands_still_does_not_hang_the_wait():
    waiter = Waiter(lambda: 12.5, clock_silence=0.1)
    with pytest.raises(TimedOut, match=r"the clock has stood at 12\.500 s"):
        waiter.wait(lambda: False, timeout=1.0, what="the motion")


def test_what_a_watch_raises_ends_the_wait():
    def watch():
        raise Cancelled("stop.")

    with pytest.raises(Cancelled):
        Waiter(time.monotonic, 5.0).wait(lambda: False, 5.0, "the motion", (watch,))
