# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from object_data_samples import object_data

from pinch_core.atomic_file import TEMPORARY, remove_leftovers
from pinch_core.errors import OutputError
from pinch_datagen.dataset.shard import CropPrecision, read_shard, verify, write_shard
from pinch_datagen.errors import DamagedDatasetError

# A child that dies at its k-th call of the operating system, for k = 1, 2, ... until it lives: every state
# that a kill between two calls can leave.
KILLED_AT_EVERY_CALL = """
import os, signal, sys
from pathlib import Path
from object_data_samples import object_data
from pinch_core.testing import die_at_call
from pinch_datagen.dataset.shard import CropPrecision, write_shard

data = object_data(examples=3, crop_sizes=(8,))

for moment in range(1, 1000):
    child = os.fork()
    if child == 0:
        die_at_call(moment)
        write_shard(Path(sys.argv[1], f"{moment:06d}_mug"), data, CropPrecision.FLOAT16)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code == 0:
        break
    assert code == -signal.SIGKILL
print(moment)
"""

WRITES_WITHOUT_END = """
import itertools, sys
from pathlib import Path
from object_data_samples import object_data
from pinch_datagen.dataset.shard import CropPrecision, write_shard

data = object_data(examples=100, crop_sizes=(32, 96))
for number in itertools.count():
    write_shard(Path(sys.argv[1], f"{number:06d}_mug"), data, CropPrecision.FLOAT32)
    print(number, flush=True)
"""


def python(script: str, folder: Path) -> list[str]:
    return [sys.executable, "-c", script, str(folder)]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def check_whole_or_absent(folder: Path) -> int:
    """How many shards there are, after checking that each is whole and nothing else passes for one."""
    whole = 0
    for path in folder.iterdir():
        if path.name.startswith(TEMPORARY):
            with pytest.raises(DamagedDatasetError, match="never finished"):
                read_shard(path)
        else:
            verify(path)
            whole += 1
    return whole


def test_a_kill_at_any_call_leaves_a_whole_shard_or_none(tmp_path: Path) -> None:
    done = subprocess.run(
        python(KILLED_AT_EVERY_CALL, tmp_path),
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    deaths = int(done.stdout) - 1
    assert deaths > 20
    assert any(path.name.startswith(TEMPORARY) for path in tmp_path.iterdir())
    whole = check_whole_or_absent(tmp_path)
    assert 1 < whole < deaths  # some died after the rename
    remove_leftovers(tmp_path)
    assert len(list(tmp_path.iterdir())) == whole


def test_a_killed_writer_leaves_whole_shards_only(tmp_path: Path) -> None:
    with subprocess.Popen(
        python(WRITES_WITHOUT_END, tmp_path), env=environment(), stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        finished = [int(writer.stdout.readline()) for _ in range(3)]
        writer.send_signal(signal.SIGKILL)
    assert finished == [0, 1, 2]
    assert check_whole_or_absent(tmp_path) >= 3


def failing(call: Callable[..., object], number: int, at: int) -> Callable[..., object]:
    """``call``, but its ``at``-th use fails with an error ``number``."""
    uses = iter(range(at))

    def fails(*arguments: object, **keywords: object) -> object:
        if next(uses, None) == at - 1:
            raise OSError(number, os.strerror(number))
        return call(*arguments, **keywords)

    return fails


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (errno.ENOSPC, "No space left on device.*; free space on its disk and try again"),
        (errno.EACCES, "Permission denied.*; make it writable or choose another folder"),
        (errno.EROFS, "Read-only file system.*; choose a folder on a writable disk"),
        (errno.EIO, "Input/output error.*; mend that or choose another folder"),
    ],
)
@pytest.mark.parametrize(("call", "at"), [("fsync", 1), ("fsync", 7), ("fsync", 8), ("replace", 1)])
def test_an_error_of_the_disk_leaves_nothing_and_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, at: int, number: int, message: str
) -> None:
    monkeypatch.setattr(os, call, failing(getattr(os, call), number, at))
    with pytest.raises(OutputError, match=f"000000_mug cannot be written \\({message}"):
        write_shard(tmp_path / "000000_mug", object_data(), CropPrecision.FLOAT16)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("at", [1, 2])
def test_a_failed_replacement_keeps_the_older_shard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    write_shard(tmp_path / "a", object_data(seed=1), CropPrecision.FLOAT16)
    before = read_shard(tmp_path / "a").info
    monkeypatch.setattr(os, "replace", failing(os.replace, errno.EIO, at))
    with pytest.raises(OutputError):
        write_shard(tmp_path / "a", object_data(seed=2), CropPrecision.FLOAT16)
    verify(tmp_path / "a")
    assert read_shard(tmp_path / "a").info == before
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_full_disk_in_the_middle_of_an_array_is_told_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Path.open

    def open_full(path: Path, *arguments: str) -> object:
        return opened(Path("/dev/full") if path.name == "grasps.npy" else path, *arguments, buffering=0)

    monkeypatch.setattr(Path, "open", open_full)
    with pytest.raises(OutputError, match="No space left on device"):
        write_shard(tmp_path / "000000_mug", object_data(), CropPrecision.FLOAT16)
    assert not any(tmp_path.iterdir())


def test_a_place_below_a_file_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="Not a directory"):
        write_shard(tmp_path / "file" / "000000_mug", object_data(), CropPrecision.FLOAT16)
