# SPDX-License-Identifier: Apache-2.0
"""The grasp executor: pick and place with a parallel-jaw arm."""

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node
from launch_ros.substitutions import FindPackageShare


def generate_launch_description() -> LaunchDescription:
    config = PathJoinSubstitution([FindPackageShare("pinch_bringup"), "config"])
    return LaunchDescription(
        [
            DeclareLaunchArgument(
                "executor_params",
                default_value=PathJoinSubstitution([config, "executor.yaml"]),
                description="Parameter file of the executor.",
            ),
            DeclareLaunchArgument(
                "depth_image",
                default_value="/depth_camera/depth/image_rect",
                description="Topic of the depth images that grasps are planned on, for recordings.",
            ),
            DeclareLaunchArgument(
                "use_sim_time", default_value="false", description="Take time from /clock."
            ),
            Node(
                package="pinch_executor",
                executable="grasp_executor_node",
                name="grasp_executor",
                output="screen",
                parameters=[
                    LaunchConfiguration("executor_params"),
                    {"use_sim_time": LaunchConfiguration("use_sim_time")},
                ],
                remappings=[("depth/image_rect", LaunchConfiguration("depth_image"))],
            ),
        ]
    )
