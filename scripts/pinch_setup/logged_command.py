# SPDX-License-Identifier: Apache-2.0
"""Run a program with its output in a log file."""

from __future__ import annotations

import os
import subprocess
from collections import deque
from collections.abc import Callable, Mapping, Sequence

from pinch_setup.failure import SetupFailure

LINES_SHOWN_ON_FAILURE = 25


def run_logged(
    command: Sequence[str],
    log: str,
    environment: Mapping[str, str],
    directory: str,
    on_line: Callable[[str], None] = lambda line: None,
    inherited: tuple[int, ...] = (),
) -> None:
    """Run `command` and append all it prints to the file `log`; `on_line` sees every line as it comes.

    Raises SetupFailure with the last lines and the log's name when the exit status is not zero.
    `inherited` are file descriptors that the program keeps open (the set-up's lock).
    """
    os.makedirs(os.path.dirname(log), exist_ok=True)
    last: deque[str] = deque(maxlen=LINES_SHOWN_ON_FAILURE)
    with open(log, "a", encoding="utf-8") as stream:
        stream.write(f"$ {' '.join(command)}\n")
        stream.flush()
        with subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=dict(environment),
            cwd=directory,
            pass_fds=inherited,
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                stream.write(line)
                stream.flush()
                last.append(line.rstrip())
                on_line(line.rstrip())
        status = process.returncode
    if status != 0:
        shown = "\n".join(f"    {line}" for line in last)
        raise SetupFailure(
            f"{shown}\n{os.path.basename(command[0])} ended with status {status}; all of its output is "
            f"in {log}, and the next start resumes here."
        )
