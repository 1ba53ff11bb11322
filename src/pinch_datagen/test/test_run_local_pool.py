# SPDX-License-Identifier: Apache-2.0
"""Worker processes: the same bytes with any number of them, and what happens when they or the run die."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import fake_generation
import pytest
from fake_generation import GRIPPER, Faulty, InProcess, files_of, generate

from pinch_core.config import dump_yaml
from pinch_core.errors import OutputError
from pinch_datagen.datagen_config import DatagenConfig
from pinch_datagen.errors import DatagenError
from pinch_datagen.object_ref import list_objects
from pinch_datagen.run.executor import Executor, LocalPool
from pinch_datagen.run.generation import run_generation
from pinch_datagen.run.process_map import DeadWorkerError
from pinch_datagen.run.work import Generate, Work

REFS = list_objects(7, ())
CONFIG = DatagenConfig(seed=3, gripper="hand", procedural_count=7)


def run(directory: Path, executor: Executor, generate: Generate = generate, *, resume: bool = False) -> None:
    run_generation(directory, CONFIG, GRIPPER, REFS, executor, generate, resume=resume)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What an uninterrupted run leaves."""
    directory = tmp_path_factory.mktemp("whole")
    run(directory, LocalPool(1))
    return files_of(directory)


@contextmanager
def started(tmp_path: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A run in a process group of its own whose fourth object hangs with half its shard written."""
    os.mkfifo(tmp_path / "fifo")
    config = tmp_path / "config"
    for file, content in (("datagen/tiny.yaml", CONFIG), ("grippers/hand.yaml", GRIPPER)):
        (config / file).parent.mkdir(parents=True)
        (config / file).write_text(dump_yaml(content), encoding="utf-8")
    environment = {
        **os.environ,
        "PINCH_CONFIG_DIR": str(config),
        "FAULT_AT": REFS[3].name,
        "FAULT": "hang while writing",
        "FIFO": str(tmp_path / "fifo"),
    }
    command = [sys.executable, fake_generation.__file__, "--config", "tiny", "--out", str(tmp_path / "data")]
    with subprocess.Popen(
        [*command, *arguments], env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def half_shards(directory: Path) -> list[Path]:
    return list(directory.rglob(".tmp-*"))


def test_any_number_of_workers_gives_the_same_bytes(tmp_path: Path, whole: dict[str, bytes]) -> None:
    run(tmp_path / "two", LocalPool(2))
    assert files_of(tmp_path / "two") == whole


def test_a_killed_run_leaves_no_worker_and_resumes_to_the_same_bytes(
    tmp_path: Path, whole: dict[str, bytes]
) -> None:
    with started(tmp_path, "--workers", "2") as process, (tmp_path / "fifo").open("rb") as fifo:
        assert fifo.read(1) == b"!"
        process.kill()  # not its workers
        assert fifo.read() == b""  # the end: the worker is dead too
    data = tmp_path / "data"
    assert half_shards(data)
    assert not (data / "manifest.json").exists()
    run(data, LocalPool(2), resume=True)
    assert files_of(data) == whole


def test_ctrl_c_ends_a_run_cleanly_and_says_how_to_go_on(tmp_path: Path, whole: dict[str, bytes]) -> None:
    with started(tmp_path, "--workers", "1") as process, (tmp_path / "fifo").open("rb") as fifo:
        assert fifo.read(1) == b"!"
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does it
        assert fifo.read() == b""
        errors = process.communicate(timeout=60)[1]
        assert process.returncode == 130
    data = tmp_path / "data"
    assert errors.splitlines()[-1] == (
        f"pinch: interrupted; the objects done so far are kept in {data}: "
        "give the same command with --resume to finish it."
    )
    assert "Traceback" not in errors
    assert not half_shards(data)
    assert sorted(path.name for path in (data / "objects").iterdir()) == [ref.name for ref in REFS[:3]]
    run(data, InProcess(), resume=True)
    assert files_of(data) == whole


@pytest.mark.parametrize(("fault", "how"), [("killed", "SIGKILL"), ("segfault", "SIGSEGV")])
def test_the_death_of_a_worker_ends_the_run_and_names_the_object(
    tmp_path: Path, fault: str, how: str
) -> None:
    with pytest.raises(
        DeadWorkerError, match=f"was killed by {how} while it worked on object '{REFS[3].name}'.*--resume"
    ) as caught:
        run(tmp_path / "data", LocalPool(2), Faulty(fault, REFS[3].name))
    assert caught.value.exit_code == -signal.Signals[how]
    assert not half_shards(tmp_path)


def test_a_full_disk_ends_the_run_with_nothing_half_written(tmp_path: Path, whole: dict[str, bytes]) -> None:
    with pytest.raises(OutputError, match=r"No space left on device\); free space on its disk"):
        run(tmp_path / "data", LocalPool(1), Faulty("disk full", REFS[3].name))
    assert not half_shards(tmp_path)
    run(tmp_path / "data", InProcess(), resume=True)
    assert files_of(tmp_path / "data") == whole


def test_workers_are_dead_when_the_outcomes_are_no_longer_wanted(tmp_path: Path) -> None:
    work = Work(tmp_path, CONFIG, GRIPPER, generate)
    with closing(LocalPool(2).map_unordered(work, REFS)) as outcomes:
        next(outcomes)
        workers = children()
        assert len(workers) == 2
    assert not children()


def children() -> set[int]:
    """Processes that this one has started by multiprocessing and that live."""
    return {process.pid for process in multiprocessing.active_children() if process.pid is not None}


def test_workers_have_one_native_thread_and_this_process_keeps_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    before = dict(os.environ)
    work = Work(tmp_path, CONFIG, GRIPPER, Faulty("report threads", REFS[0].name))
    with pytest.raises(DatagenError, match="OMP 1, OpenBLAS 1, OpenCV 1, new 0"):
        list(LocalPool(1).map_unordered(work, REFS))
    assert dict(os.environ) == before
