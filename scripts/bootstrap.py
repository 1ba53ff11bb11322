# SPDX-License-Identifier: Apache-2.0
"""Set-up of the workspace: system packages, virtual environment, ROS 2, colcon build.

Started by scripts/setup.sh. This file keeps to the syntax of Python 3.6, so that a Python which is too old
can say so.
"""

import os
import platform
import shutil
import sys

OLDEST, NEWEST = (3, 10), (3, 13)


def unsupported(version, system, machine):
    """One sentence on why pinch cannot be set up here, or None where it can."""
    if (system, machine) != ("Linux", "x86_64"):
        return (
            f"pinch needs Linux on x86-64, and this is {system} on {machine}: "
            "the ROS 2 and robotics wheels exist for no other."
        )
    if OLDEST <= version <= NEWEST:
        return None
    names = [f"python3.{minor}" for minor in range(NEWEST[1], OLDEST[1] - 1, -1)]
    found = [name for name in names if shutil.which(name)]
    remedy = (
        "use the {0} of this machine: make setup PYTHON={0}".format(found[0])
        if found
        else "install one of them and name it: make setup PYTHON=/path/to/python3.12"
    )
    return f"pinch needs Python 3.10 to 3.13, and {sys.executable} is {version[0]}.{version[1]}: {remedy}."


def main():
    """Check the machine, then set up; the exit code."""
    reason = unsupported(sys.version_info[:2], platform.system(), platform.machine())
    if reason:
        sys.stderr.write("setup: " + reason + "\n")
        return 2
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    from pinch_setup.run import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
