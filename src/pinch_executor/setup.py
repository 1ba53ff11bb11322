# SPDX-License-Identifier: Apache-2.0
from setuptools import setup

setup(
    name="pinch_executor",
    version="2.0.0",
    packages=[
        "pinch_executor",
        "pinch_executor.benchmark",
        "pinch_executor.embedded",
        "pinch_executor.moveit",
        "pinch_executor.parallel_jaw",
    ],
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/pinch_executor"]),
        ("share/pinch_executor", ["package.xml"]),
    ],
    install_requires=["setuptools"],
    zip_safe=True,
    maintainer="pinch developers",
    maintainer_email="pinch@example.org",
    description="From a planned grasp to a held object: motions, execution, verification, pick and place.",
    license="Apache-2.0",
    entry_points={
        "console_scripts": ["grasp_executor_node = pinch_executor.node:main"],
        "pinch.checks": ["robot = pinch_executor.check_robot:CHECK"],
        "pinch.benchmarks": ["motion = pinch_executor.benchmark.motion:main"],
    },
)
