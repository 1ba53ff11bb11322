# SPDX-License-Identifier: Apache-2.0
"""A thread-safe store of transforms that can be waited on."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
from builtin_interfaces.msg import Time as TimeMsg
from geometry_msgs.msg import TransformStamped
from rclpy.clock import JumpThreshold, TimeJump
from rclpy.duration import Duration
from rclpy.logging import get_logger
from rclpy.node import Node
from rclpy.task import Future
from rclpy.time import Time

from tf2_ros.exceptions import InvalidArgumentException, TransformException
from tf2_ros.frame_tree import FrameTree
from tf2_ros.transform_history import Sample

DEFAULT_CACHE_TIME = Duration(seconds=10)
NO_WAIT = Duration()
BACKWARD_JUMP = Duration(seconds=-1)  # a clock that falls back by more than this was restarted
LOG_INTERVAL = 2.0  # s between two reports of transforms that were not taken


def _nanoseconds(stamp: Time | TimeMsg) -> int:
    return stamp.nanoseconds if isinstance(stamp, Time) else stamp.sec * 10**9 + stamp.nanosec


class Buffer:
    """Transforms of the last `cache_time` (default 10 s), between any two frames, at any time in between.

    With `node`, moving frames are forgotten when the node's clock jumps back (a simulation that was reset, a
    bag that loops). Every method may be called from any thread.
    """

    def __init__(self, cache_time: Duration | None = None, node: Node | None = None) -> None:
        self._tree = FrameTree((cache_time or DEFAULT_CACHE_TIME).nanoseconds)
        self._changed = threading.Condition()
        self._new_data_callbacks: list[Callable[[], None]] = []
        if node is not None:
            threshold = JumpThreshold(min_forward=None, min_backward=BACKWARD_JUMP, on_clock_change=True)
            self._jump_handle = node.get_clock().create_jump_callback(threshold, post_callback=self._on_jump)

    def set_transform(self, transform: TransformStamped, authority: str) -> None:
        """Add the transform of a moving frame; one that makes no sense is logged and not taken."""
        self._insert(transform, authority, static=False)

    def set_transform_static(self, transform: TransformStamped, authority: str) -> None:
        """Add the transform of a frame that never moves: valid at every time."""
        self._insert(transform, authority, static=True)

    def _insert(self, transform: TransformStamped, authority: str, *, static: bool) -> None:
        shift, turn = transform.transform.translation, transform.transform.rotation
        sample = Sample(
            _nanoseconds(transform.header.stamp),
            transform.header.frame_id.removeprefix("/"),
            np.array([shift.x, shift.y, shift.z]),
            np.array([turn.x, turn.y, turn.z, turn.w]),
        )
        try:
            with self._changed:
                self._tree.insert(transform.child_frame_id.removeprefix("/"), sample, static=static)
                self._changed.notify_all()
                callbacks = list(self._new_data_callbacks)
        except InvalidArgumentException as error:
            get_logger("tf2_buffer").error(f"{authority}: {error}", throttle_duration_sec=LOG_INTERVAL)
            return
        for callback in callbacks:
            callback()

    def clear(self) -> None:
        """Forget every moving frame's past; static frames stay."""
        with self._changed:
            self._tree.clear()

    def _on_jump(self, jump: TimeJump) -> None:
        get_logger("tf2_buffer").warning("The clock jumped back: transforms of moving frames are forgotten.")
        self.clear()

    def lookup_transform(
        self, target_frame: str, source_frame: str, time: Time | TimeMsg, timeout: Duration = NO_WAIT
    ) -> TransformStamped:
        """T_target_source: maps coordinates of `source_frame` into `target_frame`.

        `time` zero takes the latest time at which all frames in between are known; the result carries that
        stamp. Waits up to `timeout` (of wall time) for the transform, then raises the TransformException it
        still fails with. The wait blocks the calling thread: where that thread is also the one that would
        receive /tf, it waits in vain. Give the TransformListener a thread of its own then (see there).
        """
        if timeout.nanoseconds > 0:
            self.can_transform(target_frame, source_frame, time, timeout)
        return self.lookup_transform_core(target_frame, source_frame, time)

    def lookup_transform_core(
        self, target_frame: str, source_frame: str, time: Time | TimeMsg
    ) -> TransformStamped:
        """As lookup_transform, without waiting."""
        with self._changed:
            found = self._tree.lookup(target_frame, source_frame, _nanoseconds(time))
        result = TransformStamped()
        result.header.stamp = Time(nanoseconds=found.stamp).to_msg()
        result.header.frame_id = target_frame
        result.child_frame_id = source_frame
        shift, turn = result.transform.translation, result.transform.rotation
        shift.x, shift.y, shift.z = found.translation.tolist()
        turn.x, turn.y, turn.z, turn.w = found.rotation.as_quat().tolist()
        return result

    def can_transform(
        self,
        target_frame: str,
        source_frame: str,
        time: Time | TimeMsg,
        timeout: Duration = NO_WAIT,
        return_debug_tuple: bool = False,
    ) -> bool | tuple[bool, str]:
        """Whether lookup_transform would succeed within `timeout`; on request with the reason why not."""
        with self._changed:
            if timeout.nanoseconds > 0:
                self._changed.wait_for(
                    lambda: self.can_transform_core(target_frame, source_frame, time)[0],
                    timeout.nanoseconds / 1e9,
                )
            answer = self.can_transform_core(target_frame, source_frame, time)
        return answer if return_debug_tuple else answer[0]

    def can_transform_core(
        self, target_frame: str, source_frame: str, time: Time | TimeMsg
    ) -> tuple[bool, str]:
        """Whether the transform is known now, and the reason why not."""
        try:
            with self._changed:
                self._tree.check(target_frame, source_frame, _nanoseconds(time))
        except TransformException as error:
            return False, str(error)
        return True, ""

    def get_latest_common_time(self, target_frame: str, source_frame: str) -> Time:
        """The time that lookup_transform takes for zero."""
        with self._changed:
            return Time(nanoseconds=self._tree.latest_common_stamp(target_frame, source_frame))

    def wait_for_transform_async(self, target_frame: str, source_frame: str, time: Time | TimeMsg) -> Future:
        """A future of the transform, done as soon as it is known; cancel it to stop waiting."""
        future = Future()

        def try_now() -> None:
            if not future.done() and self.can_transform_core(target_frame, source_frame, time)[0]:
                future.set_result(self.lookup_transform_core(target_frame, source_frame, time))

        def forget(_: Future) -> None:
            with self._changed:
                self._new_data_callbacks.remove(try_now)

        with self._changed:
            self._new_data_callbacks.append(try_now)
        future.add_done_callback(forget)
        try_now()
        return future

    async def lookup_transform_async(
        self, target_frame: str, source_frame: str, time: Time | TimeMsg
    ) -> TransformStamped:
        """As lookup_transform, for coroutines that an rclpy executor runs: waits without blocking or end."""
        return await self.wait_for_transform_async(target_frame, source_frame, time)
