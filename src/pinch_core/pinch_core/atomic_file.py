# SPDX-License-Identifier: Apache-2.0
"""Files and folders that are written to disk completely or not at all.

This holds after a full disk, a kill or a power cut.
"""

from __future__ import annotations

import errno
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pinch_core.errors import OutputError

# Incomplete files carry this prefix and are beside their target, so that the last step is one rename.
TEMPORARY = ".tmp-"
# Bytes read at a time to find where the last whole line ends.
_TAIL = 1 << 16

REMEDIES = {
    errno.ENOSPC: "free space on its disk and try again",
    errno.EDQUOT: "free space in your quota and try again",
    errno.EACCES: "make it writable or choose another folder",
    errno.EPERM: "make it writable or choose another folder",
    errno.EROFS: "choose a folder on a writable disk",
}


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Yields an empty folder to fill; at the end it is flushed to disk and replaces ``folder``.

    On any error in the body, nothing is left behind and the old ``folder`` stays.

    Raises:
        OutputError: the disk is full, the folder is not writable, or another error of the operating system.
    """
    temporary = _temporary_beside(folder)
    with _reported(folder):
        try:
            temporary.mkdir(parents=True)
            yield temporary
            for parent, _, files in os.walk(temporary):
                for path in (*(Path(parent, file) for file in files), Path(parent)):
                    _sync(path)
            _take_place(temporary, folder)
            _sync(folder.parent)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise


def write_file(path: Path, content: bytes) -> None:
    """Write or replace a file: readers see the old content or all of the new.

    Raises:
        OutputError: as :func:`new_folder`.
    """
    temporary = _temporary_beside(path)
    with _reported(path):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(content)
            _sync(temporary)
            os.replace(temporary, path)
            _sync(path.parent)
        except BaseException:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise


def append_line(path: Path, line: bytes) -> None:
    """Append a line to a text file, or create the file with it; flushed to disk when this returns.

    An incomplete last line, left by a kill or a power cut, is removed first.

    Args:
        line: without line break, the file's separator.

    Raises:
        OutputError: as :func:`new_folder`.
    """
    if not path.exists():
        write_file(path, line + b"\n")
        return
    with _reported(path):
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND)
        try:
            _remove_torn_line(descriptor)
            os.write(descriptor, line + b"\n")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def remove_leftovers(parent: Path) -> None:
    """Remove incomplete files of a killed process from ``parent``; call it while no process writes there."""
    with _reported(parent):
        for path in parent.glob(f"{TEMPORARY}*"):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def _remove_torn_line(descriptor: int) -> None:
    end = size = os.fstat(descriptor).st_size
    while end > 0:
        begin = max(0, end - _TAIL)
        found = os.pread(descriptor, end - begin, begin).rfind(b"\n")
        if found >= 0:
            end = begin + found + 1
            break
        end = begin
    if end < size:
        os.ftruncate(descriptor, end)


def _temporary_beside(path: Path) -> Path:
    return path.parent / f"{TEMPORARY}{path.name}-{uuid.uuid4().hex[:12]}"


def _take_place(temporary: Path, folder: Path) -> None:
    """Rename. A folder with content cannot be replaced, so it is moved aside first, and back on failure."""
    if not folder.exists():
        os.replace(temporary, folder)
        return
    old = _temporary_beside(folder)
    os.replace(folder, old)
    try:
        os.replace(temporary, folder)
    except BaseException:
        os.replace(old, folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _reported(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        remedy = REMEDIES.get(error.errno or 0, "mend that or choose another folder")
        raise OutputError(
            f"{place} cannot be written ({error.strerror or error}); {remedy}.", place
        ) from error
