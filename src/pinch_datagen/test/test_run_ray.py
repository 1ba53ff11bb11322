# SPDX-License-Identifier: Apache-2.0
"""A cluster of two nodes on this machine, reachable from nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from fake_generation import GRIPPER, Faulty, InProcess, files_of, generate

from pinch_core.errors import OutputError
from pinch_datagen.datagen_config import DatagenConfig
from pinch_datagen.errors import DatagenError
from pinch_datagen.object_ref import list_objects
from pinch_datagen.run.executor import Executor, RayCluster
from pinch_datagen.run.generation import run_generation
from pinch_datagen.run.work import Generate
from pinch_datagen.testing import local_ray_cluster

REFS = list_objects(7, ())
CONFIG = DatagenConfig(seed=3, procedural_count=7)
RUN_TIMEOUT_S = 120


def run(directory: Path, executor: Executor, generate: Generate = generate, *, resume: bool = False) -> None:
    run_generation(directory, CONFIG, GRIPPER, REFS, executor, generate, resume=resume)


def run_on_cluster(
    directory: Path, address: str, generate: Generate = generate, limit: int | None = None
) -> None:
    """In a process of its own, as a user's run is: Ray's connection may hang in one that did much else."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        arguments = (directory, CONFIG, GRIPPER, REFS, RayCluster(address, limit), generate)
        pool.submit(run_generation, *arguments).result(timeout=RUN_TIMEOUT_S)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with local_ray_cluster(2, Path(__file__).parent) as found:
        yield found


def test_a_cluster_gives_the_same_bytes_as_this_process(address: str, tmp_path: Path) -> None:
    run(tmp_path / "here", InProcess())
    run_on_cluster(tmp_path / "cluster", address)
    assert files_of(tmp_path / "cluster") == files_of(tmp_path / "here")


def test_a_full_disk_on_a_node_ends_the_run_and_it_resumes(address: str, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"No space left on device\); free space on its disk"):
        run_on_cluster(tmp_path / "data", address, Faulty("disk full", REFS[3].name))
    run(tmp_path / "data", InProcess(), resume=True)
    run(tmp_path / "whole", InProcess())
    assert files_of(tmp_path / "data") == files_of(tmp_path / "whole")


def test_the_death_of_a_worker_on_a_node_ends_the_run_and_names_the_object(
    address: str, tmp_path: Path
) -> None:
    with pytest.raises(DatagenError, match=f"the cluster lost object '{REFS[3].name}' .*--resume finishes"):
        run_on_cluster(tmp_path / "data", address, Faulty("killed", REFS[3].name), limit=2)


@pytest.mark.parametrize("address", ["127.0.0.1:1", "nonsense", "ray://127.0.0.1:1"])
def test_an_address_where_no_cluster_answers_is_named(tmp_path: Path, address: str) -> None:
    with pytest.raises(DatagenError, match=f"no Ray cluster answers at '{address}' "):
        run_on_cluster(tmp_path / "data", address)
