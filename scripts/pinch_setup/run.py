# SPDX-License-Identifier: Apache-2.0
"""The set-up from its first to its last step."""

from __future__ import annotations

import os
import sys
import time

from pinch_setup.console import say, step
from pinch_setup.failure import SetupFailure
from pinch_setup.layout import Layout
from pinch_setup.lock_file import SetupLock
from pinch_setup.ros_source import RosSource, find_ros, sourced_distribution
from pinch_setup.stamps import read_stamp, write_stamp
from pinch_setup.virtual_environment import dependencies_key, virtual_environment_fits
from pinch_setup.workspace import workspace_is_current

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))


def recorded_ros(layout: Layout) -> RosSource:
    """The ROS that .venv was made for; the wheels where nothing is recorded."""
    return RosSource.from_json(read_stamp(layout.dependencies_stamp).get("ros", {}))


def is_current(layout: Layout) -> bool:
    """Whether nothing is left to do. Reads stamps and hashes build files; starts no program."""
    ros = recorded_ros(layout)
    if sourced_distribution(os.environ) and not ros.is_installed:
        return False
    if not virtual_environment_fits(layout, ros):
        return False
    key = dependencies_key(layout, ros)
    return read_stamp(layout.dependencies_stamp).get("key") == key and workspace_is_current(layout, ros, key)


def choose_ros(layout: Layout) -> RosSource:
    """The sourced ROS where one is, else what .venv was made for."""
    recorded = recorded_ros(layout)
    if not sourced_distribution(os.environ) or recorded.is_installed:
        return recorded
    own = os.path.realpath(sys.executable)
    return find_ros(os.environ, list(dict.fromkeys([own, "/usr/bin/python3"])), layout.root)


def set_up(layout: Layout, lock: SetupLock) -> None:
    """Do all that is left to do."""
    # Only a set-up with work before it pays for importing these.
    from pinch_setup.environment_file import write_environment_file
    from pinch_setup.ros_wheels import repair_cmake_paths
    from pinch_setup.system_packages import provide_system_packages
    from pinch_setup.virtual_environment import ask_python, install_requirements, make_virtual_environment
    from pinch_setup.workspace import build_workspace

    inherited = (lock.descriptor,)
    provide_system_packages(layout.log_of("system"))
    ros = choose_ros(layout)
    if ros.python and os.path.realpath(ros.python) != os.path.realpath(sys.executable):
        os.execv(ros.python, [ros.python, "-I", "-S", *sys.argv])

    if not virtual_environment_fits(layout, ros):
        make_virtual_environment(layout, ros)
    key = dependencies_key(layout, ros)
    if read_stamp(layout.dependencies_stamp).get("key") != key:
        install_requirements(layout, ros, inherited)
        if not ros.is_installed:
            with step("paths in the CMake files of the ROS wheels"):
                python_include = ask_python(layout, "sysconfig.get_path('include')")
                numpy_include = ask_python(layout, "numpy.get_include()")
                repair_cmake_paths(os.path.join(layout.venv, "share"), python_include, numpy_include)
        write_stamp(layout.dependencies_stamp, {"key": key, "ros": ros.to_json()})
    if not workspace_is_current(layout, ros, key):
        build_workspace(layout, ros, key, inherited)
        write_environment_file(layout, ros)


def run(arguments: list[str]) -> int:
    """Set up whatever is missing; return the exit code."""
    verbose = "--quiet" not in arguments
    layout = Layout(ROOT)
    start = time.monotonic()
    try:
        if is_current(layout):
            if verbose:
                say("everything is set up")
            return 0
        with SetupLock(layout.lock_file) as lock:
            if not is_current(layout):
                set_up(layout, lock)
        say(f"set up in {time.monotonic() - start:.0f} s")
        return 0
    except SetupFailure as failure:
        print(f"setup: {failure}", file=sys.stderr)
        return failure.exit_code
    except KeyboardInterrupt:
        print("setup: interrupted; the next start resumes here.", file=sys.stderr)
        return 130
