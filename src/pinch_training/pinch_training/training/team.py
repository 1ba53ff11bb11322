# SPDX-License-Identifier: Apache-2.0
"""Processes that train one network together, as ``torchrun`` starts them: one for each GPU, or on CPUs."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

from pinch_training.errors import TrainingError
from pinch_training.training.train_config import Device

A = TypeVar("A")
M = TypeVar("M", bound=nn.Module)
CPU = torch.device("cpu")


@dataclass(frozen=True)
class Team:
    """``size`` processes, of which this is number ``rank``, computing on ``device``; by default one alone."""

    device: torch.device = CPU
    rank: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        """Whether this is the process that writes files and speaks."""
        return self.rank == 0

    def with_shared_statistics(self, network: M) -> M:
        """The network with batch normalisation over the whole team's batch, which only CUDA has; on CPUs
        each process normalises its own part, and the first one's running statistics count.
        """
        if self.size == 1 or self.device.type != "cuda":
            return network
        converted: M = nn.SyncBatchNorm.convert_sync_batchnorm(network)  # type: ignore[no-untyped-call]
        return converted

    def averaging_gradients(self, network: nn.Module) -> nn.Module:
        """The network to call while training: its gradients are the mean over the team."""
        return network if self.size == 1 else DistributedDataParallel(network)

    def agree(self, tensors: Iterable[Tensor]) -> None:
        """Put the leading process's values into everybody's tensors."""
        if self.size > 1:
            for tensor in tensors:
                distributed.broadcast(tensor, src=0)

    def sum(self, values: Tensor) -> Tensor:
        """Elementwise over the team."""
        if self.size > 1:
            values = values.clone()
            distributed.all_reduce(values)
        return values

    def part(self, count: int) -> range:
        """Which of ``count`` things in a row are this process's; the parts are a partition."""
        return range(count * self.rank // self.size, count * (self.rank + 1) // self.size)

    def joined(self, array: NDArray[Any]) -> NDArray[Any]:
        """Every process's array, one after the other; inverse of taking :meth:`part`."""
        if self.size == 1:
            return array
        arrays: list[NDArray[Any] | None] = [None] * self.size
        distributed.all_gather_object(arrays, array)
        return np.concatenate([one for one in arrays if one is not None])

    def told(self, value: A) -> A:
        """What the leading process gave; the others' values are ignored."""
        if self.size == 1:
            return value
        values: list[A] = [value]
        distributed.broadcast_object_list(values, src=0)
        return values[0]


@contextmanager
def joined_team(device: Device) -> Iterator[Team]:
    """The team that torchrun's environment names, or a team of one.

    Raises:
        TrainingError: there is no CUDA device, or none for this process.
    """
    size, rank, local = (
        int(os.environ.get(name, default))
        for name, default in (("WORLD_SIZE", 1), ("RANK", 0), ("LOCAL_RANK", 0))
    )
    chosen = _device(device, local)
    if size == 1:
        yield Team(chosen)
        return
    if chosen.type == "cuda":
        torch.cuda.set_device(chosen)
    distributed.init_process_group("nccl" if chosen.type == "cuda" else "gloo")
    try:
        yield Team(chosen, rank, size)
    finally:
        distributed.destroy_process_group()


def _device(wanted: Device, local_rank: int) -> torch.device:
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if wanted == "cpu" or (wanted == "auto" and count == 0):
        return CPU
    if count == 0:
        raise TrainingError("device is 'cuda', but PyTorch finds no CUDA device; set it to 'cpu' or 'auto'.")
    if local_rank >= count:
        raise TrainingError(
            f"process {local_rank} of this machine has no CUDA device of its own, as there are {count}; "
            f"start torchrun with --nproc-per-node {count} or set device to 'cpu'."
        )
    return torch.device("cuda", local_rank)
