# SPDX-License-Identifier: Apache-2.0
"""The dataset's folder, lent to one run at a time."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pinch_core.atomic_file import TEMPORARY, remove_leftovers
from pinch_core.errors import OutputError
from pinch_datagen.dataset.manifest import OBJECTS_FOLDER
from pinch_datagen.run.inputs import CONFIG_FILE, INPUTS_FILE, Inputs
from pinch_datagen.run.stored_object import SKIPPED_FOLDER


@contextmanager
def output_folder(directory: Path, inputs: Inputs, resume: bool) -> Iterator[None]:
    """Claim the folder and note the inputs there, or compare them with those noted.

    Nothing half written is in it at the beginning, nor at the end.

    Raises:
        OutputError: it is in use, not writable, not empty and not to be resumed, or made from other inputs.
    """
    with _locked(directory):
        if (directory / CONFIG_FILE).exists() and resume:
            inputs.check_same(directory)
            _remove_leftovers(directory)
        else:
            _check_unused(directory, resume)
            inputs.write(directory)
        try:
            yield
        finally:
            with suppress(OutputError):  # whatever ended the run is the one to report
                _remove_leftovers(directory)


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise OutputError(
            f"{directory} cannot be made a folder ({error.strerror}); choose another place."
        ) from error
    try:
        _lock(descriptor, directory)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, directory: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise OutputError(
            f"{directory} is in use by another run; wait for its end or choose another folder."
        ) from error
    except OSError:
        pass  # a file system without locks


def _check_unused(directory: Path, resume: bool) -> None:
    """A run that was killed before its config was noted counts as not begun."""
    names = {path.name for path in directory.iterdir()}
    if resume:
        names -= {INPUTS_FILE, *(name for name in names if name.startswith(TEMPORARY))}
    if names and resume:
        raise OutputError(f"{directory} holds no run to resume, but {min(names)}; choose another folder.")
    if names:
        raise OutputError(
            f"{directory} is not empty; choose a new folder, or --resume to finish the run that is there."
        )


def _remove_leftovers(directory: Path) -> None:
    for parent in (directory, directory / OBJECTS_FOLDER, directory / SKIPPED_FOLDER):
        remove_leftovers(parent)
