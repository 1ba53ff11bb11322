# SPDX-License-Identifier: Apache-2.0
from setuptools import setup

package_name = "sensor_msgs_py"

setup(
    name=package_name,
    version="2.0.0",
    packages=["sensor_msgs_py"],
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/" + package_name]),
        ("share/" + package_name, ["package.xml"]),
    ],
    install_requires=["setuptools"],
    zip_safe=True,
    maintainer="pinch developers",
    maintainer_email="pinch@example.org",
    description="Stand-in for sensor_msgs_py where it is not installed: reading and writing point clouds.",
    license="Apache-2.0",
)
