# SPDX-License-Identifier: Apache-2.0
"""The simulated cell with camera, planner and executor; ask for picks with /grasp_executor/pick_and_place."""

from launch import LaunchContext, LaunchDescription
from launch.actions import DeclareLaunchArgument, IncludeLaunchDescription, OpaqueFunction
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node
from launch_ros.substitutions import FindPackageShare

# Each cell has a time of its own, told within its namespace.
CLOCK = "clock"


def cell(context: LaunchContext) -> list[Node]:
    """What is given on the command line goes before the parameter file."""
    given = {name: LaunchConfiguration(name).perform(context) for name in ("robot",)}
    return [
        Node(
            package="pinch_sim",
            executable="sim_cell_node",
            name="sim_cell",
            namespace=LaunchConfiguration("namespace"),
            output="screen",
            parameters=[
                LaunchConfiguration("sim_params"),
                {name: value for name, value in given.items() if value},
            ],
            remappings=[("/clock", CLOCK), ("/tf", "tf"), ("/tf_static", "tf_static")],
        )
    ]


def generate_launch_description() -> LaunchDescription:
    share = FindPackageShare("pinch_bringup")
    return LaunchDescription(
        [
            DeclareLaunchArgument(
                "sim_params",
                default_value=PathJoinSubstitution([share, "config", "sim", "cell.yaml"]),
                description="Parameter file of the simulated cell.",
            ),
            DeclareLaunchArgument(
                "robot",
                default_value="",
                description="Name of a file in config/robots, for cell and executor; empty: as their "
                "parameter files say.",
            ),
            DeclareLaunchArgument(
                "namespace",
                default_value="",
                description="Namespace of the whole stack: nodes, topics, actions, TF and time; empty: none.",
            ),
            OpaqueFunction(function=cell),
            IncludeLaunchDescription(
                PythonLaunchDescriptionSource(PathJoinSubstitution([share, "launch", "robot.launch.py"])),
                launch_arguments={"camera": "sim", "use_sim_time": "true", "clock": CLOCK}.items(),
            ),
        ]
    )
