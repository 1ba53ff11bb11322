# SPDX-License-Identifier: Apache-2.0
"""How a network is trained."""

from __future__ import annotations

import typing
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from pinch_core.config import configclass, setting
from pinch_core.errors import ConfigError
from pinch_core.networks.compact_architecture import CompactArchitecture

HeldOut: TypeAlias = Literal["object", "pose", "image"]
Precision: TypeAlias = Literal["float32", "bfloat16"]
Device: TypeAlias = Literal["auto", "cpu", "cuda"]


@configclass
class AugmentationConfig:
    """What is done to crops each time they are shown (Dex-Net 2.0, section IV), for today's depth cameras.

    The paper's values (1000 and 5 mm) are in config/training/paper.yaml. Its scale of the depth, 3 %, moves a
    scene at 0.7 m by 22 mm against the grasp, whose depth it leaves alone, and hides what the fingers touch.
    """

    flips: bool = setting(
        default=True, help="mirror along and across the closing axis, which is a half turn too"
    )
    gamma_shape: float = setting(
        default=1e6,
        help="shape of the Gamma distribution of the depth's scale; its mean is 1",
        lower=1.0,
        upper=1e9,
    )
    gaussian_process_sigma: float = setting(
        default=0.001,
        unit="m",
        help="standard deviation of the noise that neighbours share",
        lower=0.0,
        upper=0.1,
    )
    gaussian_process_nodes: int = setting(
        default=4,
        unit="px",
        help="distance of the nodes of that noise, in pixels of a 32 x 32 crop",
        lower=1,
        upper=32,
    )


@configclass
class OptimizerConfig:
    """Stochastic gradient descent with momentum (the paper), or AdamW with a one-cycle rate (the default)."""

    adaptive: bool = setting(
        default=True, help="AdamW with one cycle of the rate; else SGD with momentum 0.9"
    )
    learning_rate: float = setting(default=0.004, help="largest rate", lower=1e-7, upper=10.0)
    weight_decay: float = setting(default=5e-4, help="decay of weights", lower=0.0, upper=1.0)
    decay: float = setting(
        default=0.95, help="of the rate, with SGD, once per decay_epochs", lower=0.1, upper=1.0
    )
    decay_epochs: float = setting(
        default=0.66, help="epochs between decays, with SGD", lower=0.01, upper=100.0
    )


@configclass
class LearningConfig:
    """What training and fine-tuning have in common."""

    seed: int = setting(default=0, help="seed of everything random", lower=0, upper=2**63 - 1)
    epochs: int = setting(default=10, help="passes over the training split", lower=1, upper=10_000)
    batch: int = setting(
        default=256, help="examples of a step, of all processes together", lower=2, upper=65_536
    )
    split: HeldOut = setting(
        default="object", help="what the validation and test splits share none of with the training split"
    )
    validation_share: float = setting(
        default=0.1, help="fraction of these that is held out to choose the best epoch", lower=0.01, upper=0.9
    )
    test_share: float = setting(
        default=0.1, help="fraction of these that training never sees", lower=0.0, upper=0.9
    )
    balance: float = setting(
        default=0.5, help="weight of positives and negatives: 0 as they come, 1 equal", lower=0.0, upper=1.0
    )
    max_examples: int = setting(
        default=0,
        help="of the training split, drawn at random, for slow networks; 0: all",
        lower=0,
        upper=2**63 - 1,
    )
    max_held_out: int = setting(
        default=0, help="the same of the validation and of the test split", lower=0, upper=2**63 - 1
    )
    patience: int = setting(
        default=4, help="epochs without a better one before it ends", lower=1, upper=10_000
    )
    precision: Precision = setting(
        default="float32",
        help="of convolutions and linear layers; weights, depths and losses are always float32",
    )
    device: Device = setting(default="auto", help="auto: a CUDA device where there is one")
    augmentation: AugmentationConfig = field(default_factory=AugmentationConfig)
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)

    def __post_init__(self) -> None:
        for name, choices in (("split", HeldOut), ("precision", Precision), ("device", Device)):
            known = typing.get_args(choices)
            if getattr(self, name) not in known:
                raise ConfigError(
                    f"{type(self).__name__}.{name} = '{getattr(self, name)}' is not known; "
                    f"choose one of {', '.join(known)}."
                )
        if self.validation_share + self.test_share >= 1:
            raise ConfigError(
                f"{type(self).__name__}.validation_share + test_share = "
                f"{self.validation_share + self.test_share:g} leave nothing to train on; lower them."
            )

    def batch_for(self, examples: int) -> int:
        """Examples of a step, when there are so many in an epoch."""
        return self.batch


@dataclass(frozen=True)
class TrainConfig(LearningConfig):
    """Recipe of one training run."""

    network: str = setting(default="compact", help="compact, gqcnn_2_paper, gqcnn_2_released or gqcnn_4_pj")
    compact: CompactArchitecture = field(default_factory=CompactArchitecture)
