# SPDX-License-Identifier: Apache-2.0
"""Everything that stands between the node and the robot, made from the config."""

from __future__ import annotations

from collections.abc import Callable

from rclpy.node import Node

from pinch_core.resources import load_gripper, load_robot
from pinch_executor.arm_controller import ArmController
from pinch_executor.camera_monitor import CameraMonitor
from pinch_executor.clear_bin import ClearBin
from pinch_executor.embedded.own_body import OwnBody
from pinch_executor.embedded.robot_model import RobotModel
from pinch_executor.end_effectors import end_effector_type
from pinch_executor.errors import ExecutorError
from pinch_executor.executor_config import ExecutorConfig
from pinch_executor.failure_memory import FailureMemory
from pinch_executor.guarded_robot import GuardedRobot
from pinch_executor.height_field import HeightField
from pinch_executor.joint_state_monitor import JointStateMonitor
from pinch_executor.motion_marker import MotionMarker
from pinch_executor.motion_planners import make_motion_planner
from pinch_executor.pick_cycle import PickCycle
from pinch_executor.planner_client import PlannerClient
from pinch_executor.push_client import PushClient
from pinch_executor.surroundings import Surroundings
from pinch_executor.trajectory_guard import TrajectoryGuard
from pinch_executor.waiter import Waiter


class RobotConnection:
    """The arm, the end effector, the grasp planner and the cycle that uses them.

    ``robot`` is what is driven; whoever waits for it waits at ``waiter``.
    """

    def __init__(
        self, node: Node, config: ExecutorConfig, surroundings: Surroundings, memory: FailureMemory
    ) -> None:
        self.robot = load_robot(config.robot)
        gripper = load_gripper(self.robot.gripper)
        # The guard's own: it judges what the planner made, and shares no state with it.
        model = RobotModel(self.robot)
        self._body = OwnBody(model)
        self.waiter = Waiter(lambda: node.get_clock().now().nanoseconds * 1e-9, config.timeouts.clock_silence)
        self._joints = JointStateMonitor(node, self.robot, self.waiter.now, config.timeouts.joint_state_age)
        self._arm = ArmController(
            node, self.robot, self._joints, self.waiter, config.timeouts, config.motion, model.continuous
        )
        self._end_effector = end_effector_type(gripper).connect(
            gripper, node, self.robot, self._joints, self.waiter, config
        )
        self.planner_client = PlannerClient(node, config.planner_action, self.waiter, config.timeouts)
        self.push_client = PushClient(node, config.push_action, self.waiter, config.timeouts)
        self._camera = CameraMonitor(node, self.waiter.now, config.timeouts.camera_silence)
        use_sim_time = bool(node.get_parameter("use_sim_time").value)
        self._planner = planner = make_motion_planner(
            self.robot, config, use_sim_time=use_sim_time, namespace=node.get_namespace()
        )
        guard = TrajectoryGuard(model, config.workspace, config.motion.start_tolerance)
        marker = MotionMarker.of_node(node.get_fully_qualified_name())
        self._guarded = GuardedRobot(
            self._arm, self._end_effector, planner, guard, self.robot, config, marker, surroundings
        )
        self.waypoints = self._guarded.waypoints
        self.surroundings = surroundings
        self.cycle = PickCycle(self._guarded, planner, self._end_effector.model, config, memory)
        self.clear_bin = ClearBin(
            self.cycle, memory, config.clearing, self.waiter.now, node.get_logger().warning
        )

    def holding(self) -> bool:
        """Whether the gripper is believed to hold an object."""
        return self._guarded.held is not None

    def opening(self) -> float:
        """The gripper's opening [m], NaN when not known."""
        return self._guarded.opening_if_known()

    def problem(self) -> str:
        """What keeps the robot from being used, empty when nothing does."""
        try:
            self._joints.arm_positions()
            self._guarded.require_known_state()
        except ExecutorError as error:
            return str(error)
        return ""

    def look(self, seen: HeightField | None) -> None:
        """The camera sees this now; the robot may be in it."""
        if seen is not None:
            seen = self._body.left_out(seen, self._joints.arm_positions(), self._joints.opening())
        self.surroundings.look(seen)

    def seconds_since_motion(self) -> float:
        """Robot's time [s] since the arm last moved for this node."""
        return self.waiter.now() - self._arm.still_since

    def perception_watch(self) -> Callable[[], None]:
        """Called again and again it raises CameraLost or GraspPlannerLost once one of them has gone."""
        has_planner = self.planner_client.watch()

        def watch() -> None:
            self._camera.check()
            has_planner()

        return watch

    def close(self) -> None:
        """Free clients and subscriptions."""
        self._camera.close()
        self._planner.close()
        self._arm.close()
        self._end_effector.close()
        self.planner_client.close()
        self.push_client.close()
        self._joints.close()
