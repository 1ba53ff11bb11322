# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pinch_ros.testing import TIMEOUT_S, wait_until
from pinch_system import node_process
from pinch_system.node_process import NodeProcess


def install(prefix: Path, script: str) -> None:
    program = prefix / "lib" / "fake" / "node"
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(f"#!{sys.executable}\nimport os, signal, sys\n{script}\n")
    program.chmod(0o755)


@pytest.fixture
def prefix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(node_process, "get_package_prefix", lambda package: str(tmp_path))
    return tmp_path


def test_a_node_gets_its_arguments_and_ends_in_order(prefix: Path) -> None:
    install(
        prefix,
        "signal.signal(signal.SIGINT, lambda *_: sys.exit(print('bye')))\n"
        "print(*sys.argv[1:], flush=True)\n"
        "while True: signal.pause()",
    )
    with NodeProcess("fake", "node", ["-p", "a:=1"], prefix / "log" / "node.log", prefix) as node:
        wait_until(lambda: "a:=1" in node.log_file.read_text(), "the node's first line")
        assert node.is_running
    assert not node.is_running
    assert node.log_file.read_text().splitlines() == ["--ros-args -p a:=1", "bye"]


def test_a_node_that_ignores_the_request_is_killed(prefix: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_process, "SHUTDOWN_TIMEOUT_S", 0.2)
    install(
        prefix,
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\nprint('up', flush=True)\nwhile True: signal.pause()",
    )
    with NodeProcess("fake", "node", [], prefix / "node.log", prefix) as node:
        wait_until(lambda: node.last_line() == "up", "the node's first line")
    assert not node.is_running


def test_why_a_node_died_is_its_last_line(prefix: Path) -> None:
    install(prefix, "print('no such parameter')\nsys.exit(2)")
    with NodeProcess("fake", "node", [], prefix / "node.log", prefix) as node:
        wait_until(lambda: not node.is_running, "the end of the node")
        assert node.last_line() == "no such parameter"
        with pytest.raises(ProcessLookupError):
            node.signal(signal.SIGINT)


PARENT = """
import signal, sys, threading
from pathlib import Path
from pinch_system import node_process

prefix = Path(sys.argv[1])
node_process.get_package_prefix = lambda package: prefix
node_process.SHUTDOWN_TIMEOUT_S = 0.2
node = node_process.NodeProcess("fake", "node", [], prefix / "node.log", prefix)
# On a thread that ends before the node does.
thread = threading.Thread(target=node.__enter__)
thread.start()
thread.join()
if sys.argv[2] == "restart":
    node.restart()
print(node.pid, flush=True)
signal.pause()
"""


@pytest.mark.parametrize("history", ["start", "restart"])
@pytest.mark.parametrize(
    ("on_request", "last"), [("sys.exit(print('bye', flush=True))", "bye"), ("None", "up")]
)
def test_a_node_whose_parent_was_killed_ends(prefix: Path, on_request: str, last: str, history: str) -> None:
    install(
        prefix,
        f"signal.signal(signal.SIGINT, lambda *_: {on_request})\n"
        "print('up', os.getpid(), flush=True)\n"
        "while True: signal.pause()",
    )
    log = prefix / "node.log"
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(prefix), history],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    with parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        node = os.pidfd_open(pid)
        wait_until(lambda: f"up {pid}\n" in log.read_text(), "the node's first line")
        assert select.select([node], [], [], 0.0)[0] == []
        parent.kill()
    assert select.select([node], [], [], TIMEOUT_S)[0] == [node]
    os.close(node)
    told = "what started this node is gone, so it is stopped."
    *_, end = (line for line in log.read_text().splitlines() if line != told)
    assert end.startswith(last)
    assert told in log.read_text()


def test_a_guard_ends_with_its_node(prefix: Path) -> None:
    install(prefix, "print('up', flush=True)")
    with NodeProcess("fake", "node", [], prefix / "node.log", prefix) as node:
        wait_until(lambda: not node.is_running, "the end of the node")
        assert node._guard is not None
        guard = node._guard._process
        assert guard.poll() is None
    assert guard.returncode == 0
    assert node.log_file.read_text() == "up\n"
