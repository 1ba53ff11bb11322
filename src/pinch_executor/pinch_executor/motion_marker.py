# SPDX-License-Identifier: Apache-2.0
"""What a node that was killed leaves to the one that follows it: that the robot was being moved."""

from __future__ import annotations

import os
from pathlib import Path

from pinch_core.atomic_file import write_file
from pinch_core.errors import OutputError


class MotionMarker:
    """A file that lies there from before the robot moves until its state is known again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._is_set = self.left_behind = path.exists()

    @classmethod
    def of_node(cls, full_name: str) -> MotionMarker:
        """The marker of the node ``/namespace/name``, below ROS_HOME (``~/.ros`` where that is not set)."""
        home = Path(os.environ.get("ROS_HOME") or Path.home() / ".ros")
        return cls(home / "pinch" / f"{full_name.strip('/').replace('/', '.')}.moving")

    def set(self) -> None:
        """Put the file on disk, unless it lies there; raises OutputError."""
        if not self._is_set:
            write_file(self._path, b"A grasp executor was moving the robot; ~/recover removes this file.\n")
            self._is_set = True

    def clear(self) -> None:
        """Remove the file; raises OutputError."""
        if not self._is_set:
            return
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(
                f"{self._path} cannot be removed ({error.strerror}); remove it when the robot stands safely."
            ) from error
        self._is_set = self.left_behind = False
