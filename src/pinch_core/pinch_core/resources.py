# SPDX-License-Identifier: Apache-2.0
"""Locations of configuration and robot descriptions: the checkout, an ament prefix, or beside Python's
packages.
"""

from __future__ import annotations

import os
import site
import sys
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

from pinch_core.config import from_file, from_mapping
from pinch_core.config_kinds import OF_FOLDER, ROBOT, mixed_up
from pinch_core.errors import UnknownNameError
from pinch_core.grasp_types import read_gripper
from pinch_core.gripper import Gripper
from pinch_core.placed_bin import PlacedBin, read_bin
from pinch_core.robot import Robot, of_version_1

# Type of the ament resource with which a package offers its config folder.
CONFIG_RESOURCE = "pinch_config"


def share_directories() -> list[Path]:
    """Folders that hold one folder per package, nearest first (ament prefixes, then cmeel wheels)."""
    prefixes = [Path(p) for p in os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep) if p]
    prefixes += [Path(p) / "cmeel.prefix" for p in (*site.getsitepackages(), *sys.path) if p]
    seen = dict.fromkeys(prefix / "share" for prefix in prefixes)
    return [share for share in seen if share.is_dir()]


def is_file(path: Path) -> bool:
    """Whether a readable file is there; a name that no file can have, or a folder that is closed, is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def file_names(folder: Path) -> list[str]:
    """Names of the files in a folder, none where it is not there or closed."""
    try:
        return sorted(item.name for item in folder.iterdir() if item.is_file())
    except (OSError, ValueError):
        return []


def find_shared_file(relative: str) -> Path:
    """A file below any share directory, e.g. ``example-robot-data/robots/.../panda.urdf``, or by an absolute
    path.

    Raises:
        UnknownNameError: there is no such file; the message names the nearest one in the same folder.
    """
    shares = share_directories()
    # An absolute path replaces the share directory that it is joined to.
    candidates = [share / relative for share in shares] if relative else []
    for path in candidates or [Path(relative)]:
        if is_file(path):
            return path
    for path in dict.fromkeys(candidates):
        names = [] if path.parent in shares else file_names(path.parent)
        if names:
            listed = ", ".join(get_close_matches(path.name, names, 1, 0.6) or names[:8])
            raise UnknownNameError(
                f"{path.parent} has no file {path.name} (it has {listed}); correct the name '{relative}'.",
                relative,
                names,
            )
    raise UnknownNameError(
        f"{relative or 'the empty name'} is in none of the share directories "
        f"({', '.join(map(str, shares)) or 'none found'}); install the package that holds it, or source its "
        "workspace.",
        relative,
    )


def config_directory() -> Path:
    """The config folder: ``PINCH_CONFIG_DIR`` where set, else the one that an installed package offers.

    A package offers one with a resource of type ``pinch_config`` in the ament index: a file whose text is the
    folder's path below the package's prefix. The nearest prefix wins, as in an overlay.

    Raises:
        UnknownNameError: no package offers a folder that exists.
    """
    if "PINCH_CONFIG_DIR" in os.environ:
        return Path(os.environ["PINCH_CONFIG_DIR"])
    for share in share_directories():
        for resource in sorted((share / "ament_index" / "resource_index" / CONFIG_RESOURCE).glob("*")):
            folder = share.parent / resource.read_text(encoding="utf-8").strip()
            if folder.is_dir():
                return folder
    raise UnknownNameError(
        "no installed package offers a config folder; source the workspace, or set PINCH_CONFIG_DIR to one."
    )


def config_names(kind: str) -> list[str]:
    """Names of the files in config/<kind>."""
    return _names_in(config_directory() / kind)


def _names_in(folder: Path) -> list[str]:
    # A file that was deleted from the sources leaves a link to nothing where they are installed.
    return sorted(path.stem for path in folder.glob("*.yaml") if is_file(path))


def kinds_with(name: str) -> list[str]:
    """The folders of config that have a file ``name``.yaml, in the order of the alphabet; none where there is
    no config.
    """
    try:
        folders = [folder for folder in config_directory().iterdir() if folder.is_dir()]
    except (OSError, UnknownNameError):
        return []
    return sorted(folder.name for folder in folders if name in _names_in(folder))


def find_config(kind: str, name: str) -> Path:
    """The file config/<kind>/<name>.yaml, or ``name`` itself where it is the path of a YAML file.

    A bare file name that is not in the working folder is looked up in config/<kind> too.
    """
    if name.endswith((".yaml", ".yml")):
        path = Path(name)
        if path.name != name or is_file(path):
            return path
        try:
            shared = config_directory() / kind / name
        except UnknownNameError:
            return path
        return shared if is_file(shared) else path
    path = config_directory() / kind / f"{name}.yaml"
    if not is_file(path):
        known = config_names(kind)
        if is_file(Path(name)):
            if sentence := mixed_up(Path(name), OF_FOLDER[kind]) if kind in OF_FOLDER else "":
                raise UnknownNameError(sentence, name, known)
            raise UnknownNameError(
                f"{name} does not end in .yaml, as the {kind} of pinch do; write it as YAML, or name one of "
                f"{', '.join(known) or 'none'}.",
                name,
                known,
            )
        others = kinds_with(name)
        elsewhere = f" but of the {' and '.join(others)}" if others else ""
        raise UnknownNameError(
            f"'{name}' is not one of the {kind} in {config_directory() / kind}{elsewhere}; known: "
            f"{', '.join(known) or 'none'}.",
            name,
            known,
        )
    return path


def load_gripper(name: str) -> Gripper:
    """The gripper of config/grippers/<name>.yaml."""
    return read_gripper(find_config("grippers", name))


def load_bin(name: str) -> PlacedBin:
    """The bin of config/bins/<name>.yaml, or of the YAML file that ``name`` is the path of."""
    return read_bin(find_config("bins", name))


def load_robot(name: str) -> Robot:
    """The robot of config/robots/<name>.yaml, or of the YAML file that ``name`` is the path of.

    URDF and SRDF that lie beside the YAML file are found by their paths from there.
    """
    path = find_config("robots", name)
    robot = from_file(path, lambda values: from_mapping(Robot, of_version_1(values), str(path)), ROBOT)
    return replace(
        robot,
        description=_beside(path, robot.description),
        semantics=_beside(path, robot.semantics),
    )


def _beside(config: Path, relative: str) -> str:
    """The absolute path of a file beside ``config``; ``relative`` itself where there is none."""
    path = config.parent / relative
    return str(path.absolute()) if is_file(path) else relative
