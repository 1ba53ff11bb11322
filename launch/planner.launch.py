# SPDX-License-Identifier: Apache-2.0
"""The grasp planner: depth image in, ranked grasps out."""

from launch import LaunchContext, LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node
from launch_ros.substitutions import FindPackageShare


def planner(context: LaunchContext) -> list[Node]:
    """What is given on the command line goes before the parameter file."""
    given = {name: LaunchConfiguration(name).perform(context) for name in ("gripper",)}
    return [
        Node(
            package="pinch_gqcnn",
            executable="grasp_planner_node",
            name="grasp_planner",
            namespace=LaunchConfiguration("namespace"),
            output="screen",
            parameters=[
                LaunchConfiguration("planner_params"),
                {name: value for name, value in given.items() if value},
                {
                    "use_sim_time": LaunchConfiguration("use_sim_time"),
                    "autostart": LaunchConfiguration("autostart"),
                },
            ],
            remappings=[
                ("depth/image_rect", LaunchConfiguration("depth_image")),
                ("depth/camera_info", LaunchConfiguration("camera_info")),
                ("/clock", LaunchConfiguration("clock")),
                ("/tf", "tf"),
                ("/tf_static", "tf_static"),
            ],
        )
    ]


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
                "gripper",
                default_value="",
                description="Name of a file in config/grippers, the one that the robot's file names; empty: "
                "as the parameter file says.",
            ),
            DeclareLaunchArgument(
                "depth_image",
                default_value="depth_camera/depth/image_rect",
                description="Topic of the rectified depth image.",
            ),
            DeclareLaunchArgument(
                "camera_info",
                default_value="depth_camera/depth/camera_info",
                description="Topic of that image's camera info.",
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
            OpaqueFunction(function=planner),
        ]
    )
