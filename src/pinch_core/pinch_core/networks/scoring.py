# SPDX-License-Identifier: Apache-2.0
"""Probability of success of many grasps at once, from their crops."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from pinch_core.errors import InvalidDepthError
from pinch_core.networks.errors import NetworkError
from pinch_core.networks.network import QualityNetwork

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

# Crops at once: what a CPU's cache holds, and what keeps a GPU busy.
CPU_BATCH = 100
CUDA_BATCH = 4096


class QualityModel(Protocol):
    """A trained network, whatever runs it."""

    @property
    def crop_size(self) -> int:
        """Side of the crops it was trained on [px]."""
        ...

    @property
    def engine(self) -> str:
        """What runs it, in words."""
        ...

    def predict(self, images: Float32, depths: Float32) -> Float64:
        """Float64[N] in [0, 1]: the probability that each grasp succeeds.

        Args:
            images: Float32[N, S, S], crops aligned with the grasps [m].
            depths: Float32[N], of the grasps [m].

        Raises:
            NetworkError: crops of another size than the network's.
            InvalidDepthError: a pixel or depth is not finite.
        """
        ...


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

    def predict(self, images: Float32, depths: Float32) -> Float64:
        check_crops(images, depths, self.crop_size)
        quality = np.empty(len(images))
        cuda = self._device.type == "cuda"
        batch = CUDA_BATCH if cuda else CPU_BATCH
        # Depths are subtracted and normalised in float32 under autocast: float16 would round them to 0.5 mm.
        with (
            _torch_threads(self._threads),
            torch.inference_mode(),
            torch.autocast("cuda", torch.float16, enabled=cuda),
        ):
            for start in range(0, len(images), batch):
                part = slice(start, start + batch)
                crops = to_tensor(images[part]).to(self._device)[:, None]
                logits = self._network(crops, to_tensor(depths[part]).to(self._device)[:, None])
                quality[part] = torch.softmax(logits.float(), 1)[:, 1].cpu().numpy()
        return quality


def cpu_threads(threads: int) -> int:
    """That many, or for 0 one for each core that this process may use."""
    return threads or len(os.sched_getaffinity(0))


def to_tensor(values: Float32) -> torch.Tensor:
    """A tensor of any array: also of mirrored, transposed and memory-mapped ones, which are copied."""
    return torch.from_numpy(np.require(values, np.float32, ("C", "W")))


def check_scores_one_grasp(network: QualityNetwork) -> None:
    """Raise NetworkError unless the network gives one probability for a crop and a depth."""
    if network.angles != 1 or network.pose_inputs != 1:
        raise NetworkError(
            f"the network has {network.angles} angles and {network.pose_inputs} pose inputs, but a crop and "
            "a depth are scored one grasp at a time; use its fully convolutional form."
        )


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


def check_crops(images: Float32, depths: Float32, crop_size: int) -> None:
    """Raise what :meth:`QualityModel.predict` says unless these are finite crops of that size."""
    if images.shape != (len(depths), crop_size, crop_size) or depths.ndim != 1:
        raise NetworkError(
            f"the crops have the shape {images.shape} and their depths {depths.shape}, but the network needs "
            f"({len(depths)}, {crop_size}, {crop_size}) and ({len(depths)},); cut crops of its size."
        )
    if not (np.isfinite(images).all() and np.isfinite(depths).all()):
        count = int((~np.isfinite(images).all((1, 2)) | ~np.isfinite(depths)).sum())
        raise InvalidDepthError(
            f"{count} of {len(images)} crops hold pixels or depths that are not finite; fill holes in the "
            "depth image first."
        )
