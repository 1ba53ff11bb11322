# SPDX-License-Identifier: Apache-2.0
from setuptools import setup

setup(
    name="pinch_core",
    version="2.0.0",
    packages=[
        "pinch_core",
        "pinch_core.checks",
        "pinch_core.cli",
        "pinch_core.depth_noise",
        "pinch_core.geometry",
        "pinch_core.networks",
        "pinch_core.parallel_jaw",
        "pinch_core.perception",
        "pinch_core.planning",
        "pinch_core.report",
    ],
    package_data={"pinch_core": ["py.typed", "pretrained/*.safetensors", "report/*.jinja", "report/*.css"]},
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/pinch_core"]),
        ("share/pinch_core", ["package.xml"]),
    ],
    install_requires=[
        "setuptools",
        "numpy",
        "scipy",
        "PyYAML",
        "rich",
        "tyro",
        "matplotlib",
        "jinja2",
        "scikit-learn",
        "threadpoolctl",
    ],  # and OpenCV, under its many names
    zip_safe=True,
    maintainer="pinch developers",
    maintainer_email="pinch@example.org",
    description="ROS-free grasp planning: depth image in, ranked parallel-jaw grasps out.",
    license="Apache-2.0",
    entry_points={
        "pinch.commands": [
            "plan = pinch_core.cli.plan:main",
            "check = pinch_core.cli.check:main",
            "benchmark = pinch_core.cli.benchmark:main",
        ],
        "pinch.checks": [
            "bin = pinch_core.checks.bin_file:CHECK",
            "camera = pinch_core.checks.camera_file:CHECK",
            "depth_image = pinch_core.checks.depth_image:CHECK",
            "gripper = pinch_core.checks.gripper_file:CHECK",
            "mask = pinch_core.checks.mask_image:CHECK",
        ],
        "pinch.benchmarks": [
            "plan = pinch_core.cli.benchmark_plan:main",
            "model = pinch_core.cli.benchmark_model:main",
        ],
    },
)
