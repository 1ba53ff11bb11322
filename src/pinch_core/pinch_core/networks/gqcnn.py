# SPDX-License-Identifier: Apache-2.0
"""The grasp-quality CNN of Dex-Net 2.0 and its successors."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from pinch_core.networks.architecture import Convolution, GqcnnArchitecture, LocalResponse
from pinch_core.networks.network import QualityNetwork


class GQCNN(QualityNetwork):
    """Any :class:`GqcnnArchitecture`.

    Layers: ``convolutions.0`` and on, ``image_fc``, ``pose_fc`` if there is a pose stream, ``merge_fc``
    (image features first), ``output_fc``. ``image_fc`` reads the last map row by row, its channels side by
    side (NHWC), as published weights do.

    Args:
        dropout: share of the image and merged features dropped while training.
    """

    def __init__(self, architecture: GqcnnArchitecture, dropout: float = 0.0) -> None:
        super().__init__(architecture.crop_size, architecture.pose_inputs, architecture.angles)
        self.architecture = architecture
        channels = [1, *(layer.channels for layer in architecture.convolutions)]
        self.convolutions = nn.ModuleList(
            nn.Conv2d(channels[i], layer.channels, layer.kernel, padding=layer.kernel // 2 * layer.same)
            for i, layer in enumerate(architecture.convolutions)
        )
        a = architecture
        self.image_fc = nn.Linear(a.map_size**2 * channels[-1], a.image_features)
        self.pose_fc = nn.Linear(a.pose_inputs, a.pose_features) if a.pose_features else None
        self.merge_fc = nn.Linear(a.image_features + a.pose_features, a.merge_features)
        self.output_fc = nn.Linear(a.merge_features, 2 * a.angles)
        self.dropout = nn.Dropout(dropout)
        self.initialize()

    def forward(self, crops: Tensor, depths: Tensor) -> Tensor:
        """Logits [N, 2 * angles]; those of angle k at 2k (failure) and 2k + 1 (success).

        Args:
            crops: [N, 1, S, S] [m], relative to the grasps.
            depths: [N, pose inputs], the first the depth of the grasp [m].
        """
        maps = self.image_maps(crops, depths)
        features = functional.relu(self.image_fc(maps.permute(0, 2, 3, 1).flatten(1)))
        features = self.dropout(features)
        if self.pose_fc is not None:
            features = torch.cat([features, self.pose_vector(depths)], 1)
        merged: Tensor = functional.relu(self.merge_fc(features))
        logits: Tensor = self.output_fc(self.dropout(merged))
        return logits

    def pixels(self, crops: Tensor, depths: Tensor) -> Tensor:
        """As the network was trained: relative, or with the depth from the camera."""
        return crops if self.architecture.depth_in_image else crops + depths[:, :1, None, None]

    def image_maps(self, crops: Tensor, depths: Tensor) -> Tensor:
        """[N, channels, h, w]: the last map of the image stream; ``crops`` of any size."""
        maps = (self.pixels(crops, depths) - self.image_mean) / self.image_std
        for convolution, layer in zip(self.convolutions, self.architecture.convolutions, strict=True):
            maps = _after(functional.relu(convolution(maps)), layer)
        return maps

    def pose_vector(self, depths: Tensor) -> Tensor:
        """[N, pose features] of [N, pose inputs], for networks with a pose stream."""
        assert self.pose_fc is not None
        return functional.relu(self.pose_fc((depths - self.pose_mean) / self.pose_std))


def _after(maps: Tensor, layer: Convolution) -> Tensor:
    if layer.pool > 1:
        maps = functional.max_pool2d(maps, layer.pool, ceil_mode=True)
    return maps if layer.normalization is None else local_response(maps, layer.normalization)


def local_response(maps: Tensor, form: LocalResponse) -> Tensor:
    """[N, C, h, w], each channel divided by the activity of its neighbours."""
    window = 2 * form.radius + 1
    return functional.local_response_norm(maps, window, form.alpha * window, form.beta, form.bias)
