# SPDX-License-Identifier: Apache-2.0
"""Camera, planner and executor beside a robot whose own drivers and controllers already run."""

from launch import LaunchDescription
from launch.actions import IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import PathJoinSubstitution
from launch_ros.substitutions import FindPackageShare

PARTS = ("camera.launch.py", "planner.launch.py", "executor.launch.py")


def generate_launch_description() -> LaunchDescription:
    folder = PathJoinSubstitution([FindPackageShare("pinch_bringup"), "launch"])
    return LaunchDescription(
        [
            *(
                IncludeLaunchDescription(PythonLaunchDescriptionSource(PathJoinSubstitution([folder, part])))
                for part in PARTS
            ),
        ]
    )
