# SPDX-License-Identifier: Apache-2.0
"""The planner node in a process of its own, as its executable runs it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

START = "import sys; from pinch_gqcnn.node import main; sys.exit(main())"


@contextmanager
def planner_process(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", START, "--ros-args", *arguments], stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
