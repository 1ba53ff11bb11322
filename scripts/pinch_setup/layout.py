# SPDX-License-Identifier: Apache-2.0
"""The paths of the workspace. All of them are inside the repository."""

from __future__ import annotations

import os
import sys


class Layout:
    """Paths of one workspace."""

    def __init__(self, root: str) -> None:
        self.root = os.path.realpath(root)
        self.venv = self.path(".venv")
        self.venv_python = self.path(".venv", "bin", "python")
        self.requirements = self.path("requirements")
        self.build = self.path("build")
        self.install = self.path("install")
        self.log = self.path("log")

        self.lock_file = self.path("log", "setup.lock")
        self.venv_unfinished = self.path(".venv", ".pinch-unfinished")
        self.dependencies_stamp = self.path(".venv", ".pinch-dependencies.json")
        self.workspace_stamp = self.path("install", ".pinch-workspace.json")
        self.environment_file = self.path("install", "pinch_env.sh")

    def path(self, *parts: str) -> str:
        """A path below the repository's root."""
        return os.path.join(self.root, *parts)

    def requirements_lock(self) -> str:
        """The pinned requirements for the running Python."""
        return self.path("requirements", f"py{sys.version_info[0]}{sys.version_info[1]}.lock")

    def log_of(self, step: str) -> str:
        """The log file of one step."""
        return self.path("log", f"setup-{step}.log")

    def site_packages(self) -> str:
        """Where pip puts packages in the virtual environment."""
        version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
        return self.path(".venv", "lib", version, "site-packages")
