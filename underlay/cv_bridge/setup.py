# SPDX-License-Identifier: Apache-2.0
from setuptools import setup

package_name = "cv_bridge"

setup(
    name=package_name,
    version="2.0.0",
    packages=["cv_bridge"],
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/" + package_name]),
        ("share/" + package_name, ["package.xml"]),
    ],
    install_requires=["setuptools"],
    zip_safe=True,
    maintainer="pinch developers",
    maintainer_email="pinch@example.org",
    description="Stand-in for cv_bridge where it is not installed: ROS images to and from NumPy arrays.",
    license="Apache-2.0",
)
