# SPDX-License-Identifier: Apache-2.0
from setuptools import setup

setup(
    name="pinch_sim",
    version="2.0.0",
    packages=["pinch_sim"],
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/pinch_sim"]),
        ("share/pinch_sim", ["package.xml"]),
    ],
    install_requires=["setuptools"],
    zip_safe=True,
    maintainer="pinch developers",
    maintainer_email="pinch@example.org",
    description="A simulated pick cell in MuJoCo behind the topics and actions of a real one.",
    license="Apache-2.0",
    entry_points={"console_scripts": ["sim_cell_node = pinch_sim.node:main"]},
)
