# SPDX-License-Identifier: Apache-2.0
from setuptools import setup

setup(
    name="pinch_camera",
    version="2.0.0",
    packages=[
        "pinch_camera",
        "pinch_camera.benchmark",
        "pinch_camera.calibration",
        "pinch_camera.cli",
        "pinch_camera.filters",
        "pinch_camera.replay",
    ],
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/pinch_camera"]),
        ("share/pinch_camera", ["package.xml"]),
    ],
    install_requires=["setuptools"],
    zip_safe=True,
    maintainer="pinch developers",
    maintainer_email="pinch@example.org",
    description="Depth cameras and recordings as one kind of depth: rectified 32FC1 metres with camera "
    "info in step.",
    license="Apache-2.0",
    entry_points={
        "console_scripts": ["depth_camera_node = pinch_camera.node:main"],
        "pinch.commands": ["check_touch = pinch_camera.cli.check_touch:main"],
        "pinch.benchmarks": ["camera = pinch_camera.benchmark.camera:main"],
    },
)
