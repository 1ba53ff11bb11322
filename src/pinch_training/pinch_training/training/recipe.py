# SPDX-License-Identifier: Apache-2.0
"""Networks by name, and the optimiser and schedule of a recipe."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from torch import nn
from torch.optim import SGD, AdamW, Optimizer
from torch.optim.lr_scheduler import LambdaLR, LRScheduler, OneCycleLR

from pinch_core.errors import UnknownNameError
from pinch_core.networks.architecture import GQCNN_2_PAPER, GQCNN_2_RELEASED, GQCNN_4_PJ
from pinch_core.networks.compact import CompactNetwork
from pinch_core.networks.gqcnn import GQCNN
from pinch_core.networks.weights import Network
from pinch_training.training.train_config import OptimizerConfig, TrainConfig

NETWORKS: Mapping[str, Callable[[TrainConfig], Network]] = MappingProxyType(
    {
        "compact": lambda config: CompactNetwork(config.compact),
        "gqcnn_2_paper": lambda _: GQCNN(GQCNN_2_PAPER),
        "gqcnn_2_released": lambda _: GQCNN(GQCNN_2_RELEASED),
        "gqcnn_4_pj": lambda _: GQCNN(GQCNN_4_PJ),
    }
)


def make_network(config: TrainConfig) -> Network:
    """The network of a recipe, with new weights.

    Raises:
        UnknownNameError: there is none of that name.
    """
    if config.network not in NETWORKS:
        raise UnknownNameError(f"'{config.network}' is not a network; known: {', '.join(NETWORKS)}.")
    return NETWORKS[config.network](config)


def make_optimizer(
    network: nn.Module, config: OptimizerConfig, steps_per_epoch: int, epochs: int
) -> tuple[Optimizer, LRScheduler]:
    """Optimiser of all parameters that are not frozen, and schedule, which is stepped after every batch."""
    parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
    if config.adaptive:
        optimizer: Optimizer = AdamW(parameters, config.learning_rate, weight_decay=config.weight_decay)
        return optimizer, OneCycleLR(
            optimizer, config.learning_rate, total_steps=steps_per_epoch * epochs + 1
        )
    optimizer = SGD(parameters, config.learning_rate, momentum=0.9, weight_decay=config.weight_decay)
    interval = max(1, round(config.decay_epochs * steps_per_epoch))
    return optimizer, LambdaLR(optimizer, lambda step: config.decay ** (step // interval))
