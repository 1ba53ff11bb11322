# SPDX-License-Identifier: Apache-2.0
"""The grasp planner: depth image in, ranked grasps out."""

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
                "planner_params",
                default_value=PathJoinSubstitution([config, "planner.yaml"]),
                description="Parameter file of the planner.",
            ),
            DeclareLaunchArgument(
                "depth_image",
                default_value="/depth_camera/depth/image_rect",
                description="Topic of the rectified depth image.",
            ),
            DeclareLaunchArgument(
                "camera_info",
                default_value="/depth_camera/depth/camera_info",
                description="Topic of that image's camera info.",
            ),
            DeclareLaunchArgument(
                "use_sim_time", default_value="false", description="Take time from /clock."
            ),
            Node(
                package="pinch_gqcnn",
                executable="grasp_planner_node",
                name="grasp_planner",
                output="screen",
                parameters=[
                    LaunchConfiguration("planner_params"),
                    {"use_sim_time": LaunchConfiguration("use_sim_time")},
                ],
                remappings=[
                    ("depth/image_rect", LaunchConfiguration("depth_image")),
                    ("depth/camera_info", LaunchConfiguration("camera_info")),
                ],
            ),
        ]
    )
