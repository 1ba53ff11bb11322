# SPDX-License-Identifier: Apache-2.0
"""Grasps scored on CUDA without the overhead of launching kernels one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from pinch_core.networks.network import QualityNetwork, check_scores_one_grasp
from pinch_core.networks.scoring import check_crops
from pinch_core.networks.torch_scoring import to_tensor

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

# Crops at once. A graph is of one size, and what it lacks to it is padding.
SIZES = (128, 1024)
# Warm-up runs before a graph is recorded, in which libraries choose algorithms and allocate workspaces.
WARM_UPS = 3


class CudaGraphQualityModel:
    """A network run by PyTorch, on CUDA as one recorded graph per batch size, convolutions in half precision.

    Not for several threads at once: they would share its buffers.

    **Not yet run on a GPU.** Its batches and padding are tested on the CPU, where nothing is recorded and all
    is float32; the test on CUDA runs if there is a GPU.

    Args:
        sizes: crops per batch, in ascending order.

    Raises:
        NetworkError: the network scores several angles at once, or needs more than a depth.
    """

    def __init__(self, network: QualityNetwork, device: torch.device, sizes: tuple[int, ...] = SIZES) -> None:
        check_scores_one_grasp(network)
        self.crop_size = network.crop_size
        self.engine = f"PyTorch on {device.type}, recorded graphs, half precision"
        prepared = network.for_inference().to(device)
        self._batches = {size: _FixedBatch(prepared, size, device) for size in sizes}

    def predict(self, crops: Float32, depths: Float32) -> Float64:
        check_crops(crops, depths, self.crop_size)
        quality = np.empty(len(crops))
        for part, size in padded_batches(len(crops), tuple(self._batches)):
            quality[part] = self._batches[size].predict(crops[part], depths[part])
        return quality


def padded_batches(count: int, sizes: tuple[int, ...]) -> Iterator[tuple[slice, int]]:
    """Parts of ``count`` rows in turn, each with the size of its batch: the least of ``sizes`` (rising) that
    holds all that is left, else the largest.
    """
    start = 0
    while start < count:
        size = next((size for size in sizes if size >= count - start), sizes[-1])
        stop = min(start + size, count)
        yield slice(start, stop), size
        start = stop


class _FixedBatch:
    """Buffers with fixed addresses, for a recorded graph.

    Rows beyond those given keep data of earlier batches, and are ignored.
    """

    def __init__(self, network: QualityNetwork, size: int, device: torch.device) -> None:
        self._network, self._half = network, device.type == "cuda"
        self._crops = torch.zeros(size, 1, network.crop_size, network.crop_size, device=device)
        self._depths = torch.zeros(size, 1, device=device)
        self._quality = torch.zeros(size, device=device)
        self._run = _recorded(self._compute) if device.type == "cuda" else self._compute

    def predict(self, crops: Float32, depths: Float32) -> Float32:
        count = len(crops)
        self._crops[:count, 0].copy_(to_tensor(crops))
        self._depths[:count, 0].copy_(to_tensor(depths))
        self._run()
        quality: Float32 = self._quality[:count].cpu().numpy()
        return quality

    def _compute(self) -> None:
        # Casts that autocast remembers would belong to the memory of whichever graph made them first.
        autocast = torch.autocast("cuda", torch.float16, enabled=self._half, cache_enabled=False)
        with torch.no_grad(), autocast:
            logits = self._network(self._crops, self._depths)
            self._quality.copy_(torch.softmax(logits.float(), 1)[:, 1])


def _recorded(compute: Callable[[], None]) -> Callable[[], None]:
    """Record the kernels that ``compute`` launches, for replay."""
    aside = torch.cuda.Stream()  # type: ignore[no-untyped-call]
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):
        for _ in range(WARM_UPS):
            compute()
    torch.cuda.current_stream().wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        compute()
    replay: Callable[[], None] = graph.replay
    return replay
