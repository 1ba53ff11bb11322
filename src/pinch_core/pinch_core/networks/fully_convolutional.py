# SPDX-License-Identifier: Apache-2.0
"""Fully convolutional grasp-quality CNNs: the answer for every crop of an image in one pass."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from pinch_core.networks.compact import CompactNetwork
from pinch_core.networks.errors import NetworkError
from pinch_core.networks.gqcnn import GQCNN


class FullyConvolutionalCompact(nn.Module):
    """The fully convolutional form of a CompactNetwork; cells, weights and ``forward`` as in
    :class:`FullyConvolutional`.

    Cells lie half of the network's own stride apart: what is computed before its second halving is shared by
    the four sublattices that this makes. So the map has even sides: a last odd row or column is left out.
    """

    stride = 2

    def __init__(self, network: CompactNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, crops: Tensor, depths: Tensor) -> Tensor:
        network, side = self.network, self.network.architecture.map_size
        maps = network.fine_maps(network.heights(crops))
        height, width = maps.shape[2] // 2 * 2 - 1, maps.shape[3] // 2 * 2 - 1
        maps = torch.cat([maps[:, :, i : i + height, j : j + width] for i in (0, 1) for j in (0, 1)])
        maps = network.coarse_maps(maps)
        weight = network.hidden.weight
        window = weight[:, :-1].view(len(weight), -1, side, side)
        maps = functional.conv2d(maps, window, network.hidden.bias)
        # The depth is the same everywhere, so its part of the hidden features is a constant offset.
        maps = maps + (network.scale(depths) @ weight[:, -1:].T)[:, :, None, None].repeat(4, 1, 1, 1)
        logits = _everywhere(functional.relu(maps), network.output.weight, network.output.bias)
        return _interleaved(logits)


def _interleaved(maps: Tensor) -> Tensor:
    """[N, C, 2h, 2w] of the four sublattices [4N, C, h, w], the one of rows i and columns j at [2i + j]."""
    count, (channels, height, width) = maps.shape[0] // 4, maps.shape[1:]
    apart = maps.view(2, 2, count, channels, height, width)
    return apart.permute(2, 3, 4, 0, 5, 1).reshape(count, channels, 2 * height, 2 * width)


class FullyConvolutional(nn.Module):
    """A GQCNN whose fully connected layers are convolutions (Satish et al. 2019).

    Cell (i, j) of the map is the network's answer for the crop with rows ``stride`` * i to ``stride`` * i +
    S - 1, columns likewise. Where the image is not a whole number of strides larger than the crop, one
    more row or column of cells sees crops that reach beyond it by less than a stride.

    Weights are shared with ``network``, so they are always the same.

    Raises:
        NetworkError: the answer for a crop cannot be had from the image, because padding inside the crop
            (SAME convolutions, pools of odd maps) stands where the image has pixels.
    """

    def __init__(self, network: GQCNN) -> None:
        super().__init__()
        size = network.crop_size
        for number, layer in enumerate(network.architecture.convolutions, 1):
            if layer.same and layer.kernel > 1:
                raise NetworkError(
                    f"convolution {number} of the network pads crops with zeros (SAME), where an image has "
                    "pixels, so its fully convolutional form would answer differently; train one with VALID "
                    "padding."
                )
            size = size if layer.same else size - layer.kernel + 1
            if size % layer.pool:
                raise NetworkError(
                    f"the pool after convolution {number} of the network meets an odd map of {size} px in a "
                    "crop, but not in an image, so its fully convolutional form would answer differently; "
                    "change the crop size."
                )
            size //= layer.pool
        self.network = network
        self.stride = math.prod(layer.pool for layer in network.architecture.convolutions)

    def forward(self, crops: Tensor, depths: Tensor) -> Tensor:
        """Logits [N, 2 * angles, h, w], channels as in :meth:`GQCNN.forward`.

        Args:
            crops: [N, 1, H, W] [m], images relative to the grasps.
            depths: [N, pose inputs].
        """
        network, architecture = self.network, self.network.architecture
        side, features = architecture.map_size, architecture.image_features
        maps = network.image_maps(crops, depths)
        window = network.image_fc.weight.view(features, side, side, -1).permute(0, 3, 1, 2)
        maps = functional.relu(functional.conv2d(maps, window, network.image_fc.bias))
        weight = network.merge_fc.weight
        merged = _everywhere(maps, weight[:, :features], network.merge_fc.bias)
        if network.pose_fc is not None:
            # The pose is the same everywhere, so its part of the merged features is a constant offset.
            merged = merged + (network.pose_vector(depths) @ weight[:, features:].T)[:, :, None, None]
        return _everywhere(functional.relu(merged), network.output_fc.weight, network.output_fc.bias)

    def quality(self, crops: Tensor, depths: Tensor) -> Tensor:
        """[N, angles, h, w] in [0, 1]: the probability of success."""
        logits: Tensor = self(crops, depths)
        return torch.softmax(torch.stack([logits[:, 0::2], logits[:, 1::2]]), 0)[1]


def _everywhere(maps: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """A fully connected layer at every cell."""
    return functional.conv2d(maps, weight[:, :, None, None], bias)
