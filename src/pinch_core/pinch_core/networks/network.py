# SPDX-License-Identifier: Apache-2.0
"""What every grasp-quality network shares: its inputs, their normalisation, its initialisation."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pinch_core.networks.errors import NetworkError

Float32 = NDArray[np.float32]
N = TypeVar("N", bound="QualityNetwork")


@dataclass(frozen=True)
class Normalization:
    """Mean and standard deviation of a network's inputs, over its training split.

    ``image_mean``, ``image_std`` [m]: of all pixels, as :meth:`QualityNetwork.pixels` gives them.
    ``pose_mean``, ``pose_std``: of each pose input, of which the first is the grasp's depth [m].
    """

    image_mean: float = 0.0
    image_std: float = 1.0
    pose_mean: tuple[float, ...] = (0.0,)
    pose_std: tuple[float, ...] = (1.0,)

    @classmethod
    def of(cls, images: Float32, depths: Float32) -> Normalization:
        """That of Float32[N, S, S] pixels and the Float32[N] depths of their grasps [m]."""
        return cls(
            float(images.mean(dtype=np.float64)),
            float(images.std(dtype=np.float64)),
            (float(depths.mean(dtype=np.float64)),),
            (float(depths.std(dtype=np.float64)),),
        )


class QualityNetwork(nn.Module, ABC):
    """Maps crops and depths to logits of failure and success.

    The softmax of the logits is the probability that the grasp fails (index 0) and succeeds (index 1).
    Normalisation is part of the network: it is given metres.

    Args:
        crop_size: side of the crops [px].
        pose_inputs: numbers given beside the crop, the first of them the depth.
        angles: closing axes scored at once, each with its two logits.
    """

    image_mean: Tensor
    image_std: Tensor
    pose_mean: Tensor
    pose_std: Tensor

    def __init__(self, crop_size: int, pose_inputs: int = 1, angles: int = 1) -> None:
        super().__init__()
        self.crop_size = crop_size
        self.pose_inputs = pose_inputs
        self.angles = angles
        self.register_buffer("image_mean", torch.zeros(()))
        self.register_buffer("image_std", torch.ones(()))
        self.register_buffer("pose_mean", torch.zeros(pose_inputs))
        self.register_buffer("pose_std", torch.ones(pose_inputs))

    @abstractmethod
    def forward(self, crops: Tensor, depths: Tensor) -> Tensor:
        """Logits [N, 2] of ``crops`` [N, 1, S, S] and ``depths`` [N, 1], both in metres.

        Crops are relative: their values are the depth of the scene minus that of the grasp.
        """

    def pixels(self, crops: Tensor, depths: Tensor) -> Tensor:
        """[N, 1, H, W] [m]: what mean and deviation are of, and what the first layer sees normalised."""
        return crops

    def for_inference(self: N) -> N:
        """A copy for inference with the same outputs, as fast as possible; not for training."""
        return copy.deepcopy(self).eval().requires_grad_(False)

    @property
    def normalization(self) -> Normalization:
        return Normalization(
            float(self.image_mean),
            float(self.image_std),
            tuple(self.pose_mean.tolist()),
            tuple(self.pose_std.tolist()),
        )

    def normalize_by(self, normalization: Normalization) -> None:
        """Set mean and standard deviation.

        Raises:
            NetworkError: another number of pose inputs, or a deviation that is not positive.
        """
        deviations = (normalization.image_std, *normalization.pose_std)
        if not len(normalization.pose_mean) == len(normalization.pose_std) == self.pose_inputs:
            raise NetworkError(
                f"the normalisation has {len(normalization.pose_mean)} pose means and "
                f"{len(normalization.pose_std)} deviations, but the network {self.pose_inputs} pose inputs; "
                "give one of each per input."
            )
        if not all(0.0 < deviation < np.inf for deviation in deviations):
            raise NetworkError(
                f"the normalisation has the standard deviations {deviations}; they must be positive, so "
                "give data that vary."
            )
        for name in ("image_mean", "image_std", "pose_mean", "pose_std"):
            buffer: Tensor = getattr(self, name)
            buffer.copy_(torch.tensor(getattr(normalization, name)))

    def initialize(self, generator: torch.Generator | None = None) -> None:
        """He initialisation of every layer: weights ~ N(0, 2 / fan-in), biases 0 (He et al. 2015).

        Layers on the meta device hold no values; they are left alone, because drawing values for them loads
        PyTorch's compiler, a second of CPU time.
        """
        for layer in self.modules():
            if isinstance(layer, (nn.Conv2d, nn.Linear)) and not layer.weight.is_meta:
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu", generator=generator)
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)


def check_scores_one_grasp(network: QualityNetwork) -> None:
    """Raise NetworkError unless the network gives one probability for a crop and a depth."""
    if network.angles != 1 or network.pose_inputs != 1:
        raise NetworkError(
            f"the network has {network.angles} angles and {network.pose_inputs} pose inputs, but a crop and "
            "a depth are scored one grasp at a time; use its fully convolutional form."
        )
