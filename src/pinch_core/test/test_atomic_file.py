# SPDX-License-Identifier: Apache-2.0
"""Files and folders appear whole or not at all, whatever goes wrong on the way."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pinch_core.atomic_file import TEMPORARY, append_line, new_folder, remove_leftovers, write_file
from pinch_core.errors import OutputError

# Children that die at their k-th call of the operating system, for k = 1, 2, ... until one lives: every state
# that a kill between two calls can leave, each in a folder of its own.
KILLED_AT_EVERY_CALL = """
import os, sys
from pathlib import Path
from pinch_core.atomic_file import new_folder, write_file
from pinch_core.testing import die_at_call

for moment in range(1, 1000):
    place = Path(sys.argv[1], str(moment))
    write_file(place / "file", b"old")
    with new_folder(place / "folder") as folder:
        (folder / "content").write_bytes(b"old")
    child = os.fork()
    if child == 0:
        die_at_call(moment)
        write_file(place / "file", b"new")
        with new_folder(place / "folder") as folder:
            (folder / "content").write_bytes(b"new")
        os._exit(0)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0:
        break
print(moment)
"""


def failing(number: int) -> Callable[..., object]:
    def fails(*arguments: object, **keywords: object) -> object:
        raise OSError(number, os.strerror(number))

    return fails


def test_a_kill_at_any_call_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED_AT_EVERY_CALL, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    deaths = int(done.stdout) - 1
    assert deaths > 15
    states = []
    for moment in range(1, deaths + 2):
        place = tmp_path / str(moment)
        folder = place / "folder" / "content"
        # A folder with content cannot be replaced by one rename: between two it is absent.
        states.append(
            ((place / "file").read_bytes(), folder.read_bytes() if folder.parent.exists() else b"absent")
        )
        remove_leftovers(place)
        assert {path.name for path in place.iterdir()} <= {"file", "folder"}
    assert set(states) <= {(b"old", b"old"), (b"new", b"old"), (b"new", b"absent"), (b"new", b"new")}
    assert states[0] == (b"old", b"old") and states[-1] == (b"new", b"new")


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (errno.ENOSPC, "No space left on device.*; free space on its disk and try again"),
        (errno.EDQUOT, "Disk quota exceeded.*; free space in your quota and try again"),
        (errno.EACCES, "Permission denied.*; make it writable or choose another folder"),
        (errno.EROFS, "Read-only file system.*; choose a folder on a writable disk"),
        (errno.EIO, "Input/output error.*; mend that or choose another folder"),
    ],
)
@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_file_that_cannot_be_replaced_stays_and_the_error_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int, message: str
) -> None:
    write_file(tmp_path / "manifest.json", b"old")
    monkeypatch.setattr(os, call, failing(number))
    with pytest.raises(OutputError, match=rf"manifest\.json cannot be written \({message}\.$"):
        write_file(tmp_path / "manifest.json", b"new")
    assert (tmp_path / "manifest.json").read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1


def test_missing_folders_on_the_way_are_made(tmp_path: Path) -> None:
    write_file(tmp_path / "new" / "newer" / "manifest.json", b"content")
    assert (tmp_path / "new" / "newer" / "manifest.json").read_bytes() == b"content"


def test_a_place_below_a_file_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"manifest\.json cannot be written"):
        write_file(tmp_path / "file" / "manifest.json", b"")


def test_an_interrupt_leaves_nothing(tmp_path: Path) -> None:
    def interrupted() -> None:
        with new_folder(tmp_path / "a") as folder:
            (folder / "half").write_bytes(b"x")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not any(tmp_path.iterdir())


def test_leftovers_go_and_the_rest_stays(tmp_path: Path) -> None:
    (tmp_path / f"{TEMPORARY}000001_a-1f").mkdir()
    (tmp_path / f"{TEMPORARY}000001_a-1f" / "half.npy").write_bytes(b"x")
    (tmp_path / f"{TEMPORARY}manifest.json-2e").write_bytes(b"x")
    (tmp_path / "000000_b").mkdir()
    remove_leftovers(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["000000_b"]


@pytest.mark.parametrize("length", [1, 5, 70_000, 200_000])  # shorter and longer than what is read at a time
def test_a_line_comes_after_the_last_whole_one_wherever_the_file_was_cut(tmp_path: Path, length: int) -> None:
    lines = [b"a" * length, b"b" * length, b"c"]
    whole = b"".join(line + b"\n" for line in lines)
    path = tmp_path / "log"
    for cut in {0, 1, length, length + 1, length + 2, 2 * length + 1, len(whole) - 1, len(whole)}:
        path.write_bytes(whole[:cut])
        append_line(path, b"new")
        assert path.read_bytes() == whole[: whole[:cut].rfind(b"\n") + 1] + b"new\n"


def test_a_first_line_begins_the_file_and_its_folder(tmp_path: Path) -> None:
    append_line(tmp_path / "folder" / "log", b"one")
    append_line(tmp_path / "folder" / "log", b"two")
    assert (tmp_path / "folder" / "log").read_bytes() == b"one\ntwo\n"


def test_a_file_that_cannot_be_appended_to_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    with pytest.raises(OutputError, match="cannot be written"):
        append_line(tmp_path / "log", b"one")
