# SPDX-License-Identifier: Apache-2.0
"""Progress of the set-up in plain lines on stderr, so that stdout stays free for what a command prints."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


def say(line: str) -> None:
    """One line of progress."""
    print(f"[setup] {line}", file=sys.stderr, flush=True)


@contextmanager
def step(what: str) -> Iterator[None]:
    """Announce a step, and its seconds once it is finished."""
    say(f"{what} ...")
    start = time.monotonic()
    yield
    say(f"{what}: done in {time.monotonic() - start:.1f} s")
