# SPDX-License-Identifier: Apache-2.0
"""Repair of the ROS wheels: their exported CMake targets name folders of the machine that built them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from pinch_setup.stamps import write_atomically

# The numpy rule is the longer path below the same prefix; neither matches what the other one leaves.
BUILD_MACHINE_NUMPY = re.compile(
    r"/opt/python/cp\d+-cp\d+/lib/python\d\.\d+/site-packages/numpy/_?core/include"
)
BUILD_MACHINE_PYTHON = re.compile(r"/opt/python/cp\d+-cp\d+/include/python\d\.\d+")


def cmake_files(folder: str) -> Iterator[str]:
    """All CMake files below `folder`."""
    for directory, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".cmake"):
                yield os.path.join(directory, name)


def repair_cmake_paths(share: str, python_include: str, numpy_include: str) -> int:
    """Point the exported targets below `share` at this machine's headers; return how many files changed.

    Each file is replaced in one move, so this can be interrupted and run again at any time.
    """
    changed = 0
    for path in cmake_files(share):
        with open(path, encoding="utf-8") as stream:
            text = stream.read()
        repaired = BUILD_MACHINE_NUMPY.sub(lambda match: numpy_include, text)
        repaired = BUILD_MACHINE_PYTHON.sub(lambda match: python_include, repaired)
        if repaired != text:
            write_atomically(path, repaired)
            changed += 1
    return changed
