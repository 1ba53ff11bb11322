# SPDX-License-Identifier: Apache-2.0
"""Kills a process at a chosen moment, for tests."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

# System calls that change files and folders.
_CALLS = ((os, ("mkdir", "open", "fsync", "close", "replace")), (Path, ("open",)))


def die_at_call(number: int) -> None:
    """Kill this process (SIGKILL) instead of its ``number``-th file-system call from now on."""
    left = number

    def dying(call: Callable[..., Any]) -> Callable[..., Any]:
        def die_or_call(*arguments: Any, **keywords: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*arguments, **keywords)

        return die_or_call

    for owner, names in _CALLS:
        for name in names:
            setattr(owner, name, dying(getattr(owner, name)))
