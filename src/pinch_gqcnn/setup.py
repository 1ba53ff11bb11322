# SPDX-License-Identifier: Apache-2.0
from setuptools import setup

setup(
    name="pinch_gqcnn",
    version="2.0.0",
    packages=["pinch_gqcnn"],
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/pinch_gqcnn"]),
        ("share/pinch_gqcnn", ["package.xml"]),
    ],
    install_requires=["setuptools"],
    zip_safe=True,
    maintainer="pinch developers",
    maintainer_email="pinch@example.org",
    description="The grasp planner as a ROS 2 node: depth image in, ranked grasps out.",
    license="Apache-2.0",
    entry_points={
        "console_scripts": ["grasp_planner_node = pinch_gqcnn.node:main"],
        "pinch.benchmarks": [
            "plan_node = pinch_gqcnn.benchmark:main",
            "plan_soak = pinch_gqcnn.soak_benchmark:main",
        ],
    },
)
