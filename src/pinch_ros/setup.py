# SPDX-License-Identifier: Apache-2.0
from setuptools import setup

setup(
    name="pinch_ros",
    version="2.0.0",
    packages=["pinch_ros", "pinch_ros.bags", "pinch_ros.bags.salvage", "pinch_ros.conversions"],
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/pinch_ros"]),
        ("share/pinch_ros", ["package.xml"]),
    ],
    install_requires=["setuptools"],
    zip_safe=True,
    maintainer="pinch developers",
    maintainer_email="pinch@example.org",
    description="The border between ROS 2 and pinch_core: conversions, parameters, TF at a stamp, node base.",
    license="Apache-2.0",
)
