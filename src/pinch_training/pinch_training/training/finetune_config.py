# SPDX-License-Identifier: Apache-2.0
"""How a trained network is fitted to another gripper, camera or robot."""

from __future__ import annotations

from dataclasses import dataclass, field

from pinch_core.config import setting
from pinch_training.training.train_config import AugmentationConfig, LearningConfig, OptimizerConfig

# Few examples are learned in small batches, so that an epoch still has this many steps.
STEPS_AN_EPOCH, SMALLEST_BATCH = 16, 8


@dataclass(frozen=True)
class GentleOptimizerConfig(OptimizerConfig):
    """At half the rate of a training from scratch."""

    learning_rate: float = setting(default=2e-3, help="largest rate", lower=1e-7, upper=10.0)


@dataclass(frozen=True)
class MildAugmentationConfig(AugmentationConfig):
    """Noise of a good camera: recorded images bring their own."""

    gamma_shape: float = setting(
        default=1e5,
        help="shape of the Gamma distribution of the depth's scale; its mean is 1",
        lower=1.0,
        upper=1e9,
    )
    gaussian_process_sigma: float = setting(
        default=0.002,
        unit="m",
        help="standard deviation of the noise that neighbours share",
        lower=0.0,
        upper=0.1,
    )


@dataclass(frozen=True)
class FinetuneConfig(LearningConfig):
    """Recipe of fine-tuning, for hundreds of attempts or a whole dataset."""

    batch: int = setting(
        default=256,
        help="examples of a step, of all processes together; fewer where an epoch would have too few steps",
        lower=2,
        upper=65_536,
    )
    frozen: bool = setting(
        default=False, help="train the last two layers only, and hold the statistics of batch normalisation"
    )
    dropout: float = setting(
        default=0.2, help="fraction of the features dropped before the last layers", lower=0.0, upper=0.9
    )
    folds: int = setting(
        default=5,
        help="parts of recorded attempts, each held out in turn to choose the number of epochs",
        lower=2,
        upper=100,
    )
    augmentation: MildAugmentationConfig = field(default_factory=MildAugmentationConfig)
    optimizer: GentleOptimizerConfig = field(default_factory=GentleOptimizerConfig)

    def batch_for(self, examples: int) -> int:
        """Examples of a step, when there are so many in an epoch."""
        return min(self.batch, max(SMALLEST_BATCH, examples // STEPS_AN_EPOCH))
