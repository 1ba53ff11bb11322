# SPDX-License-Identifier: Apache-2.0
"""The grasp executor: pick and place with a parallel-jaw arm."""

from launch import LaunchContext, LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node
from launch_ros.substitutions import FindPackageShare


def executor(context: LaunchContext) -> list[Node]:
    """What is given on the command line goes before the parameter file."""
    given = {name: LaunchConfiguration(name).perform(context) for name in ("robot", "motion_planner")}
    return [
        Node(
            package="pinch_executor",
            executable="grasp_executor_node",
            name="grasp_executor",
            namespace=LaunchConfiguration("namespace"),
            output="screen",
            parameters=[
                LaunchConfiguration("executor_params"),
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
                "executor_params",
                default_value=PathJoinSubstitution([config, "executor.yaml"]),
                description="Parameter file of the executor.",
            ),
            DeclareLaunchArgument(
                "robot",
                default_value="",
                description="Name of a file in config/robots, or the path of one; empty: as the parameter "
                "file says.",
            ),
            DeclareLaunchArgument(
                "motion_planner",
                default_value="",
                choices=["", "embedded", "moveit"],
                description="What plans the arm's motions: embedded, or moveit (moveit_py in a process of "
                "its own); empty: as the parameter file says.",
            ),
            DeclareLaunchArgument(
                "depth_image",
                default_value="depth_camera/depth/image_rect",
                description="Topic of the depth images that grasps are planned on, for recordings.",
            ),
            DeclareLaunchArgument(
                "camera_info",
                default_value="depth_camera/depth/camera_info",
                description="Topic of their camera infos: a camera that falls silent in a pick stops it.",
            ),
            DeclareLaunchArgument(
                "namespace",
                default_value="",
                description="Namespace of the node, its topics, the robot's actions and TF; empty: none.",
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
            OpaqueFunction(function=executor),
        ]
    )
