# SPDX-License-Identifier: Apache-2.0
"""Lifecycle nodes that were started without autostart, one after the other; one that fails ends it."""

from launch import LaunchContext, LaunchDescription
from launch.actions import DeclareLaunchArgument, RegisterEventHandler, Shutdown, UnregisterEventHandler
from launch.event_handlers import OnProcessExit
from launch.events.process import ProcessExited
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue


def generate_launch_description() -> LaunchDescription:
    def end_the_launch(event: ProcessExited, context: LaunchContext) -> list[Shutdown] | None:
        """A stack of which a part is missing looks as if it worked."""
        if event.returncode == 0 or context.is_shutdown:
            return None
        reason = (
            f"{event.process_name} ended with {event.returncode} before the stack was up; it says why above"
        )
        return [Shutdown(reason=reason)]

    before_all_are_up = OnProcessExit(on_exit=end_the_launch)

    def leave_the_stack_alone(event: ProcessExited, context: LaunchContext) -> list[UnregisterEventHandler]:
        """Later on, the executor stops the arm when a node dies, and what still runs can be asked why."""
        return [UnregisterEventHandler(before_all_are_up)] if event.returncode == 0 else []

    return LaunchDescription(
        [
            DeclareLaunchArgument(
                "nodes",
                description="Names of the lifecycle nodes, in the order of their start: [depth_camera, "
                "grasp_planner].",
            ),
            DeclareLaunchArgument(
                "namespace",
                default_value="",
                description="Namespace of the lifecycle nodes; empty: none.",
            ),
            RegisterEventHandler(before_all_are_up),
            Node(
                package="pinch_bringup",
                executable="bring_up_node",
                name="bring_up",
                namespace=LaunchConfiguration("namespace"),
                output="screen",
                parameters=[{"nodes": ParameterValue(LaunchConfiguration("nodes"), value_type=list[str])}],
                on_exit=leave_the_stack_alone,
            ),
        ]
    )
