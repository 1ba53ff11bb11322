# SPDX-License-Identifier: Apache-2.0
"""Asks the executor to clear the bin, and writes down what it tells and what the simulator saw."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pinch_interfaces.action import ClearBin
from rclpy.callback_groups import ReentrantCallbackGroup
from sensor_msgs.msg import Image

from pinch_ros.action_client import ActionClient
from pinch_ros.conversions import color_image_from_message, stamp_to_ns
from pinch_ros.qos import RESULT
from pinch_system.bins.bin_record import BinAttempt, BinRecord
from pinch_system.bins.bin_score import note_events, note_result
from pinch_system.bins.bin_watch import BinWatch
from pinch_system.client.cell_client import SERVICE_TIMEOUT_S, START_TIMEOUT_S, CellClient, CellError

# Wall-clock bound of a bin: at the start, and for each object in it [s].
BIN_TIMEOUT_S, OBJECT_TIMEOUT_S = 120.0, 120.0
# So long after the result the last objects have come to rest [simulated s].
REST_S = 1.0

UInt8 = NDArray[np.uint8]


@dataclass(frozen=True)
class Step:
    """From ``time_s`` on the executor was in ``stage`` of ``attempt``, with ``picked`` objects placed."""

    time_s: float
    attempt: int
    stage: str
    picked: int


@dataclass
class BinLog:
    """The course of a goal in the cell's time: ``began_s``, the stages, and the planner's pictures (BGR)."""

    began_s: float = 0.0
    ended_s: float = 0.0
    steps: list[Step] = field(default_factory=list)
    pictures: list[tuple[float, UInt8]] = field(default_factory=list)


class ClearBinClient:
    """One goal after the other; ``watch`` listens beside it."""

    def __init__(self, client: CellClient) -> None:
        self._client = client
        self.watch = BinWatch(client.node)
        self.log = BinLog()
        self._record = BinRecord(seed=0)
        self._lock = threading.Lock()
        self._on_stage: Callable[[Step], None] = lambda step: None
        group = ReentrantCallbackGroup()
        self._clear = ActionClient(client.node, ClearBin, "grasp_executor/clear_bin", callback_group=group)
        client.node.create_subscription(
            Image, "grasp_planner/debug_image", self._on_picture, RESULT, callback_group=group
        )

    def close(self) -> None:
        """Stop listening."""
        self.watch.close()

    def fill(self, seed: int, count: int) -> BinRecord:
        """A bin with a heap of ``count`` objects, that the camera has seen."""
        self._client.reset(seed, "", heap=count)
        return BinRecord(seed=seed, objects=sorted(self.watch.latest.objects))

    def clear(
        self,
        record: BinRecord,
        goal: ClearBin.Goal,
        on_stage: Callable[[Step], None] = lambda step: None,
        *,
        timeout_s: float | None = None,
    ) -> BinLog:
        """Run one goal to its end and fill in ``record``; ``on_stage`` at the begin of every stage.

        Args:
            timeout_s: wall-clock bound; None: one that grows with the number of objects.

        Raises:
            CellError: no server, the goal is rejected, or no result in time.
        """
        if not self._clear.wait_for_server(timeout_sec=START_TIMEOUT_S):
            raise CellError(
                f"grasp_executor/clear_bin did not appear within {START_TIMEOUT_S:g} s; see the logs."
            )
        self.watch.begin(SERVICE_TIMEOUT_S)
        began, started = self._client.now, time.monotonic()
        with self._lock:
            self.log, self._record, self._on_stage = BinLog(began), record, on_stage
        sent = self._clear.send_goal_async(goal, feedback_callback=self._on_feedback)
        handle = self._client.wait(sent, "clear_bin goal", SERVICE_TIMEOUT_S)
        if not handle.accepted:
            raise CellError("the executor rejected the goal; see its log.")
        longest = timeout_s or BIN_TIMEOUT_S + OBJECT_TIMEOUT_S * len(record.objects)
        try:
            result = self._client.wait(handle.get_result_async(), "clear_bin result", longest).result
        except BaseException:
            handle.cancel_goal_async()
            raise
        self.log.ended_s = self._client.now
        record.wall_s = round(time.monotonic() - started, 1)
        record.total_s = round(self.log.ended_s - began, 2)
        self._wait_for_rest()
        note_result(record, result)
        note_events(record, self.watch.events, began, goal.place_area)
        return self.log

    def _wait_for_rest(self) -> None:
        until, latest = self._client.now + REST_S, time.monotonic() + SERVICE_TIMEOUT_S
        ended = threading.Event()
        while self._client.now < until and time.monotonic() < latest:
            ended.wait(0.05)

    def _on_feedback(self, message: Any) -> None:
        feedback, now = message.feedback, self._client.now
        step = Step(now, int(feedback.attempt), str(feedback.stage), int(feedback.picked))
        with self._lock:
            record, log = self._record, self.log
            since = round(now - log.began_s, 2)
            last = record.each[-1] if record.each else None
            if last is None or last.attempt != step.attempt:
                if last is not None:
                    last.ended_s = since
                    last.error_code, last.error_msg = int(feedback.error_code), str(feedback.error_msg)
                last = BinAttempt(step.attempt, since)
                record.each.append(last)
            if feedback.grasp.source:
                last.quality = round(float(feedback.grasp.quality), 3)
                last.width_mm = round(1e3 * float(feedback.grasp.width), 1)
            is_new = not log.steps or (log.steps[-1].attempt, log.steps[-1].stage) != (
                step.attempt,
                step.stage,
            )
            if is_new:
                log.steps.append(step)
            report = self._on_stage
        if is_new:
            report(step)

    def _on_picture(self, message: Image) -> None:
        picture = color_image_from_message(message)
        with self._lock:
            self.log.pictures.append((stamp_to_ns(message.header.stamp) * 1e-9, picture))
