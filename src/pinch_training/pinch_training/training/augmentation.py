# SPDX-License-Identifier: Apache-2.0
"""Noise and mirror images, drawn anew whenever a crop is shown; vectorised, on the device of the crops."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from pinch_training.training.train_config import AugmentationConfig


def augment(crops: Tensor, depths: Tensor, config: AugmentationConfig, generator: torch.Generator) -> Tensor:
    """Float32[N, 1, S, S] [m]: the crops with the sensor noise of the paper, mirrored at random.

    The noise scales the depth from the camera: the grasp's, ``depths`` Float32[N, 1] [m], and the crop's.

    A gripper is the same after a mirror image along or across its closing axis. A crop of even size is
    mirrored about its middle pixel, where the grasp is: its first row and column have no mirror image and are
    repeated.
    """
    count, size, device = len(crops), crops.shape[-1], crops.device
    if config.flips:
        across, along = torch.rand((2, count), generator=generator, device=device) < 0.5
        crops = torch.where(across[:, None, None, None], _mirrored(crops, -2), crops)
        crops = torch.where(along[:, None, None, None], _mirrored(crops, -1), crops)
    # A Gamma distribution of this shape is normal for all purposes.
    error = torch.randn((count, 1, 1, 1), generator=generator, device=device) * config.gamma_shape**-0.5
    crops = torch.addcmul(crops, crops + depths[:, :, None, None], error)
    if config.gaussian_process_sigma > 0:
        spacing = config.gaussian_process_nodes * size // 32
        nodes = -(-size // spacing)
        coarse = torch.randn((count, 1, nodes, nodes), generator=generator, device=device)
        noise = functional.interpolate(
            coarse, scale_factor=float(spacing), mode="bicubic", align_corners=False
        )
        crops = crops + config.gaussian_process_sigma * noise[..., :size, :size]
    return crops


def _mirrored(images: Tensor, axis: int) -> Tensor:
    size = images.shape[axis]
    index = (size // 2 * 2 - torch.arange(size, device=images.device)).clamp(max=size - 1)
    return images.index_select(axis, index)
