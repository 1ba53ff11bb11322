# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a robot description."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from pinch_core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable


class RobotDescriptionError(ConfigError):
    """A URDF, an SRDF, or the names that a robot's YAML takes from them cannot be used.

    Attributes:
        path: the file to correct.
        line: where in it, 0 where no line is to blame or the file was expanded by xacro.
        name: the joint, link, group or mesh at fault, empty where none is.
    """

    def __init__(self, message: str, path: Path, line: int = 0, name: str = "") -> None:
        super().__init__(message)
        self.path, self.line, self.name = path, line, name


def nearest(name: str, known: Iterable[str]) -> str:
    """What to say about names that exist: the nearest one, or a few of them."""
    names = sorted(known)
    matches = get_close_matches(name, names, 1, 0.5)
    if matches:
        return f"the nearest name is '{matches[0]}'"
    if not names:
        return "there is none"
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return f"there are {', '.join(names[:8])}{more}"
