# SPDX-License-Identifier: Apache-2.0
"""The virtual environment and the pinned packages in it."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys

from pinch_setup.console import say, step
from pinch_setup.failure import SetupFailure
from pinch_setup.layout import Layout
from pinch_setup.logged_command import run_logged
from pinch_setup.ros_source import RosSource, without_foreign_paths
from pinch_setup.stamps import remove_stamp, write_atomically

INSTALLERS = ("pip", "setuptools", "wheel")
# Loaded only by a CUDA build of PyTorch. They take gigabytes, so they are left out beside a CPU build.
CUDA_LIBRARIES = ("nvidia-", "cuda-", "triton")


def pinned_requirements(lock_text: str, ros: RosSource) -> dict[str, str]:
    """Name -> version of all that the lock pins, without the ROS wheels where ROS is installed already."""
    pins = dict(re.findall(r"^([A-Za-z0-9._-]+)==(\S+)$", lock_text, flags=re.MULTILINE))
    return {
        name: version for name, version in pins.items() if not (ros.is_installed and name.startswith("ros-"))
    }


def read_lock(layout: Layout) -> str:
    """Text of the lock for the running Python."""
    with open(layout.requirements_lock(), encoding="utf-8") as stream:
        return stream.read()


def dependencies_key(layout: Layout, ros: RosSource) -> str:
    """A hash that changes whenever the virtual environment has to be checked again."""
    parts = [
        layout.root,
        read_lock(layout),
        repr(sorted(ros.variables.items())),
        os.path.realpath(sys.executable),
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def virtual_environment_fits(layout: Layout, ros: RosSource) -> bool:
    """Whether .venv is complete, made here with the running Python's version, and for this source of ROS."""
    if os.path.exists(layout.venv_unfinished) or not os.path.isdir(layout.site_packages()):
        return False
    try:
        with open(os.path.join(layout.venv, "pyvenv.cfg"), encoding="utf-8") as stream:
            settings = stream.read()
        with open(os.path.join(layout.venv, "bin", "activate"), encoding="utf-8") as stream:
            was_made_here = layout.venv in stream.read()
    except OSError:
        return False
    sees_system = re.search(r"^include-system-site-packages\s*=\s*true", settings, re.MULTILINE) is not None
    return was_made_here and sees_system == ros.is_installed and os.path.exists(layout.venv_python)


def make_virtual_environment(layout: Layout, ros: RosSource) -> None:
    """Make .venv anew. A marker stands in it until it is complete; one left half-made is thrown away."""
    base = os.path.realpath(ros.python or sys.executable)
    with step(f"virtual environment .venv with {base}"):
        if os.path.lexists(layout.venv):
            shutil.rmtree(layout.venv)
        write_atomically(layout.venv_unfinished, "")
        command = [base, "-m", "venv", *(["--system-site-packages"] if ros.is_installed else []), layout.venv]
        run_logged(command, layout.log_of("venv"), without_foreign_paths(os.environ), layout.root)
        remove_stamp(layout.venv_unfinished)


def clear_half_installed(site_packages: str) -> list[str]:
    """Remove what a killed pip left, so that pip installs it again; return the names.

    pip writes a distribution's RECORD last, yet takes one without RECORD for installed. Folders whose name
    begins with ~ are distributions that it was about to replace.
    """
    removed = []
    for name in sorted(os.listdir(site_packages)):
        path = os.path.join(site_packages, name)
        no_record = name.endswith(".dist-info") and not os.path.exists(os.path.join(path, "RECORD"))
        if name.startswith("~") or no_record:
            shutil.rmtree(path)
            removed.append(name)
    return removed


def missing_pins(pins: dict[str, str], site_packages: str) -> list[str]:
    """Those of `pins` that are not installed in exactly that version."""

    def normal(name: str) -> str:
        return re.sub(r"[-_.]+", "-", name).lower()

    installed = set()
    for entry in os.listdir(site_packages):
        if entry.endswith(".dist-info"):
            name, _, version = entry[: -len(".dist-info")].partition("-")
            # The part after the plus names a build, not a version: 2.13.0+cpu is 2.13.0.
            installed.add((normal(name), version.partition("+")[0]))
    return [
        f"{name}=={version}" for name, version in pins.items() if (normal(name), version) not in installed
    ]


def is_cuda_build_of_torch(site_packages: str) -> bool:
    """Whether the PyTorch that pip found, if any, is one that needs the CUDA libraries."""
    try:
        with open(os.path.join(site_packages, "torch", "version.py"), encoding="utf-8") as stream:
            return re.search(r"^cuda\b.*=\s*['\"]", stream.read(), re.MULTILINE) is not None
    except OSError:
        return False


def needed_pins(pins: dict[str, str], site_packages: str) -> dict[str, str]:
    """The pins without the CUDA libraries, unless a CUDA build of PyTorch is installed."""
    if is_cuda_build_of_torch(site_packages):
        return pins
    return {name: version for name, version in pins.items() if not name.startswith(CUDA_LIBRARIES)}


def install_requirements(layout: Layout, ros: RosSource, inherited: tuple[int, ...]) -> None:
    """Install what the lock pins and .venv does not have yet.

    Without pip's resolver, because the lock is complete, and without build isolation, which would fetch an
    unpinned setuptools for the two packages that exist as source only.
    """
    for name in clear_half_installed(layout.site_packages()):
        say(f"{name} was only partly installed: installing it again")
    pins = pinned_requirements(read_lock(layout), ros)
    pip = [
        layout.venv_python,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "--no-input",
        "install",
        "--no-deps",
        "--no-build-isolation",
    ]
    site_packages, log = layout.site_packages(), layout.log_of("pip")
    # First the installers, then the rest; last, once PyTorch is there, the libraries that its build needs.
    for only_installers in (True, False, False):
        missing = missing_pins(needed_pins(pins, site_packages), site_packages)
        group = [pin for pin in missing if not only_installers or pin.partition("==")[0] in INSTALLERS]
        if group:
            with step(f"python packages: {len(group)} of {len(pins)} to install"):
                environment = without_foreign_paths(os.environ)
                run_logged([*pip, *group], log, environment, layout.root, inherited=inherited)
    still = missing_pins(needed_pins(pins, site_packages), site_packages)
    if still:
        raise SetupFailure(
            f"pip reported success, but {', '.join(still)} is not in {site_packages}: see {log}."
        )


def ask_python(layout: Layout, expression: str) -> str:
    """What an expression is in the virtual environment's Python."""
    code = f"import numpy, sysconfig; print({expression})"
    answer = subprocess.run(
        [layout.venv_python, "-c", code],
        env=without_foreign_paths(os.environ),
        capture_output=True,
        text=True,
    )
    if answer.returncode != 0:
        raise SetupFailure(
            f"{layout.venv_python} cannot import numpy: {answer.stderr.strip().splitlines()[-1]}"
        )
    return answer.stdout.strip()
