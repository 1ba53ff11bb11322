# SPDX-License-Identifier: Apache-2.0
"""The ROS packages of the workspace, and when one has to be built again."""

from __future__ import annotations

import hashlib
import os
import re
from typing import NamedTuple

SOURCE_FOLDERS = ("underlay", "src")
IGNORED_FOLDERS = {"__pycache__", "test"}
# colcon links these instead of copying them, so that their content may change without a build.
LINKED_SUFFIXES = (".py", ".yaml", ".xml", ".md", ".rviz", ".urdf", ".srdf", ".npz", ".png")
BUILD_FILES = {"package.xml", "setup.py", "setup.cfg", "CMakeLists.txt"}


class Package(NamedTuple):
    """One folder with a package.xml."""

    name: str
    path: str

    @property
    def uses_cmake(self) -> bool:
        """Whether CMake builds it (interface packages), rather than setuptools."""
        return os.path.exists(os.path.join(self.path, "CMakeLists.txt"))

    @property
    def is_underlay(self) -> bool:
        """Whether it stands in for a package that an installed ROS may have."""
        return os.path.basename(os.path.dirname(self.path)) == "underlay"

    def dependencies(self) -> set[str]:
        """Names of all packages that its manifest says it depends on."""
        with open(os.path.join(self.path, "package.xml"), encoding="utf-8") as stream:
            return set(re.findall(r"<\w*depend\b[^>]*>\s*([^<\s]+)\s*</", stream.read()))


def find_packages(root: str) -> list[Package]:
    """All packages of the workspace, in the order of their folders."""
    found = []
    for source in SOURCE_FOLDERS:
        folder = os.path.join(root, source)
        for entry in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
            manifest = os.path.join(folder, entry, "package.xml")
            if os.path.exists(manifest) and not os.path.exists(os.path.join(folder, entry, "COLCON_IGNORE")):
                with open(manifest, encoding="utf-8") as stream:
                    name = re.search(r"<name>\s*([^<\s]+)\s*</name>", stream.read())
                found.append(Package(name.group(1) if name else entry, os.path.join(folder, entry)))
    return found


def fingerprints(packages: list[Package], shared: dict[str, list[str]]) -> dict[str, str]:
    """Name -> a hash of all that makes a build of that package necessary.

    A CMake package is built again when one that it depends on is. `shared` names, for a package, folders
    outside it from which it installs files.
    """
    own = {package.name: own_fingerprint(package, shared.get(package.name, [])) for package in packages}
    below = {package.name: package.dependencies() & set(own) for package in packages if package.uses_cmake}

    def with_dependencies(name: str, above: frozenset[str]) -> str:
        deeper = sorted(below.get(name, set()) - above)
        return own[name] + "".join(with_dependencies(other, above | {name}) for other in deeper)

    return {name: hashlib.sha256(with_dependencies(name, frozenset()).encode()).hexdigest() for name in own}


def own_fingerprint(package: Package, shared_folders: list[str]) -> str:
    """A hash over the content of build files and interfaces, and the names of what colcon installs as links.

    Modules of setuptools packages do not count: Python imports them from the source folder.
    """
    digest = hashlib.sha256()
    for folder in (package.path, *shared_folders):
        for directory, folders, names in os.walk(folder):
            folders[:] = sorted(name for name in folders if name not in IGNORED_FOLDERS and name[0] != ".")
            for name in sorted(names):
                path = os.path.join(directory, name)
                is_linked = name.endswith(LINKED_SUFFIXES) and name not in BUILD_FILES
                if name.endswith(".py") and is_linked and not package.uses_cmake and folder == package.path:
                    continue
                digest.update(os.path.relpath(path, folder).encode() + b"\0")
                if not is_linked:
                    with open(path, "rb") as stream:
                        digest.update(hashlib.sha256(stream.read()).digest())
    return digest.hexdigest()
