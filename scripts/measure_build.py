# SPDX-License-Identifier: Apache-2.0
"""CPU time of the colcon build, once with complete interfaces and once with what Python needs of them.

Run it in a workspace that is set up and stands on the ROS wheels:  .venv/bin/python scripts/measure_build.py

Both builds go to temporary folders; the workspace stays as it is.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile

from pinch_setup.console import step
from pinch_setup.failure import SetupFailure
from pinch_setup.interface_build import InterfaceBuild
from pinch_setup.layout import Layout
from pinch_setup.logged_command import run_logged
from pinch_setup.packages import find_packages
from pinch_setup.ros_source import WHEELS
from pinch_setup.run import ROOT, recorded_ros
from pinch_setup.workspace import build_environment, colcon_command

BUILT = {"build", "install", "log", "results"}


def children_cpu() -> float:
    """CPU time of all ended child processes, user and system [s]."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def build_cpu(interfaces: InterfaceBuild) -> float:
    """CPU time of a colcon build of all packages from nothing [s]."""
    with tempfile.TemporaryDirectory(prefix="pinch-build-") as folder:
        for name in set(os.listdir(ROOT)) - BUILT:
            os.symlink(os.path.join(ROOT, name), os.path.join(folder, name))
        layout = Layout(folder)
        packages = find_packages(layout.root)
        command = colcon_command(
            layout,
            [package.path for package in packages],
            [package.name for package in packages],
            interfaces,
        )
        before = children_cpu()
        run_logged(command, layout.log_of("colcon"), build_environment(layout, WHEELS), layout.root)
        return children_cpu() - before


def main() -> int:
    """Build both ways and print the times; the exit code."""
    if recorded_ros(Layout(ROOT)).is_installed:
        print(
            "measure_build: this workspace stands on an installed ROS, where interfaces are always built "
            "completely: measure in a workspace that was set up without one.",
            file=sys.stderr,
        )
        return 2
    seconds = {}
    for interfaces in InterfaceBuild:
        with step(f"colcon build, interfaces {interfaces.value}"):
            try:
                seconds[interfaces] = build_cpu(interfaces)
            except SetupFailure as failure:
                print(f"measure_build: {failure}", file=sys.stderr)
                return failure.exit_code
    for interfaces, cpu in seconds.items():
        print(f"interfaces {interfaces.value:<12} {cpu:7.1f} s of CPU time")
    ratio = seconds[InterfaceBuild.PYTHON_ONLY] / seconds[InterfaceBuild.COMPLETE]
    print(f"ratio {100 * ratio:25.1f} %")
    return 0


if __name__ == "__main__":
    sys.exit(main())
