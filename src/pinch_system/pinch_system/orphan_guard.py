# SPDX-License-Identifier: Apache-2.0
"""A process that stops another one where the one that started both was killed without a word (SIGKILL).

It needs a process of its own: Linux's parent-death signal comes already when the thread that started the
child ends, and reaches the child alone, not what that started.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from contextlib import suppress
from typing import IO

_DISMISSED = b"dismissed"


class OrphanGuard:
    """Waits beside this process. When this process is gone, the group that ``leader`` leads is asked to stop
    (SIGINT), and killed if ``leader`` has not ended after ``patience_s``; not where it has ended before.
    """

    def __init__(self, leader: int, patience_s: float, log: IO[bytes]) -> None:
        """
        Args:
            log: where it says what it did.
        """
        # The guard reads its standard input, which ends with this process: nobody else has the other end, but
        # forks of this process. Without site packages it starts at once.
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__, str(leader), str(patience_s)],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def dismiss(self) -> None:
        """End it: the group is nobody's concern any more."""
        self._process.communicate(_DISMISSED)


def _guard(leader: int, patience_s: float) -> None:
    try:
        # Unlike its number this is never another process's later.
        process = os.pidfd_open(leader)
    except ProcessLookupError:
        return
    if sys.stdin.buffer.read() == _DISMISSED or _has_ended(process, 0.0):
        return
    print("what started this node is gone, so it is stopped.", flush=True)
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGINT)
        if not _has_ended(process, patience_s):
            os.killpg(leader, signal.SIGKILL)


def _has_ended(process: int, timeout_s: float) -> bool:
    return bool(select.select([process], [], [], timeout_s)[0])


if __name__ == "__main__":
    _guard(int(sys.argv[1]), float(sys.argv[2]))
