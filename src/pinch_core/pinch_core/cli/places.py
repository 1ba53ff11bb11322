# SPDX-License-Identifier: Apache-2.0
"""Paths that a command takes before its options.

Positional arguments of tyro would make the places fields of the options; but the options are settings, which
a command hands on to its work, and are the same for every place.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path

from pinch_core.errors import ConfigError


def split_places(
    argv: Sequence[str], count: int, usage: str, what: str = "a path"
) -> tuple[list[Path], Sequence[str]]:
    """The first ``count`` words as paths, and the options after them.

    Args:
        what: it is called where one is missing.

    Raises:
        ConfigError: there are fewer, and no help is asked for.
    """
    given = list(takewhile(lambda word: not word.startswith("-"), argv[:count]))
    if len(given) < count:
        if {"-h", "--help"} & set(argv):
            return [Path()] * count, argv
        raise ConfigError(f"{what} is missing; name it before any option: {usage}.")
    return [Path(word).expanduser() for word in given], argv[count:]
