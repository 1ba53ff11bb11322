# SPDX-License-Identifier: Apache-2.0
"""Folders that every machine of a cluster must see."""

from __future__ import annotations

import platform
from pathlib import Path

from pinch_core.errors import OutputError


def require_visible(folder: Path) -> None:
    """A worker on another machine would else write where nobody looks, or skip every mesh as missing.

    Raises:
        OutputError: this machine does not see the folder.
    """
    if not folder.is_dir():
        raise OutputError(
            f"{folder} is not visible on {platform.node()}; put it on storage that every machine shares."
        )
