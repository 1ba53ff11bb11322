# SPDX-License-Identifier: Apache-2.0
"""Cancels a pick in the middle of one stage and measures how long the joints go on."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pinch_interfaces.action import PickAndPlace
from sensor_msgs.msg import JointState

from pinch_core.robot import Robot
from pinch_ros.conversions import stamp_to_ns
from pinch_ros.listener_node import ListenerNode
from pinch_ros.qos import SENSOR_DATA
from pinch_system.client.cell_client import CellClient, CellError
from pinch_system.client.pick_record import PickRecord

Float64 = NDArray[np.float64]

TOPIC = "joint_states"
# Stages in which nothing moves, those that move the fingers, those that move the arm.
STILL = ("detect", "choose", "verify")
FINGERS = ("close", "open")
ARM = ("pre-grasp", "approach", "lift", "transfer", "lower", "retreat")
# Slower joints stand: the noise of a simulated arm that holds its position lies far below.
STILL_ARM = 0.02  # rad/s
STILL_FINGERS = 0.002  # m/s
# Joint states are heard so long after the goal's end, in the robot's time [s]: nothing may move any more.
WATCHED_AFTER_S = 0.3
WATCH_TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Stop:
    """``record`` of the pick. ``speed``: of the fastest joint when the cancel was asked for [rad/s or m/s].
    ``arm_s``, ``fingers_s``: the robot's time [s] from then until the joints of the arm, of the gripper stood
    for good; None where it was not asked for because the stage did not come, or was shorter.
    """

    record: PickRecord
    speed: float
    arm_s: float | None
    fingers_s: float | None

    @property
    def stopped_s(self) -> float | None:
        """Until every joint stood."""
        return None if self.arm_s is None or self.fingers_s is None else max(self.arm_s, self.fingers_s)


class StopWatch:
    """Hears the joint states beside a client."""

    def __init__(self, client: CellClient, robot: Robot) -> None:
        self._client, self._robot = client, robot
        self._changed = threading.Condition()
        self._log: list[tuple[float, float, float]] = []  # stamp, fastest arm joint, fastest finger
        self._stage, self._delay = "", 0.0
        self._moving_since = self._asked = np.inf
        self._listening = ListenerNode(client.node, "stop_watch", (TOPIC,))
        self._listening.node.create_subscription(JointState, TOPIC, self._on_joint_state, SENSOR_DATA)

    def cancel_in(self, stage: str, delay: float, seed: int, folder: Path) -> Stop:
        """Pick in a fresh scene and cancel when what the stage moves has moved for ``delay`` [s]; in a stage
        that moves nothing, at its begin.
        """
        record = PickRecord(seed=seed, object_name=self._client.reset(seed, ""))
        with self._changed:
            self._log.clear()
            self._stage, self._delay = stage, delay
            self._moving_since = self._asked = np.inf
            if not self._changed.wait_for(lambda: self._log, WATCH_TIMEOUT_S):
                raise CellError(f"no joint states come on {TOPIC}; see the log of the cell.")
        goal = PickAndPlace.Goal(place_area="right", max_attempts=1)
        self._client.pick_and_place(record, goal, folder, self._on_stage)
        with self._changed:
            self._stage = ""
            if not np.isfinite(self._asked):
                return Stop(record, 0.0, None, None)
            until = self._log[-1][0] + WATCHED_AFTER_S
            if not self._changed.wait_for(lambda: self._log[-1][0] >= until, WATCH_TIMEOUT_S):
                raise CellError(f"{TOPIC} stopped after the cancel; see the log of the cell.")
            log = np.array(self._log)
        after = log[log[:, 0] >= self._asked]
        arm_s, fingers_s = (
            self._until_rest(after[:, 0], after[:, column] > still)
            for column, still in ((1, STILL_ARM), (2, STILL_FINGERS))
        )
        return Stop(record, float(after[0, 1:].max()), arm_s, fingers_s)

    def close(self) -> None:
        """Stop listening."""
        self._listening.close()

    def _until_rest(self, stamps: Float64, moves: NDArray[np.bool_]) -> float:
        last = np.flatnonzero(moves)
        # The first joint state at rest tells that the motion is over, hence + 1.
        return float(stamps[min(last[-1] + 1, len(stamps) - 1)] - self._asked) if len(last) else 0.0

    def _on_joint_state(self, message: JointState) -> None:
        stamp = stamp_to_ns(message.header.stamp) * 1e-9
        speed = dict(zip(message.name, np.abs(message.velocity), strict=True))
        arm = max(float(speed[name]) for name in self._robot.arm_joints)
        fingers = max(float(speed[name]) for name in self._robot.finger_joints)
        with self._changed:
            self._log.append((stamp, arm, fingers))
            if self._client.stage == self._stage and self._stage not in STILL:
                moves = arm > STILL_ARM if self._stage in ARM else fingers > STILL_FINGERS
                self._moving_since = min(self._moving_since, stamp) if moves else np.inf
                if stamp - self._moving_since >= self._delay:
                    self._ask()
            self._changed.notify_all()

    def _on_stage(self, ended: str, seconds: float) -> None:
        with self._changed:
            if self._client.stage == self._stage and self._stage in STILL:
                self._ask()

    def _ask(self) -> None:
        """Once: the newest stamp is a moment before the executor hears of it, so it errs on the long side."""
        if not np.isfinite(self._asked):
            self._asked = self._log[-1][0]
            self._client.cancel()
