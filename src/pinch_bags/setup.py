# SPDX-License-Identifier: Apache-2.0
from setuptools import setup

setup(
    name="pinch_bags",
    version="2.0.0",
    packages=[
        "pinch_bags",
        *(f"pinch_bags.{part}" for part in ("evaluate", "extract", "info", "record", "synth")),
    ],
    package_data={"pinch_bags": ["evaluate/*.jinja"]},
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/pinch_bags"]),
        ("share/pinch_bags", ["package.xml"]),
    ],
    install_requires=["setuptools"],
    zip_safe=True,
    maintainer="pinch developers",
    maintainer_email="pinch@example.org",
    description="Rosbags of depth images and grasps: recorded, simulated, surveyed, evaluated and extracted.",
    license="Apache-2.0",
    entry_points={
        "pinch.commands": ["bag = pinch_bags.command:main"],
        "pinch.checks": ["bag = pinch_bags.check_bag:CHECK"],
        "pinch.benchmarks": ["bag = pinch_bags.benchmark:main"],
    },
)
