# SPDX-License-Identifier: Apache-2.0
"""The colcon build of underlay/ and src/."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import Any

from pinch_setup.console import say, step
from pinch_setup.interface_build import InterfaceBuild, interface_build
from pinch_setup.layout import Layout
from pinch_setup.logged_command import run_logged
from pinch_setup.packages import Package, find_packages, fingerprints
from pinch_setup.ros_source import PATH_VARIABLES, RosSource, without_foreign_paths
from pinch_setup.stamps import read_stamp, write_stamp

# The package that installs the folders of the repository's top level.
BRINGUP, BRINGUP_FOLDERS = "pinch_bringup", ("config", "descriptions", "launch")

# What an installed ROS must be able to do for a package of underlay/ to be left out. cv_bridge's compiled
# half may have been built for another numpy, which shows only in use.
UNDERLAY_PROBES = {
    "cv_bridge": "import cv_bridge; cv_bridge.CvBridge().encoding_to_dtype_with_channels('32FC1')",
    "sensor_msgs_py": "import sensor_msgs_py.point_cloud2",
    "tf2_ros_py": "import tf2_ros",
    "tf2_msgs": "import tf2_msgs.msg, tf2_msgs.srv",
    "control_msgs": "import control_msgs.action; control_msgs.action.ParallelGripperCommand",
}


def wanted_fingerprints(layout: Layout, left_out: list[str]) -> dict[str, str]:
    """Package name -> fingerprint, for all that is to be built."""
    packages = [package for package in find_packages(layout.root) if package.name not in left_out]
    return fingerprints(packages, {BRINGUP: [layout.path(name) for name in BRINGUP_FOLDERS]})


def build_conditions(layout: Layout, ros: RosSource) -> list[Any]:
    """What all packages are built for; where it changes, the build starts afresh."""
    return [layout.root, layout.site_packages(), ros.to_json(), interface_build(ros).fingerprint()]


def workspace_is_current(layout: Layout, ros: RosSource, key: str) -> bool:
    """Whether everything is built as it stands, against the dependencies that `key` names."""
    stamp = read_stamp(layout.workspace_stamp)
    if stamp.get("key") != key or stamp.get("made_for") != build_conditions(layout, ros):
        return False
    if stamp.get("unfinished") or not os.path.exists(layout.environment_file):
        return False
    return bool(stamp["packages"] == wanted_fingerprints(layout, stamp["left_out"]))


def installed_underlay(layout: Layout, ros: RosSource) -> list[str]:
    """Packages of underlay/ that the installed ROS offers already."""
    if not ros.is_installed:
        return []
    environment = build_environment(layout, ros)
    return [
        package.name
        for package in find_packages(layout.root)
        if package.is_underlay
        and package.name in UNDERLAY_PROBES
        and subprocess.run(
            [layout.venv_python, "-c", UNDERLAY_PROBES[package.name]], env=environment, capture_output=True
        ).returncode
        == 0
    ]


def build_environment(layout: Layout, ros: RosSource) -> dict[str, str]:
    """The variables under which colcon and what it starts run."""
    environment = {
        **without_foreign_paths(os.environ),
        **{k: v for k, v in ros.variables.items() if k != "PATH"},
    }
    path = [os.path.join(layout.venv, "bin"), *filter(None, [ros.variables.get("PATH")]), os.environ["PATH"]]
    environment["PATH"] = ":".join(path)
    environment["VIRTUAL_ENV"] = layout.venv
    environment["COLCON_HOME"] = layout.path("log", "colcon-home")
    environment["PYTHONUNBUFFERED"] = "1"
    # colcon's own choice adds a limit on the machine's load, at which make falls back to one job.
    environment.setdefault("MAKEFLAGS", f"-j{len(os.sched_getaffinity(0))}")
    if not ros.is_installed:
        environment["AMENT_PREFIX_PATH"] = layout.venv
        environment["CMAKE_PREFIX_PATH"] = layout.venv
        environment["LD_LIBRARY_PATH"] = ":".join(wheel_libraries(layout))
        environment["_ROS_WHEELS_BOOTSTRAP_COMPLETE"] = "1"
    return environment


def wheel_libraries(layout: Layout) -> list[str]:
    """Folders of the shared libraries that the ROS wheels bring."""
    site = layout.site_packages()
    folders = sorted(name for name in os.listdir(site) if name.startswith("ros_") and name.endswith(".libs"))
    return [os.path.join(layout.venv, "lib"), *(os.path.join(site, name) for name in folders)]


def build_workspace(layout: Layout, ros: RosSource, key: str, inherited: tuple[int, ...]) -> None:
    """Build the packages that changed; a package's stamp is written as soon as it is finished."""
    left_out = installed_underlay(layout, ros)
    wanted = wanted_fingerprints(layout, left_out)
    packages = {package.name: package for package in find_packages(layout.root) if package.name in wanted}
    stamp = read_stamp(layout.workspace_stamp)
    made_for = build_conditions(layout, ros)
    if stamp and stamp.get("made_for") != made_for:
        for folder in (layout.build, layout.install):
            shutil.rmtree(folder, ignore_errors=True)
        stamp = {}
    if stamp.get("key") != key:
        stamp["packages"] = {}
    built: dict[str, str] = stamp["packages"]
    for name in [name for name in built if name not in wanted]:
        remove_package(layout, name)
        del built[name]
    changed = [name for name in wanted if built.get(name) != wanted[name]]
    for name in changed:
        # setuptools packages are built in a second, and colcon leaves links to files that are gone. Of the
        # interfaces, which take longest, only those that were being built when the last set-up was
        # killed start afresh.
        if not packages[name].uses_cmake:
            remove_package(layout, name)
        elif name in stamp.get("unfinished", []):
            say(f"{name} was only partly built: building it from the start")
            remove_package(layout, name)

    stamp.update(key=key, made_for=made_for, left_out=left_out, unfinished=changed)
    write_stamp(layout.workspace_stamp, stamp)
    if changed:
        run_colcon(layout, ros, packages, changed, wanted, stamp, inherited)
    stamp["unfinished"] = []
    write_stamp(layout.workspace_stamp, stamp)


def remove_package(layout: Layout, name: str) -> None:
    """Remove what was built of one package."""
    for folder in (layout.build, layout.install):
        shutil.rmtree(os.path.join(folder, name), ignore_errors=True)


def colcon_command(
    layout: Layout, paths: list[str], selected: list[str], interfaces: InterfaceBuild
) -> list[str]:
    """What builds the packages named `selected` of those in the folders `paths`."""
    return [
        os.path.join(layout.venv, "bin", "colcon"),
        *("--log-base", layout.path("log", "colcon"), "build"),
        *("--base-paths", *paths),
        *("--packages-select", *selected),
        *("--symlink-install", "--event-handlers", "console_cohesion+"),
        *("--cmake-args", "-DBUILD_TESTING=OFF", f"-DPython3_EXECUTABLE={layout.venv_python}"),
        *interfaces.cmake_arguments(),
    ]


def run_colcon(
    layout: Layout,
    ros: RosSource,
    packages: dict[str, Package],
    changed: list[str],
    wanted: dict[str, str],
    stamp: dict[str, Any],
    inherited: tuple[int, ...],
) -> None:
    """Start colcon, pass its progress on, and note every package as it ends."""

    def on_line(line: str) -> None:
        finished = re.match(r"Finished <<< (\S+) \[(.+)\]", line)
        if finished and finished.group(1) in wanted:
            name = finished.group(1)
            say(f"  {name}: {finished.group(2)}")
            stamp["packages"][name] = wanted[name]
            stamp["unfinished"] = [other for other in stamp["unfinished"] if other != name]
            write_stamp(layout.workspace_stamp, stamp)

    paths = [package.path for package in packages.values()]
    command = colcon_command(layout, paths, changed, interface_build(ros))
    with step(f"colcon build: {', '.join(changed)}"):
        environment = build_environment(layout, ros)
        run_logged(command, layout.log_of("colcon"), environment, layout.root, on_line, inherited)


def installed_paths(layout: Layout, ros: RosSource) -> dict[str, list[str]]:
    """The entries that colcon's own set-up script puts in front of each path variable."""
    before = build_environment(layout, ros)
    script = f". '{layout.install}/local_setup.sh' && env -0"
    answer = subprocess.run(
        ["sh", "-c", script], env=before, capture_output=True, check=True, cwd=layout.root
    )
    after = dict(item.split("=", 1) for item in answer.stdout.decode().split("\0") if "=" in item)
    return {
        name: [entry for entry in after.get(name, "").split(":") if entry.startswith(layout.root)]
        for name in PATH_VARIABLES
    }
