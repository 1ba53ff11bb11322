# SPDX-License-Identifier: Apache-2.0
"""install/pinch_env.sh: the workspace's variables written out flat.

colcon's own local_setup.bash takes seconds to source, since it starts Python and walks all packages; this
file is what it would have set, as plain lines.
"""

from __future__ import annotations

import shlex

from pinch_setup.layout import Layout
from pinch_setup.ros_source import PATH_VARIABLES, PLAIN_VARIABLES, RosSource
from pinch_setup.stamps import write_atomically
from pinch_setup.workspace import installed_paths, wheel_libraries


def write_environment_file(layout: Layout, ros: RosSource) -> None:
    """Write the file that scripts/env.sh sources; `_pinch_prepend` is defined there."""
    paths = installed_paths(layout, ros)
    for name in PATH_VARIABLES:
        entries = ros.variables.get(name, "").split(":") if name in ros.variables else []
        paths[name] = list(dict.fromkeys([*paths[name], *entries]))
    paths["PATH"] = list(dict.fromkeys([f"{layout.venv}/bin", *paths["PATH"]]))
    lines = ["# Written by the set-up; sourced by scripts/env.sh. First entry first."]
    if not ros.is_installed:
        for name, entries in (
            ("AMENT_PREFIX_PATH", [layout.venv]),
            ("CMAKE_PREFIX_PATH", [layout.venv]),
            ("LD_LIBRARY_PATH", wheel_libraries(layout)),
        ):
            paths[name] = list(dict.fromkeys([*paths[name], *entries]))
        lines.append(
            "# LD_LIBRARY_PATH is complete, so the wheels need not start every Python twice to set it."
        )
        lines.append("export _ROS_WHEELS_BOOTSTRAP_COMPLETE=1")
    lines += [
        f"export {name}={shlex.quote(ros.variables[name])}"
        for name in PLAIN_VARIABLES
        if name in ros.variables
    ]
    lines.append(f"export VIRTUAL_ENV={shlex.quote(layout.venv)}")
    lines += [
        f"_pinch_prepend {name} {' '.join(shlex.quote(entry) for entry in reversed(paths[name]))}"
        for name in PATH_VARIABLES
        if paths[name]
    ]
    write_atomically(layout.environment_file, "\n".join(lines) + "\n")
