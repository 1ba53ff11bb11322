# SPDX-License-Identifier: Apache-2.0
from setuptools import setup

setup(
    name="pinch_system",
    version="2.0.0",
    packages=[
        "pinch_system",
        *(f"pinch_system.{part}" for part in ("arm_trials", "benchmark", "bins", "client", "soak")),
    ],
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/pinch_system"]),
        ("share/pinch_system", ["package.xml"]),
    ],
    install_requires=["setuptools"],
    zip_safe=True,
    maintainer="pinch developers",
    maintainer_email="pinch@example.org",
    description="The whole pinch graph as one: demo, benchmarks of picks, soak and grasp trials with an arm.",
    license="Apache-2.0",
    entry_points={
        "pinch.commands": ["demo = pinch_system.demo:main"],
        "pinch.benchmarks": [
            "bin = pinch_system.bins.benchmark_bin:main",
            "cancel = pinch_system.benchmark.cancels:main",
            "pick = pinch_system.benchmark.picks:main",
            "soak = pinch_system.soak.soak:main",
        ],
        "pinch.grasp_trial_runners": ["arm = pinch_system.arm_trials.arm_trials:run_arm_jobs"],
    },
)
