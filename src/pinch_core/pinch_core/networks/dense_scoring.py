# SPDX-License-Identifier: Apache-2.0
"""Every position of an image at many depths, scored in one forward pass."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pinch_core.networks.compact import CompactNetwork
from pinch_core.networks.errors import NetworkError
from pinch_core.networks.fully_convolutional import FullyConvolutional, FullyConvolutionalCompact
from pinch_core.networks.gqcnn import GQCNN
from pinch_core.networks.network import QualityNetwork, check_scores_one_grasp
from pinch_core.networks.torch_scoring import to_tensor

Float32 = NDArray[np.float32]


def fully_convolutional(network: QualityNetwork) -> FullyConvolutional | FullyConvolutionalCompact:
    """The fully convolutional form of a network.

    Raises:
        NetworkError: it has no exact fully convolutional form.
    """
    if isinstance(network, CompactNetwork):
        return FullyConvolutionalCompact(network)
    if isinstance(network, GQCNN):
        return FullyConvolutional(network)
    raise NetworkError(
        f"a {type(network).__name__} has no fully convolutional form; take a compact one or a GQ-CNN."
    )


class QualityMapModule(nn.Module):
    """Qualities [N, h, w] of ``images`` [N, H, W], relative to the grasps at ``depths`` [N].

    Raises:
        NetworkError: the network has no fully convolutional form, or scores several angles at once.
    """

    def __init__(self, network: QualityNetwork) -> None:
        check_scores_one_grasp(network)
        super().__init__()
        self.crop_size = network.crop_size
        self.slid = fully_convolutional(network.for_inference())

    @property
    def stride(self) -> int:
        return self.slid.stride

    def forward(self, images: Tensor, depths: Tensor) -> Tensor:
        return torch.softmax(self.slid(images[:, None], depths[:, None]).float(), 1)[:, 1]


class TorchDenseQualityModel:
    """A fully convolutional network run by PyTorch; on CUDA, convolutions in half precision.

    Raises:
        NetworkError: as :class:`QualityMapModule`.
    """

    def __init__(self, network: QualityNetwork, device: torch.device) -> None:
        self._device = device
        self._module = QualityMapModule(network).to(device).eval()
        self.crop_size, self.stride = self._module.crop_size, self._module.stride

    def predict_maps(self, images: Float32, depths: Float32) -> Float32:
        cuda = self._device.type == "cuda"
        with torch.inference_mode(), torch.autocast("cuda", torch.float16, enabled=cuda):
            maps = self._module(to_tensor(images).to(self._device), to_tensor(depths).to(self._device))
        return np.asarray(maps.cpu().numpy(), dtype=np.float32)
