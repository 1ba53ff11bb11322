# SPDX-License-Identifier: Apache-2.0
from setuptools import setup

setup(
    name="pinch_benchmark",
    version="0.1.0",
    packages=["pinch_benchmark", "pinch_benchmark.physics", "pinch_benchmark.scenes"],
    package_data={"pinch_benchmark": ["py.typed"]},
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/pinch_benchmark"]),
        ("share/pinch_benchmark", ["package.xml"]),
    ],
    install_requires=["setuptools", "numpy", "scipy", "mujoco", "coacd"],
    zip_safe=True,
    maintainer="pinch developers",
    maintainer_email="pinch@example.org",
    description="Grasps executed in physics by a hand without an arm.",
    license="Apache-2.0",
)
