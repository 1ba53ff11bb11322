# SPDX-License-Identifier: Apache-2.0
"""Camera, planner and executor beside a robot whose own drivers and controllers already run."""

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import PathJoinSubstitution
from launch_ros.substitutions import FindPackageShare

PARTS = ("camera.launch.py", "planner.launch.py", "executor.launch.py")
ORDER = "[depth_camera, grasp_planner, grasp_executor]"


def generate_launch_description() -> LaunchDescription:
    folder = PathJoinSubstitution([FindPackageShare("pinch_bringup"), "launch"])

    def include(part: str, **arguments: str) -> IncludeLaunchDescription:
        source = PythonLaunchDescriptionSource(PathJoinSubstitution([folder, part]))
        return IncludeLaunchDescription(source, launch_arguments=arguments.items())

    return LaunchDescription(
        [
            DeclareLaunchArgument(
                "namespace",
                default_value="",
                description="Namespace of the whole stack: nodes, topics, actions and TF; empty: none.",
            ),
            *(include(part, autostart="false") for part in PARTS),
            include("bring_up.launch.py", nodes=ORDER),
        ]
    )
