# SPDX-License-Identifier: Apache-2.0
"""A ROS node in a process of its own, started for a demo or a test and never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from ament_index_python.packages import get_package_prefix

from pinch_system.orphan_guard import OrphanGuard

# A node has this long to leave after SIGINT before it is killed.
SHUTDOWN_TIMEOUT_S = 10.0


@dataclass(frozen=True)
class ProcessUse:
    """What a process holds: resident ``memory_mb`` [MB], ``threads``, open file ``handles``."""

    memory_mb: float
    threads: int
    handles: int


class NodeProcess:
    """Runs an installed executable while the ``with`` block lasts; its output goes to ``log_file``.

    What it remembers from run to run (ROS_HOME) is kept in the folder ``home``.
    """

    def __init__(
        self, package: str, executable: str, ros_args: list[str], log_file: Path, home: Path
    ) -> None:
        self._home = home
        program = Path(get_package_prefix(package)) / "lib" / package / executable
        self._command = [str(program), "--ros-args", *ros_args]
        self.log_file = log_file
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: OrphanGuard | None = None

    def __enter__(self) -> NodeProcess:
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        self.log_file.write_bytes(b"")
        self._start()
        return self

    def restart(self) -> None:
        """Kill it as a crash would, and start it anew."""
        if self.is_running:
            self.signal(signal.SIGKILL)
        self._running().wait()
        self._dismiss_guard()
        self._start()

    def _start(self) -> None:
        with self.log_file.open("ab") as log:
            # A session of its own: Ctrl-C in the terminal reaches us alone, and we stop the node in order.
            self._process = subprocess.Popen(
                self._command,
                env={**os.environ, "ROS_HOME": str(self._home)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self._guard = OrphanGuard(self._process.pid, SHUTDOWN_TIMEOUT_S, log)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self.is_running:
            self.signal(signal.SIGINT)
            try:
                self._running().wait(SHUTDOWN_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self.signal(signal.SIGKILL)
                self._running().wait()
        self._dismiss_guard()

    @property
    def pid(self) -> int:
        return self._running().pid

    @property
    def is_running(self) -> bool:
        return self._running().poll() is None

    def signal(self, number: int) -> None:
        """Send a signal to the node and whatever it started."""
        os.killpg(self._running().pid, number)

    def use(self) -> ProcessUse:
        """What the node holds now."""
        process = Path("/proc", str(self._running().pid))
        fields = (line.split() for line in (process / "status").read_text().splitlines())
        status = {line[0].rstrip(":"): line[1] for line in fields if len(line) > 1}
        handles = sum(1 for _ in (process / "fd").iterdir())
        return ProcessUse(int(status["VmRSS"]) / 1000, int(status["Threads"]), handles)

    def last_line(self) -> str:
        """The end of the log, to say why a node left."""
        lines = self.log_file.read_text(errors="replace").splitlines()
        return lines[-1] if lines else "it printed nothing."

    def _dismiss_guard(self) -> None:
        if self._guard is not None:
            self._guard.dismiss()
            self._guard = None

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError(f"{self._command[0]} has not been started; use it in a with block")
        return self._process
