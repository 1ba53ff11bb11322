# SPDX-License-Identifier: Apache-2.0
"""A generator of tiny objects that worker processes can import, and the faults that it meets on request.

As a program: ``pinch datagen`` with that generator and the fault of ``FAULT`` at the object ``FAULT_AT``.
"""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import sys
import threading
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import trimesh

from pinch_core.errors import PinchError
from pinch_core.parallel_jaw.gripper import Finger, Palm, ParallelJawGripper
from pinch_datagen.datagen_config import DatagenConfig
from pinch_datagen.dataset.tables import EXAMPLES, GRASPS, POSES, VIEWS, ObjectData
from pinch_datagen.errors import BadMeshError, DatagenError
from pinch_datagen.object_ref import ObjectRef
from pinch_datagen.objects.object_model import ObjectModel
from pinch_datagen.random_streams import RandomStreams
from pinch_datagen.run.work import Outcome, Work

GRIPPER = ParallelJawGripper(
    "hand",
    Finger(breadth=0.022, thickness=0.0155, length=0.047, tip_beyond_tcp=0.0095),
    Palm(size_x=0.065, size_y=0.205, size_z=0.066),
    max_opening=0.08,
    min_opening=0.0,
    max_force=70.0,
)
TETRAHEDRON = np.array([[0, 0, 0], [0.03, 0, 0], [0, 0.03, 0], [0, 0, 0.03]], float)


class InProcess:
    """An executor without processes."""

    def map_unordered(self, work: Work, refs: Sequence[ObjectRef]) -> Generator[Outcome, None, None]:
        for ref in refs:
            answer = work.attempt(ref)
            if isinstance(answer, PinchError):
                raise answer
            yield answer


def generate(ref: ObjectRef, config: DatagenConfig, gripper: ParallelJawGripper) -> ObjectData:
    """Twelve examples that depend on the seed and the object alone."""
    if ref.path is not None and ref.path.read_text(encoding="utf-8") == "broken":
        raise BadMeshError(f"{ref.path} holds no faces; repair or remove it.")
    rng = RandomStreams(config.seed, ref.name).of("all")
    examples = np.zeros(12, EXAMPLES)
    examples["grasp"] = np.arange(12) % 4
    examples["depth"] = rng.normal(0.7, 0.01, 12)
    examples["label"] = rng.random(12) < 0.3
    crops = rng.normal(0.0, 0.05, (12, 32, 32)).astype(np.float32)
    model = ObjectModel(
        ref.name,
        "fake",
        TETRAHEDRON,
        np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]]),
        mass=gripper.max_opening,
        center_of_mass=np.zeros(3),
    )
    tables = np.zeros(1, POSES), np.zeros(4, GRASPS), np.zeros(1, VIEWS)
    return ObjectData(model, *tables, examples, {32: crops})


@dataclass(frozen=True)
class Faulty:
    """The same, but something happens at one object."""

    fault: str
    at: str

    def __call__(self, ref: ObjectRef, config: DatagenConfig, gripper: ParallelJawGripper) -> ObjectData:
        if ref.name == self.at:
            FAULTS[self.fault]()
        return generate(ref, config, gripper)


def _fill_disk() -> None:
    def write(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    os.fsync = write


def _hang_while_writing() -> None:
    """With half a shard on disk. The file ``FIFO`` tells that it is so, and by its end that this died."""

    def write(descriptor: int) -> None:
        with Path(os.environ["FIFO"]).open("wb", buffering=0) as fifo:
            fifo.write(b"!")
            threading.Event().wait()

    os.fsync = write


def _bug() -> None:
    raise ZeroDivisionError("division by zero")


def _exhaust_memory() -> None:
    raise MemoryError


def _report_threads() -> None:
    """What the libraries were told, and whether work that TBB likes to share out starts a thread."""
    limits = os.environ["OMP_NUM_THREADS"], os.environ["OPENBLAS_NUM_THREADS"], cv2.getNumThreads()
    before = threads()
    ball = trimesh.creation.icosphere(6)
    trimesh.boolean.difference([ball, ball.copy().apply_translation([0.5, 0, 0])], engine="manifold")
    ball.ray.intersects_any(np.zeros((1000, 3)), np.ones((1000, 3)))
    raise DatagenError("OMP {}, OpenBLAS {}, OpenCV {}, new {}".format(*limits, threads() - before))


def threads() -> int:
    return len(os.listdir("/proc/self/task"))


FAULTS = {
    "report threads": _report_threads,
    "disk full": _fill_disk,
    "hang while writing": _hang_while_writing,
    "bug": _bug,
    "memory": _exhaust_memory,
    "segfault": lambda: ctypes.string_at(0),
    "killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
}


def files_of(directory: Path) -> dict[str, bytes]:
    """Every file below a folder, by its path there."""
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


if __name__ == "__main__":
    from fake_generation import Faulty as Importable

    import pinch_datagen.generate
    from pinch_datagen.cli import datagen

    # As in a terminal, also where the tests run in a background that ignores Ctrl-C, and children with it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    pinch_datagen.generate.generate_object = Importable(os.environ["FAULT"], os.environ["FAULT_AT"])
    sys.exit(datagen.main(sys.argv[1:]))
