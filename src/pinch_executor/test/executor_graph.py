# SPDX-License-Identifier: Apache-2.0
"""A graph of executor, fake robot and client for tests."""

from __future__ import annotations

import threading

import rclpy
from executor_fakes import ROBOT, grasp_at
from fake_robot import FakeRobot
from pinch_interfaces.action import ClearBin, ExecuteGrasp, PickAndPlace
from pinch_interfaces.msg import ExecutorState, Grasp
from rclpy.action import ActionClient
from rclpy.context import Context
from rclpy.executors import MultiThreadedExecutor
from rclpy.node import Node
from rclpy.parameter import Parameter
from std_msgs.msg import Header
from std_srvs.srv import Trigger

from pinch_executor.node import GraspExecutorNode
from pinch_ros.conversions import grasp_to_message
from pinch_ros.qos import LATCHED

WAIT_S = 30.0


class Graph:
    """Fake robot, client and, unless ``own_node`` is false, the executor in one process."""

    def __init__(self, start=ROBOT.home, *, own_node: bool = True) -> None:
        self.context = Context()
        rclpy.init(context=self.context)
        self.executor = MultiThreadedExecutor(num_threads=8, context=self.context)
        self.robot = FakeRobot(start, context=self.context)
        # Discovery takes its time where a participant of these names has just left.
        patience = [Parameter("timeouts.server", value=WAIT_S)]
        self.node = (
            GraspExecutorNode(context=self.context, parameter_overrides=patience) if own_node else None
        )
        self.client = Node("client", context=self.context)
        self.nodes = [node for node in (self.client, self.node, self.robot) if node is not None]
        for node in self.nodes:
            self.executor.add_node(node)
        self.states: list[ExecutorState] = []
        self.client.create_subscription(ExecutorState, "/grasp_executor/state", self.states.append, LATCHED)
        self.execute = ActionClient(self.client, ExecuteGrasp, "/grasp_executor/execute_grasp")
        self.pick_and_place = ActionClient(self.client, PickAndPlace, "/grasp_executor/pick_and_place")
        self.clear_bin = ActionClient(self.client, ClearBin, "/grasp_executor/clear_bin")
        self.recover = self.client.create_client(Trigger, "/grasp_executor/recover")
        self.empty_place_areas = self.client.create_client(Trigger, "/grasp_executor/empty_place_areas")
        self.thread = threading.Thread(target=self.executor.spin, daemon=True)
        self.thread.start()
        if own_node:
            self.wait_for_node()

    def wait_for_node(self) -> None:
        assert self.execute.wait_for_server(WAIT_S) and self.pick_and_place.wait_for_server(WAIT_S)

    def send(self, client, goal, on_feedback=None):
        handle = self.result_of(client.send_goal_async(goal, feedback_callback=on_feedback))
        assert handle.accepted
        return handle, handle.get_result_async()

    def run(self, client, goal, on_feedback=None):
        return self.result_of(self.send(client, goal, on_feedback)[1])

    def result_of(self, future):
        done = threading.Event()
        future.add_done_callback(lambda _: done.set())
        assert done.wait(WAIT_S)
        return future.result()

    def close(self) -> None:
        if self.node is not None:
            self.node.trigger_shutdown()
        self.executor.shutdown(timeout_sec=5.0)
        self.thread.join(timeout=5.0)
        for node in self.nodes:
            node.destroy_node()
        rclpy.shutdown(context=self.context)


def grasp_message(x=0.5, y=0.0, frame="panda_link0") -> Grasp:
    return grasp_to_message(grasp_at(x, y).grasp, Header(frame_id=frame))
