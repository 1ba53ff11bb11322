# SPDX-License-Identifier: Apache-2.0
from setuptools import setup

setup(
    name="pinch_benchmark",
    version="2.0.0",
    packages=[
        "pinch_benchmark",
        *(
            f"pinch_benchmark.{part}"
            for part in ("cli", "clutter", "methods", "physics", "registration", "report", "run", "scenes")
        ),
    ],
    package_data={"pinch_benchmark": ["py.typed"]},
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/pinch_benchmark"]),
        ("share/pinch_benchmark", ["package.xml"]),
    ],
    install_requires=["setuptools", "numpy", "scipy", "mujoco"],
    zip_safe=True,
    maintainer="pinch developers",
    maintainer_email="pinch@example.org",
    description="Grasps executed in physics by a gripper without an arm.",
    license="Apache-2.0",
    entry_points={
        "pinch.benchmarks": [
            "grasp = pinch_benchmark.cli.benchmark_grasp:main",
            "clutter = pinch_benchmark.cli.benchmark_clutter:main",
        ]
    },
)
