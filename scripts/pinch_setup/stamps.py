# SPDX-License-Identifier: Apache-2.0
"""Small JSON files that record what is finished; a reader sees the old or the new one, never half of one."""

from __future__ import annotations

import contextlib
import json
import os
from typing import Any


def read_stamp(path: str) -> dict[str, Any]:
    """What the stamp at `path` holds; empty where it is missing or unreadable: its step runs again."""
    try:
        with open(path, encoding="utf-8") as stream:
            content = json.load(stream)
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def write_stamp(path: str, content: dict[str, Any]) -> None:
    """Write the stamp in one atomic move, after the step that it records."""
    write_atomically(path, json.dumps(content, indent=1, sort_keys=True) + "\n")


def write_atomically(path: str, text: str) -> None:
    """Replace `path` by `text` in one move."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    partial = f"{path}.{os.getpid()}.partial"
    with open(partial, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(partial, path)


def remove_stamp(path: str) -> None:
    """Forget the step; no error where it was not recorded."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
