# SPDX-License-Identifier: Apache-2.0
"""Where configuration and robot descriptions lie: in the checkout, in an ament prefix or beside Python's
packages.
"""

from __future__ import annotations

import os
import site
import sys
from pathlib import Path

from pinch_core.config import load_yaml
from pinch_core.errors import UnknownNameError
from pinch_core.parallel_jaw.gripper import ParallelJawGripper
from pinch_core.robot import Robot


def share_directories() -> list[Path]:
    """Folders that hold one folder per package, nearest first (ament prefixes, then cmeel wheels)."""
    prefixes = [Path(p) for p in os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep) if p]
    prefixes += [Path(p) / "cmeel.prefix" for p in (*site.getsitepackages(), *sys.path) if p]
    seen = dict.fromkeys(prefix / "share" for prefix in prefixes)
    return [share for share in seen if share.is_dir()]


def find_shared_file(relative: str) -> Path:
    """A file below any share directory, e.g. ``example-robot-data/robots/.../panda.urdf``."""
    for share in share_directories():
        if (share / relative).is_file():
            return share / relative
    raise UnknownNameError(
        f"{relative} is in none of the share directories "
        f"({', '.join(map(str, share_directories())) or 'none found'}); install the package that holds it."
    )


def config_directory() -> Path:
    """The config folder: ``PINCH_CONFIG_DIR`` where set, else the installed one of pinch_bringup."""
    if "PINCH_CONFIG_DIR" in os.environ:
        return Path(os.environ["PINCH_CONFIG_DIR"])
    for share in share_directories():
        if (share / "pinch_bringup" / "config").is_dir():
            return share / "pinch_bringup" / "config"
    raise UnknownNameError("no config folder was found; set PINCH_CONFIG_DIR to it or source the workspace.")


def config_names(kind: str) -> list[str]:
    """Names of the files in config/<kind>."""
    return sorted(path.stem for path in (config_directory() / kind).glob("*.yaml"))


def find_config(kind: str, name: str) -> Path:
    """The file config/<kind>/<name>.yaml, or ``name`` itself where it is the path of a YAML file."""
    if name.endswith((".yaml", ".yml")):
        return Path(name)
    path = config_directory() / kind / f"{name}.yaml"
    if not path.is_file():
        known = ", ".join(config_names(kind)) or "none"
        raise UnknownNameError(f"'{name}' is not one of the {kind} in {path.parent}; known: {known}.")
    return path


def load_gripper(name: str) -> ParallelJawGripper:
    """The gripper of config/grippers/<name>.yaml."""
    return load_yaml(ParallelJawGripper, find_config("grippers", name))


def load_robot(name: str) -> Robot:
    """The robot of config/robots/<name>.yaml."""
    return load_yaml(Robot, find_config("robots", name))
