# SPDX-License-Identifier: Apache-2.0
"""A planner slower than the camera plans on the newest frame each time, and never on one twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import cast

from pinch_gqcnn.continuous import ContinuousPlanning
from pinch_gqcnn.latest_frame import LatestFrame
from pinch_ros.frame_subscriber import FrameMessages
from pinch_ros.testing import wait_until


def test_each_plan_takes_the_newest_frame_there_is_when_it_begins() -> None:
    frames = LatestFrame()
    taken: list[int] = []
    missed: list[tuple[int, int]] = []
    is_free = threading.Semaphore(0)

    def plan(frame: FrameMessages, _: Callable[[], bool]) -> None:
        number = cast(int, frame)
        taken.append(number)
        # The next frame is put only after this: nothing newer can have come since this one was taken.
        if frames.received != number + 1:
            missed.append((number, frames.received - 1))
        is_free.acquire()

    planning = ContinuousPlanning(frames, plan)
    try:
        for burst in (1, 2, 7, 1, 30, 3):
            before = len(taken)
            sent = frames.received
            for number in range(sent, sent + burst):
                frames.put(cast(FrameMessages, number))
                if number == sent:
                    wait_until(lambda b=before: len(taken) > b, "the first frame of the burst to be taken")
            is_free.release()
            if burst > 1:
                wait_until(lambda b=before: len(taken) == b + 2, "the plan of the newest frame")
                is_free.release()
            assert taken[-1] == frames.received - 1
    finally:
        is_free.release(10)
        planning.stop()
    assert not missed
    assert taken == sorted(set(taken))
