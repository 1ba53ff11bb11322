# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

from pinch_bringup import node_process
from pinch_bringup.node_process import NodeProcess
from pinch_ros.testing import wait_until


def install(prefix: Path, script: str) -> None:
    program = prefix / "lib" / "fake" / "node"
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(f"#!{sys.executable}\nimport signal, sys\n{script}\n")
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
