# SPDX-License-Identifier: Apache-2.0
from setuptools import setup

setup(
    name="pinch_datagen",
    version="2.0.0",
    packages=[
        "pinch_datagen",
        "pinch_datagen.benchmark",
        "pinch_datagen.cli",
        "pinch_datagen.dataset",
        "pinch_datagen.heaps",
        "pinch_datagen.parallel_jaw",
        "pinch_datagen.inspect",
        "pinch_datagen.metrics",
        "pinch_datagen.objects",
        "pinch_datagen.objects.procedural",
        "pinch_datagen.objects.mesh_scan",
        "pinch_datagen.physics",
        "pinch_datagen.rendering",
        "pinch_datagen.run",
        "pinch_datagen.scene",
    ],
    package_data={"pinch_datagen": ["py.typed", "inspect/*.jinja"]},
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/pinch_datagen"]),
        ("share/pinch_datagen", ["package.xml"]),
    ],
    install_requires=[
        "setuptools",
        "numpy",
        "scipy",
        "rich",
        "trimesh",
        "networkx",
        "manifold3d",
        "embreex",
        "coal",
        "coacd",
        "mujoco",
        "matplotlib",
    ],  # and OpenCV, under its many names; pyrender and ray where they are used
    zip_safe=True,
    maintainer="pinch developers",
    maintainer_email="pinch@example.org",
    description="Synthetic depth images with labelled parallel-jaw grasps, from 3-D models.",
    license="Apache-2.0",
    entry_points={
        "pinch.commands": ["datagen = pinch_datagen.cli.datagen:main"],
        "pinch.checks": ["mesh = pinch_datagen.check_mesh:CHECK"],
        "pinch.benchmarks": [
            "datagen = pinch_datagen.cli.benchmark_datagen:main",
            "policies = pinch_datagen.cli.benchmark_policies:main",
        ],
    },
)
