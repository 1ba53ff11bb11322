# SPDX-License-Identifier: Apache-2.0
"""How old a joint state is: by its stamp, however late it is handled, and however late one looks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from executor_fakes import ROBOT
from rclpy.node import Node
from sensor_msgs.msg import JointState

from pinch_executor import joint_state_monitor
from pinch_executor.errors import RobotStateStale
from pinch_executor.joint_state_monitor import JointStateMonitor
from pinch_ros.conversions import ns_to_stamp
from pinch_ros.testing import TIMEOUT_S, isolated_ros_domain, running, wait_until

MAX_AGE_S = 0.5
JOINTS = [*ROBOT.arm_joints, *ROBOT.finger_joints]


@dataclass
class Bench:
    """A monitor whose clock the test turns, and the robot's driver."""

    node: Node
    now: float = 100.0

    def __post_init__(self) -> None:
        self.publisher = self.node.create_publisher(JointState, "joint_states", 10)
        self.monitor = JointStateMonitor(self.node, ROBOT, lambda: self.now, MAX_AGE_S)
        wait_until(lambda: self.publisher.get_subscription_count() == 1, "the monitor's subscription")

    def publish(self, position: float, stamp: float) -> None:
        message = JointState(name=JOINTS, position=[position] * len(JOINTS))
        message.header.stamp = ns_to_stamp(round(stamp * 1e9))
        self.publisher.publish(message)

    def reads(self, position: float) -> bool:
        return bool(np.all(self.monitor.arm_positions() == position))


def refusal(bench: Bench) -> str:
    """Why the monitor gives no state now."""
    with pytest.raises(RobotStateStale) as refused:
        bench.monitor.arm_positions()
    return str(refused.value)


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with isolated_ros_domain(), running(lambda **kwargs: Node("driver", **kwargs)) as (node,):
        bench = Bench(node)
        yield bench
        bench.monitor.close()


def test_a_state_that_lay_unread_is_not_fresh_when_it_is_handled(bench):
    bench.now = 100.0
    bench.publish(0.1, stamp=100.0)
    wait_until(lambda: bench.reads(0.1), "the first state")
    bench.publish(0.2, stamp=100.1)
    wait_until(lambda: bench.reads(0.2), "the second state")
    bench.now = 100.7
    bench.publish(0.3, stamp=100.15)
    wait_until(lambda: "is 0.55 s old, more than 0.5 s; check" in refusal(bench), "the third state")


def test_a_fresh_state_that_comes_a_moment_after_the_look_is_waited_for(bench, monkeypatch):
    monkeypatch.setattr(joint_state_monitor, "UNREAD_TIMEOUT_S", TIMEOUT_S)
    bench.now = 200.0
    bench.publish(0.1, stamp=200.0)
    wait_until(lambda: bench.reads(0.1), "the first state")
    # The clock has gone on, as it does while this process is not let run; the next state is on its way.
    bench.now = 201.0
    threading.Timer(0.03, bench.publish, (0.4, 201.0)).start()
    assert bench.reads(0.4)


@pytest.mark.parametrize(("stamp", "position"), [(0.0, 0.5), (1e6, 0.6)], ids=["none", "ahead"])
def test_a_stamp_that_says_nothing_leaves_the_time_of_handling(bench, stamp, position):
    bench.now = 300.0
    bench.publish(position, stamp)
    wait_until(lambda: bench.reads(position), "the state")
    bench.now = 300.4
    assert bench.reads(position)
    bench.now = 300.6
    with pytest.raises(RobotStateStale, match=r"0\.60 s old"):
        bench.reads(position)


def test_joint_states_that_nobody_publishes_are_told_apart_from_those_of_other_joints():
    with isolated_ros_domain(), running(lambda **kwargs: Node("executor", **kwargs)) as (node,):
        monitor = JointStateMonitor(node, ROBOT, lambda: 1.0, MAX_AGE_S)
        with pytest.raises(RobotStateStale, match=r"nothing came on /joint_states \(nobody publishes it\)"):
            monitor.arm_positions()
        publisher = node.create_publisher(JointState, "joint_states", 10)
        wait_until(lambda: publisher.get_subscription_count() == 1, "the monitor's subscription")
        publisher.publish(JointState(name=["wheel"], position=[0.0]))
        with pytest.raises(RobotStateStale, match=r"on /joint_states, which names wheel; .* file of robot"):
            monitor.arm_positions()
        monitor.close()
