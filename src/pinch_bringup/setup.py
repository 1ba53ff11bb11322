# SPDX-License-Identifier: Apache-2.0
from glob import glob
from itertools import groupby
from os.path import dirname, relpath

from setuptools import setup

# config/, descriptions/ and launch/ are top-level folders of the repository; this package installs them.
ROOT = "../.."


def installed(pattern: str) -> list[tuple[str, list[str]]]:
    files = sorted(glob(f"{ROOT}/{pattern}", recursive=True), key=dirname)
    return [
        (f"share/pinch_bringup/{relpath(d, ROOT)}", list(group)) for d, group in groupby(files, key=dirname)
    ]


setup(
    name="pinch_bringup",
    version="2.0.0",
    packages=["pinch_bringup"],
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/pinch_bringup"]),
        # Says to pinch_core.resources where the config folder is.
        ("share/ament_index/resource_index/pinch_config", ["resource/pinch_config/pinch_bringup"]),
        ("share/pinch_bringup", ["package.xml"]),
        *installed("config/**/*.yaml"),
        *installed("config/*.xml"),
        *installed("config/rviz/*.rviz"),
        *installed("config/foxglove/*.json"),
        *installed("descriptions/*.urdf"),
        *installed("descriptions/*.srdf"),
        *installed("launch/**/*.launch.py"),
    ],
    install_requires=["setuptools"],
    zip_safe=True,
    maintainer="pinch developers",
    maintainer_email="pinch@example.org",
    description="Launch files, configuration and ordered bring-up of the pinch grasping stack.",
    license="Apache-2.0",
    entry_points={"console_scripts": ["bring_up_node = pinch_bringup.bring_up:main"]},
)
