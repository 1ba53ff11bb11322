# SPDX-License-Identifier: Apache-2.0
"""Paths that a command takes before its options."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pinch_core.errors import ConfigError


def split_places(argv: Sequence[str], count: int, usage: str) -> tuple[list[Path], Sequence[str]]:
    """The first ``count`` words as paths, and the options after them.

    Raises:
        ConfigError: there are fewer.
    """
    if argv and argv[0] in ("-h", "--help"):
        return [Path()] * count, argv
    given = [word for word in argv[:count] if not word.startswith("-")]
    if len(given) < count:
        raise ConfigError(f"a path is missing; name it before any option: {usage}.")
    return [Path(word).expanduser() for word in given], argv[count:]
