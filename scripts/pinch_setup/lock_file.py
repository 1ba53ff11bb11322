# SPDX-License-Identifier: Apache-2.0
"""Two set-ups started at once: the second waits."""

from __future__ import annotations

import fcntl
import os
from types import TracebackType

from pinch_setup.console import say


class SetupLock:
    """An exclusive lock on one file, held while the context is open.

    The file descriptor is handed down to pip and colcon. Where the set-up is killed and they live on, the
    lock stays taken until they have ended, so that the next start does not work in the same folders beside
    them.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.descriptor = -1

    def __enter__(self) -> SetupLock:
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        self.descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self.descriptor, 32).decode().strip() or "unknown"
            say(f"another set-up (process {holder}) is running in this workspace: waiting for it")
            fcntl.flock(self.descriptor, fcntl.LOCK_EX)
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, str(os.getpid()).encode(), 0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self.descriptor)
