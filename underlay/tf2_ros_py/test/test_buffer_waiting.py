# SPDX-License-Identifier: Apache-2.0
"""Waiting for a transform: bounded, woken by the data, without spinning, from any thread."""

from __future__ import annotations

import threading
import time

import pytest
from geometry_msgs.msg import TransformStamped
from rclpy.duration import Duration
from rclpy.time import Time

from tf2_ros import Buffer, ExtrapolationException, LookupException

SLACK = 1.0  # s by which a loaded machine may be late
LATEST = Time()


def moving(stamp: int) -> TransformStamped:
    """A frame whose x [m] is its stamp [ns]."""
    msg = TransformStamped()
    msg.header.frame_id, msg.child_frame_id = "a", "b"
    msg.header.stamp = Time(nanoseconds=stamp).to_msg()
    msg.transform.translation.x = float(stamp)
    msg.transform.rotation.w = 1.0
    return msg


def test_timeout_ends_in_the_error_it_was_waiting_out() -> None:
    buffer = Buffer()
    for setup, error in (
        (lambda: None, LookupException),
        (lambda: buffer.set_transform(moving(5), "t"), ExtrapolationException),
    ):
        setup()
        began = time.monotonic()
        with pytest.raises(error):
            buffer.lookup_transform("a", "b", Time(nanoseconds=9), timeout=Duration(seconds=0.2))
        assert 0.2 <= time.monotonic() - began < 0.2 + SLACK


def test_without_a_timeout_nothing_waits() -> None:
    began = time.monotonic()
    assert not Buffer().can_transform("a", "b", LATEST)
    assert time.monotonic() - began < 0.1


def test_waiting_uses_no_processor_time() -> None:
    buffer = Buffer()
    began = time.thread_time()
    assert not buffer.can_transform("a", "b", LATEST, timeout=Duration(seconds=0.5))
    assert time.thread_time() - began < 0.05


def test_the_transform_wakes_the_one_who_waits_for_it() -> None:
    buffer = Buffer()
    found: list[TransformStamped] = []
    waiter = threading.Thread(
        target=lambda: found.append(
            buffer.lookup_transform("a", "b", Time(nanoseconds=6), timeout=Duration(seconds=30))
        )
    )
    waiter.start()
    buffer.set_transform(moving(4), "test")  # not yet enough
    buffer.set_transform(moving(8), "test")
    waiter.join(timeout=30 / 2)
    assert not waiter.is_alive()
    assert found[0].transform.translation.x == 6.0


def test_a_future_is_done_when_the_transform_arrives_and_is_forgotten_when_cancelled() -> None:
    buffer = Buffer()
    future = buffer.wait_for_transform_async("a", "b", Time(nanoseconds=6))
    cancelled = buffer.wait_for_transform_async("a", "b", Time(nanoseconds=6))
    cancelled.cancel()
    buffer.set_transform(moving(4), "test")
    assert not future.done()
    buffer.set_transform(moving(8), "test")
    assert future.done()
    assert future.result().transform.translation.x == 6.0
    assert cancelled.cancelled()
    assert cancelled.result() is None
    immediate = buffer.wait_for_transform_async("a", "b", LATEST)
    assert immediate.done()
    assert immediate.result().transform.translation.x == 8.0


def test_readers_see_whole_transforms_while_others_write() -> None:
    buffer = Buffer()
    buffer.set_transform(moving(1), "test")
    stop = threading.Event()
    errors: list[str] = []

    def read() -> None:
        while not stop.is_set():
            found = buffer.lookup_transform("a", "b", LATEST)
            if found.transform.translation.x != Time.from_msg(found.header.stamp).nanoseconds:
                errors.append(str(found))

    def write(offset: int) -> None:
        for stamp in range(2 + offset, 2002, 2):
            buffer.set_transform(moving(stamp), "test")

    readers = [threading.Thread(target=read) for _ in range(2)]
    writers = [threading.Thread(target=write, args=(offset,)) for offset in (0, 1)]
    for thread in readers + writers:
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    for thread in readers:
        thread.join()
    assert not errors
    assert buffer.get_latest_common_time("a", "b").nanoseconds == 2001
