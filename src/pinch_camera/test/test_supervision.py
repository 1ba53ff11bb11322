# SPDX-License-Identifier: Apache-2.0
"""Restarts with back-off, and stale frames told from new ones; no ROS."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from pinch_camera.errors import CameraError
from pinch_camera.stamp_guard import Arrival, StampGuard
from pinch_camera.supervised_camera import LONGEST_WAIT_S, SupervisedCamera
from pinch_core.errors import PinchError


class FakeCamera:
    description = "a fake"
    expects_frames = True
    why_silent = ""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def start(self, *_: object) -> None:
        self.calls.append("start")

    def stop(self) -> None:
        self.calls.append("stop")

    def close(self) -> None:
        self.calls.append("close")


class Bench:
    """A supervised camera with a clock set by hand; ``broken`` makes the next ones fail."""

    def __init__(self) -> None:
        self.now, self.broken = 100.0, False
        self.made: list[FakeCamera] = []
        self.errors: list[PinchError] = []
        self.camera = SupervisedCamera(self._make, 1.0, lambda: self.now)
        self.camera.start(lambda _: None, self.errors.append)

    def _make(self) -> FakeCamera:
        if self.broken:
            raise CameraError("the camera is unplugged; plug it in.")
        self.made.append(FakeCamera())
        return self.made[-1]

    def restart_times(self, seconds: int) -> list[float]:
        times = []
        for _ in range(seconds * 10):
            if self.camera.check(stalled=True):
                times.append(round(self.now - 100.0, 1))
            self.now += 0.1
        return times


def test_a_stalled_source_is_closed_and_made_anew_with_waits_that_double() -> None:
    bench = Bench()
    times = bench.restart_times(130)
    waits = [b - a for a, b in itertools.pairwise(times)]
    assert times[0] == 0.0
    assert all(abs(w - e) <= 0.15 for w, e in zip(waits, [1, 2, 4, 8, 16, 30, 30], strict=False))
    assert max(waits) <= LONGEST_WAIT_S + 0.15
    assert all(camera.calls == ["start", "stop", "close"] for camera in bench.made[:-1])
    assert bench.made[-1].calls == ["start"]


def test_a_source_that_cannot_be_made_is_reported_and_comes_back_when_it_can() -> None:
    bench = Bench()
    bench.broken = True
    bench.restart_times(2)
    assert bench.errors
    assert bench.camera.expects_frames
    assert bench.camera.description == "a fake"
    bench.broken = False
    bench.restart_times(5)
    assert bench.made[-1].calls == ["start"]


def test_frames_set_the_waits_back_and_a_stopped_source_is_left_alone() -> None:
    bench = Bench()
    bench.restart_times(20)
    bench.camera.check(stalled=False)
    assert bench.camera.check(stalled=True)
    bench.camera.stop()
    bench.now += 100.0
    assert not bench.camera.check(stalled=True)
    bench.camera.close()
    assert bench.made[-1].calls == ["start", "stop", "stop", "close"]


@given(st.lists(st.integers(0, 20), max_size=30))
def test_a_stamp_never_passes_twice_unless_time_started_again(stamps: list[int]) -> None:
    guard, passed = StampGuard(), []
    for stamp in stamps:
        match guard.judge(stamp):
            case Arrival.NEW:
                assert not passed or stamp > passed[-1]
                passed.append(stamp)
            case Arrival.RESTARTED:
                assert stamp < passed[-1]
                passed.append(stamp)
            case Arrival.STALE:
                assert stamp <= passed[-1]


def test_a_repeated_frame_is_stale_for_ever_and_a_loop_goes_on_after_one_frame() -> None:
    guard = StampGuard()
    assert [guard.judge(s).name for s in (5, 5, 5, 6, 4, 4, 4, 7)] == [
        "NEW", "STALE", "STALE", "NEW", "STALE", "STALE", "STALE", "NEW",
    ]  # fmt: skip
    assert [guard.judge(s).name for s in (1, 2, 3)] == ["STALE", "RESTARTED", "NEW"]
