# SPDX-License-Identifier: Apache-2.0
"""Reads the pose of a camera from a calibration file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pinch_core.config_kinds import CAMERA_POSE, mixed_up
from pinch_core.geometry.transform import Transform
from pinch_core.plain_text import parse_yaml
from pinch_ros.errors import CalibrationError

# The robot's frame that holds the camera, by easy_handeye2's names of the kinds of calibration.
_PARENTS = {"eye_on_base": "robot_base_frame", "eye_in_hand": "robot_effector_frame"}


@dataclass(frozen=True)
class Calibration:
    """``T_parent_child``: pose of the camera's frame ``child`` in the robot's frame ``parent``."""

    parent: str
    child: str
    T_parent_child: Transform


def load_calibration(path: Path) -> Calibration:
    """Read easy_handeye2's YAML (``parameters`` and ``transform``), or plain YAML: ``parent``, ``child``,
    ``translation: [x, y, z]`` in metres and ``rotation: [x, y, z, w]``.

    Raises:
        CalibrationError: the file cannot be read, or lacks something.
    """
    try:
        return _read(path)
    except CalibrationError as error:
        if sentence := mixed_up(path, CAMERA_POSE):
            raise CalibrationError(sentence) from error
        raise


def _read(path: Path) -> Calibration:
    try:
        values = parse_yaml(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CalibrationError(
            f"{path} cannot be read as a calibration ({' '.join(str(error).split())}); give a YAML file."
        ) from error
    try:
        return _easy_handeye2(values) if "parameters" in values else _plain(values)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise CalibrationError(
            f"{path} is not a calibration: {_what(error)}; it takes easy_handeye2's YAML, or parent, child, "
            "translation [x, y, z] and rotation [x, y, z, w]."
        ) from error


def _easy_handeye2(values: dict[str, Any]) -> Calibration:
    parameters, transform = values["parameters"], values["transform"]
    parent = parameters[_PARENTS[parameters["calibration_type"]]]
    translation = [transform["translation"][axis] for axis in "xyz"]
    rotation = [transform["rotation"][axis] for axis in "xyzw"]
    return _calibration(parent, parameters["tracking_base_frame"], translation, rotation)


def _plain(values: dict[str, Any]) -> Calibration:
    return _calibration(values["parent"], values["child"], values["translation"], values["rotation"])


def _calibration(parent: Any, child: Any, translation: list[Any], rotation: list[Any]) -> Calibration:
    if not (isinstance(parent, str) and isinstance(child, str) and parent and child and parent != child):
        raise ValueError(f"the frames '{parent}' and '{child}' are not two names")
    quaternion = np.asarray(rotation, dtype=np.float64)
    # Another length is a sign of another order or of angles, which must not pass for a rotation.
    if quaternion.shape != (4,) or not abs(np.linalg.norm(quaternion) - 1.0) < 1e-2:
        raise ValueError(f"rotation {rotation} is not a unit quaternion")
    return Calibration(parent, child, Transform.from_quaternion(quaternion, translation))


def _what(error: Exception) -> str:
    return f"{error} is missing or not known" if isinstance(error, KeyError) else str(error)
