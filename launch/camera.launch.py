# SPDX-License-Identifier: Apache-2.0
"""The depth camera: any source of config/camera as one kind of depth."""

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node
from launch_ros.substitutions import FindPackageShare


def generate_launch_description() -> LaunchDescription:
    config = PathJoinSubstitution([FindPackageShare("pinch_bringup"), "config"])
    camera_file = [config, "/camera/", LaunchConfiguration("camera"), ".yaml"]
    return LaunchDescription(
        [
            DeclareLaunchArgument(
                "camera",
                default_value="realsense2_camera",
                description="Name of a file in config/camera: what the depth comes from.",
            ),
            DeclareLaunchArgument(
                "camera_params",
                default_value=camera_file,
                description="Parameter file of the camera node; set it to use a file of your own.",
            ),
            DeclareLaunchArgument(
                "namespace",
                default_value="",
                description="Namespace of the node, its topics and TF; empty: none.",
            ),
            DeclareLaunchArgument(
                "clock", default_value="/clock", description="Topic of the time, where use_sim_time is true."
            ),
            DeclareLaunchArgument(
                "autostart",
                default_value="true",
                description="Configure and activate at start; false where a lifecycle manager does it.",
            ),
            DeclareLaunchArgument(
                "use_sim_time", default_value="false", description="Take time from /clock."
            ),
            Node(
                package="pinch_camera",
                executable="depth_camera_node",
                name="depth_camera",
                namespace=LaunchConfiguration("namespace"),
                output="screen",
                parameters=[
                    LaunchConfiguration("camera_params"),
                    {
                        "use_sim_time": LaunchConfiguration("use_sim_time"),
                        "autostart": LaunchConfiguration("autostart"),
                    },
                ],
                remappings=[
                    ("/clock", LaunchConfiguration("clock")),
                    ("/tf", "tf"),
                    ("/tf_static", "tf_static"),
                ],
            ),
        ]
    )
