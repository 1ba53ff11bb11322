# SPDX-License-Identifier: Apache-2.0
"""Broadcasters and listener over real DDS."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest
import rclpy
from geometry_msgs.msg import TransformStamped
from rclpy.duration import Duration
from rclpy.executors import SingleThreadedExecutor
from rclpy.parameter import Parameter
from rclpy.qos import QoSProfile
from rclpy.time import Time
from rosgraph_msgs.msg import Clock

from tf2_ros import Buffer, TransformBroadcaster, TransformListener

pytestmark = pytest.mark.usefixtures("ros")
DEADLINE = 20.0  # s; discovery on a loaded machine


def moving(child: str, stamp: Time) -> TransformStamped:
    msg = TransformStamped(child_frame_id=child)
    msg.header.frame_id = "world"
    msg.header.stamp = stamp.to_msg()
    msg.transform.rotation.w = 1.0
    return msg


def test_whoever_joins_late_gets_every_static_transform_of_another_process() -> None:
    script = Path(__file__).with_name("tf_publisher_process.py")
    with subprocess.Popen(
        [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as publisher:
        assert publisher.stdout.readline().strip() == "published"
        node = rclpy.create_node("late_joiner")
        buffer = Buffer()
        listener = TransformListener(buffer, node, spin_thread=True)
        found = buffer.lookup_transform("camera", "object", Time(), timeout=Duration(seconds=DEADLINE))
        assert found.transform.translation.z == pytest.approx(0.5 + 0.1 - 1.2)
        listener.unregister()
        node.destroy_node()
        publisher.stdin.close()
        assert publisher.wait(timeout=DEADLINE) == 0


def test_a_listener_with_its_own_node_serves_a_lookup_that_blocks_the_only_executor() -> None:
    worker = rclpy.create_node("worker")
    listening = rclpy.create_node("worker_tf")
    buffer = Buffer(node=worker)
    listener = TransformListener(buffer, listening, spin_thread=True)
    broadcaster = TransformBroadcaster(rclpy.create_node("mover"))
    blocked, stop = threading.Event(), threading.Event()
    results: list[bool] = []

    def callback() -> None:
        timer.cancel()
        blocked.set()
        results.append(buffer.can_transform("world", "tool", Time(), timeout=Duration(seconds=DEADLINE)))

    def broadcast() -> None:
        blocked.wait(DEADLINE)
        while not stop.wait(0.05):
            broadcaster.sendTransform(moving("tool", Time(seconds=1)))

    timer = worker.create_timer(0.01, callback)
    sender = threading.Thread(target=broadcast)
    sender.start()
    executor = SingleThreadedExecutor()
    executor.add_node(worker)
    while not results:
        executor.spin_once(timeout_sec=DEADLINE)
    stop.set()
    sender.join()
    listener.unregister()
    assert results == [True]


def test_a_clock_that_jumps_back_clears_moving_frames() -> None:
    node = rclpy.create_node("simulated", parameter_overrides=[Parameter("use_sim_time", value=True)])
    clock_publisher = node.create_publisher(Clock, "/clock", QoSProfile(depth=1))
    buffer = Buffer(node=node)
    executor = SingleThreadedExecutor()
    executor.add_node(node)

    def set_clock(seconds: int) -> None:
        waits = 0
        while node.get_clock().now().nanoseconds != seconds * 10**9:
            clock_publisher.publish(Clock(clock=Time(seconds=seconds).to_msg()))
            executor.spin_once(timeout_sec=0.1)
            waits += 1
            assert waits < 10 * DEADLINE

    set_clock(50)
    buffer.set_transform(moving("tool", Time(seconds=50)), "test")
    set_clock(52)
    assert buffer.can_transform("world", "tool", Time())
    set_clock(10)
    assert not buffer.can_transform("world", "tool", Time())
    executor.shutdown()
    node.destroy_node()
