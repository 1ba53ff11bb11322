# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
from rclpy.node import Node
from sensor_msgs.msg import JointState

from pinch_core.resources import load_robot
from pinch_ros.conversions import ns_to_stamp
from pinch_ros.testing import isolated_ros_domain, running, wait_until
from pinch_sim.robot_model import joint_limits
from pinch_system.soak.safety_watch import STOP_TIME_S, TOPIC, SafetyWatch
from pinch_system.soak.table_contact import TableContact

ROBOT = load_robot("panda")


class Arm:
    """Joint states by hand, and the watch that hears them."""

    def __init__(self, node: Node) -> None:
        self.watch = SafetyWatch(node, ROBOT)
        self._publisher = node.create_publisher(JointState, TOPIC, 10)
        wait_until(self._publisher.get_subscription_count, "the watch's subscription")

    def is_seen(self, at_s: float, position: float | None = None, speed: float = 0.0) -> set[str]:
        """The first joint there, the others at home; what the watch has noted after that."""
        positions = list(ROBOT.home)
        positions[0] = positions[0] if position is None else position
        message = JointState(name=list(ROBOT.arm_joints), position=positions)
        message.velocity = [speed, *[0.0] * (len(positions) - 1)]
        message.header.stamp = ns_to_stamp(round(at_s * 1e9))
        heard = self.watch.heard
        self._publisher.publish(message)
        wait_until(lambda: self.watch.heard > heard, "the joint state")
        return {what for what, count in self.watch.breaches.items() if count}


@pytest.fixture
def arm() -> Iterator[Arm]:
    with isolated_ros_domain(), running(lambda **kwargs: Node("arm", **kwargs)) as (node,):
        arm = Arm(node)
        yield arm
        arm.watch.close()


def test_an_arm_within_its_limits_that_was_asked_to_move_is_safe(arm: Arm) -> None:
    arm.watch.motion_is_wanted(True)
    assert arm.is_seen(1.0, speed=0.9 * joint_limits(ROBOT).velocity[0]) == set()


def test_limits_and_numbers_that_are_none_are_noted(arm: Arm) -> None:
    limits = joint_limits(ROBOT)
    assert arm.is_seen(1.0, position=limits.upper[0] + 0.1) == {"beyond a joint's limits"}
    assert "faster than a joint's limit" in arm.is_seen(2.0, speed=limits.velocity[0] + 0.5)
    assert "not a number" in arm.is_seen(3.0, position=math.nan)


def test_a_hand_in_the_table_is_seen_and_one_above_it_is_not() -> None:
    contact = TableContact(ROBOT)
    fingers = dict.fromkeys(ROBOT.finger_joints, 0.02)
    home = dict(zip(ROBOT.arm_joints, ROBOT.home, strict=True))
    assert not contact.touches([*home, *fingers], [*home.values(), *fingers.values()])
    # The shoulder leans forward until the hand is below the table's top.
    leaning = {**home, ROBOT.arm_joints[1]: joint_limits(ROBOT).upper[1]}
    assert contact.touches([*leaning, *fingers], [*leaning.values(), *fingers.values()])
    assert not contact.touches([*home, *fingers], [*home.values(), *fingers.values()])


def test_motion_that_nobody_asked_for_is_noted_once_the_arm_had_time_to_stop(arm: Arm) -> None:
    arm.watch.motion_is_wanted(True)
    arm.is_seen(1.0, speed=0.5)
    arm.watch.motion_is_wanted(False)
    assert arm.is_seen(1.0 + 0.5 * STOP_TIME_S, speed=0.5) == set()
    assert arm.is_seen(1.1 + STOP_TIME_S, speed=0.5) == {"moving when nobody asked"}
