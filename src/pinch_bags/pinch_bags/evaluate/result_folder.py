# SPDX-License-Identifier: Apache-2.0
"""The folder of an evaluation's results: what is written, and of which settings it is. Free of ROS."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pinch_bags.evaluate.pictures import PICTURES
from pinch_core.atomic_file import write_file
from pinch_core.errors import ConfigError

SETTINGS, SUMMARY = "settings.json", "summary.json"


@dataclass(frozen=True)
class ResultFolder:
    """``video``, ``bag``: whether the annotated images become a video, and the grasps a bag."""

    path: Path
    video: bool = False
    bag: bool = True

    def claim(self, settings: Mapping[str, Any]) -> None:
        """Say what the folder's results are of, or hold the folder to what it says.

        Raises:
            ConfigError: the results in the folder are of other settings.
        """
        text = json.dumps(settings, indent=2, default=str) + "\n"
        path = self.path / SETTINGS
        if not path.exists():
            (self.path / PICTURES).mkdir(parents=True, exist_ok=True)
            write_file(path, text.encode())
        elif path.read_text(encoding="utf-8") != text:
            raise ConfigError(
                f"{self.path} holds results of another recording or of other settings ({path.name}); name "
                "another folder with --out, or remove it."
            )
