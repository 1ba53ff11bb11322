# SPDX-License-Identifier: Apache-2.0
"""How much of the interface packages is built."""

from __future__ import annotations

import enum
import hashlib
import os

from pinch_setup.ros_source import RosSource

PYTHON_ONLY_RULES = os.path.join(os.path.dirname(os.path.realpath(__file__)), "python_interfaces.cmake")


class InterfaceBuild(enum.Enum):
    """Which languages and middleware the interface packages are built for."""

    COMPLETE = "complete"
    PYTHON_ONLY = "python only"

    def cmake_arguments(self) -> list[str]:
        """What CMake is told to build just that."""
        if self is InterfaceBuild.COMPLETE:
            return []
        return [f"-DCMAKE_PROJECT_INCLUDE={PYTHON_ONLY_RULES}"]

    def fingerprint(self) -> str:
        """Changes whenever all interface packages have to be built from the start."""
        if self is InterfaceBuild.COMPLETE:
            return str(self.value)
        with open(PYTHON_ONLY_RULES, "rb") as stream:
            return f"{self.value}, {hashlib.sha256(stream.read()).hexdigest()}"


def interface_build(ros: RosSource) -> InterfaceBuild:
    """Everything on an installed ROS, where C++ nodes and other middleware may use our messages.

    Beside the wheels there are only Python nodes on Fast DDS.
    """
    return InterfaceBuild.COMPLETE if ros.is_installed else InterfaceBuild.PYTHON_ONLY
