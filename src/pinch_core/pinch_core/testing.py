# SPDX-License-Identifier: Apache-2.0
"""Processes in tests that die at a chosen moment."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

# Calls of the operating system between which files and folders change.
_CALLS = ((os, ("mkdir", "open", "fsync", "close", "replace")), (Path, ("open",)))


def die_at_call(number: int) -> None:
    """Kill this process (SIGKILL) in place of its ``number``-th call from now on that touches files."""
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
