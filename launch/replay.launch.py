# SPDX-License-Identifier: Apache-2.0
"""Recorded frames through the planner: a folder or a bag in place of the camera, no robot."""

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue
from launch_ros.substitutions import FindPackageShare


def generate_launch_description() -> LaunchDescription:
    share = FindPackageShare("pinch_bringup")

    def include(part: str, **arguments: str) -> IncludeLaunchDescription:
        source = PythonLaunchDescriptionSource(PathJoinSubstitution([share, "launch", part]))
        return IncludeLaunchDescription(source, launch_arguments=arguments.items())

    return LaunchDescription(
        [
            DeclareLaunchArgument("path", description="Folder of frames, or a rosbag2 recording."),
            DeclareLaunchArgument(
                "namespace",
                default_value="",
                description="Namespace of the whole stack: nodes, topics and TF; empty: none.",
            ),
            Node(
                package="pinch_camera",
                executable="depth_camera_node",
                name="depth_camera",
                namespace=LaunchConfiguration("namespace"),
                output="screen",
                parameters=[
                    PathJoinSubstitution([share, "config", "camera", "replay.yaml"]),
                    # A folder named 2026 is a name, not a number.
                    {
                        "replay.path": ParameterValue(LaunchConfiguration("path"), value_type=str),
                        "autostart": False,
                    },
                ],
                remappings=[("/tf", "tf"), ("/tf_static", "tf_static")],
            ),
            include("planner.launch.py", autostart="false"),
            # Who listens comes first: no frame of the recording goes by unheard.
            include("bring_up.launch.py", nodes="[grasp_planner, depth_camera]"),
        ]
    )
