# SPDX-License-Identifier: Apache-2.0
from setuptools import setup

package_name = "tf2_ros_py"

setup(
    name=package_name,
    version="2.0.0",
    packages=["tf2_ros"],
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/" + package_name]),
        ("share/" + package_name, ["package.xml"]),
    ],
    install_requires=["setuptools"],
    zip_safe=True,
    maintainer="pinch developers",
    maintainer_email="pinch@example.org",
    description="Stand-in for tf2_ros_py where it is not installed: the tree of coordinate frames over time.",
    license="Apache-2.0",
)
