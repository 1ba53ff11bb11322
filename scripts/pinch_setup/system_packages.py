# SPDX-License-Identifier: Apache-2.0
"""What the machine itself must have: compiler, cmake, Python headers, Mesa's software rendering."""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from typing import NamedTuple

from pinch_setup.console import step
from pinch_setup.failure import SetupFailure
from pinch_setup.logged_command import run_logged


class SystemPackage(NamedTuple):
    """An apt package, and a check for what it brings, however that was installed."""

    apt_name: str
    brings: str
    is_there: Callable[[], bool]
    optional: bool = False


def loads(*libraries: str) -> Callable[[], bool]:
    """A check that one of the shared libraries loads."""

    def check() -> bool:
        for library in libraries:
            try:
                ctypes.CDLL(library)
            except OSError:
                continue
            return True
        return False

    return check


def on_path(program: str) -> Callable[[], bool]:
    """A check that the program is on PATH."""
    return lambda: shutil.which(program) is not None


def has_python_headers() -> bool:
    """Whether the headers of the running Python are there."""
    return os.path.isfile(os.path.join(sysconfig.get_path("include"), "Python.h"))


def has_ensurepip() -> bool:
    """Whether the running Python can make a virtual environment with pip in it."""
    importlib.invalidate_caches()
    return importlib.util.find_spec("ensurepip") is not None


def needed_packages() -> list[SystemPackage]:
    """Everything that wheels cannot bring."""
    python = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    return [
        SystemPackage("cmake", "cmake", on_path("cmake")),
        SystemPackage("g++", "a C++ compiler", on_path("g++")),
        SystemPackage("make", "make", on_path("make")),
        SystemPackage(f"{python}-dev", "the headers of the Python in use (Python.h)", has_python_headers),
        SystemPackage(f"{python}-venv", "venv with pip (ensurepip)", has_ensurepip),
        SystemPackage("libegl1", "EGL", loads("libEGL.so.1")),
        SystemPackage(
            "libegl-mesa0",
            "an EGL driver",
            loads("libEGL_mesa.so.0", "libEGL_nvidia.so.0", "libEGL_amd.so.0"),
        ),
        SystemPackage("libgl1", "OpenGL", loads("libGL.so.1")),
        SystemPackage("libgomp1", "OpenMP", loads("libgomp.so.1")),
        # Off-screen rendering by MUJOCO_GL=osmesa, for machines where EGL does not start; Mesa 25 no longer
        # has it.
        SystemPackage("libosmesa6", "OSMesa", loads("libOSMesa.so.8", "libOSMesa.so.6"), optional=True),
    ]


def provide_system_packages(log: str) -> None:
    """Install what is missing where that is allowed, otherwise name the command that installs it.

    Raises SetupFailure (exit code 2).
    """
    missing = [package for package in needed_packages() if not package.is_there()]
    if all(package.optional for package in missing):
        return
    foreign_python = not os.path.realpath(sys.executable).startswith("/usr/bin/")
    for package in missing:
        if foreign_python and package.apt_name.startswith("python"):
            raise SetupFailure(
                f"{os.path.realpath(sys.executable)} lacks {package.brings}: install it the way "
                "this Python was installed, or choose the system's own with PYTHON=/usr/bin/python3.",
                exit_code=2,
            )
    if shutil.which("apt-get") is None:
        raise SetupFailure(
            f"this machine lacks {', '.join(package.brings for package in missing)}, and has no apt-get: "
            f"install what Debian calls {' '.join(package.apt_name for package in missing)}.",
            exit_code=2,
        )
    privilege = privileged_prefix()
    if privilege is None:
        line = " ".join(["sudo apt-get install -y", *names_known_to_apt(missing)])
        raise SetupFailure(f"system packages are missing, install them with: {line}", exit_code=2)
    with step(f"system packages: {', '.join(package.brings for package in missing)}"):
        run_logged([*privilege, "apt-get", "update"], log, os.environ, "/")
        names = names_known_to_apt(missing)
        command = ["apt-get", "install", "-y", "--no-install-recommends", *names]
        run_logged([*privilege, "env", "DEBIAN_FRONTEND=noninteractive", *command], log, os.environ, "/")
    still = [
        package.brings for package in needed_packages() if not package.optional and not package.is_there()
    ]
    if still:
        raise SetupFailure(
            f"apt-get installed {' '.join(names)}, but {', '.join(still)} cannot be found: see {log}.",
            exit_code=2,
        )


def privileged_prefix() -> list[str] | None:
    """What to put in front of apt-get: nothing for root, sudo where it asks no password, else None."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        return None
    asks_nothing = subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0
    return ["sudo", "-n"] if asks_nothing else None


def names_known_to_apt(packages: list[SystemPackage]) -> list[str]:
    """The names to install: all that are needed, and those optional ones that this release still has."""

    def is_known(name: str) -> bool:
        answer = subprocess.run(["apt-cache", "policy", name], capture_output=True, text=True)
        return "Candidate:" in answer.stdout and "Candidate: (none)" not in answer.stdout

    return [package.apt_name for package in packages if not package.optional or is_known(package.apt_name)]
