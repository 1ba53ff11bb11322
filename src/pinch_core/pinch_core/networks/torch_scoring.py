# SPDX-License-Identifier: Apache-2.0
"""Grasps scored by PyTorch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray

from pinch_core.networks.network import QualityNetwork, check_scores_one_grasp
from pinch_core.networks.scoring import CPU_BATCH, check_crops

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

# Crops at once that keep a GPU busy.
CUDA_BATCH = 4096


class TorchQualityModel:
    """A network run by PyTorch; on CUDA, convolutions in half precision.

    Args:
        threads: of the CPU, 0 for as many as PyTorch is set to use.

    Raises:
        NetworkError: the network scores several angles at once, or needs more than a depth.
    """

    def __init__(self, network: QualityNetwork, device: torch.device | None = None, threads: int = 0) -> None:
        check_scores_one_grasp(network)
        self._device = device or torch.device("cpu")
        self._threads = threads
        self._network = network.for_inference().to(self._device)
        self.engine = f"PyTorch on {self._device.type}"

    @property
    def crop_size(self) -> int:
        return self._network.crop_size

    def predict(self, crops: Float32, depths: Float32) -> Float64:
        check_crops(crops, depths, self.crop_size)
        quality = np.empty(len(crops))
        cuda = self._device.type == "cuda"
        batch = CUDA_BATCH if cuda else CPU_BATCH
        # Depths are subtracted and normalised in float32 under autocast: float16 would round them to 0.5 mm.
        with (
            _torch_threads(self._threads),
            torch.inference_mode(),
            torch.autocast("cuda", torch.float16, enabled=cuda),
        ):
            for start in range(0, len(crops), batch):
                part = slice(start, start + batch)
                here = to_tensor(crops[part]).to(self._device)[:, None]
                logits = self._network(here, to_tensor(depths[part]).to(self._device)[:, None])
                quality[part] = torch.softmax(logits.float(), 1)[:, 1].cpu().numpy()
        return quality


def to_tensor(values: Float32) -> torch.Tensor:
    """A tensor of any array: also of mirrored, transposed and memory-mapped ones, which are copied."""
    return torch.from_numpy(np.require(values, np.float32, ("C", "W")))


@contextmanager
def _torch_threads(threads: int) -> Iterator[None]:
    before = torch.get_num_threads()
    if threads in (0, before):
        yield
        return
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)
