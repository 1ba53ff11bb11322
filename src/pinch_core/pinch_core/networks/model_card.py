# SPDX-License-Identifier: Apache-2.0
"""Model cards: what a network was trained on, how well it does, how to train it again. Stored in its file."""

from __future__ import annotations

import json
import re
from datetime import datetime

from pinch_core.config import configclass, setting, to_mapping
from pinch_core.errors import ConfigError
from pinch_core.networks.architecture import from_json


@configclass
class MeshSource:
    """Where objects came from, and under which licence."""

    name: str = setting(help="what made or published them")
    licence: str = setting(help="SPDX identifier, or the terms in words")
    objects: int = setting(help="objects of it in the dataset", lower=0)


@configclass
class SplitMetrics:
    """Metrics of the network on examples it was not trained on.

    All figures are shares in [0, 1]; None where unknown, for example the AP of a single class.
    """

    split: str = setting(help="which examples, such as 'held-out objects'")
    examples: int = setting(help="how many", lower=0)
    base_rate: float | None = setting(default=None, help="share of positives", lower=0.0, upper=1.0)
    average_precision: float | None = setting(
        default=None, help="area under precision over recall", lower=0, upper=1
    )
    roc_auc: float | None = setting(default=None, help="area under the ROC curve", lower=0, upper=1)
    accuracy: float | None = setting(default=None, help="accuracy at q > 0.5", lower=0, upper=1)
    balanced_accuracy: float | None = setting(
        default=None, help="mean recall of both classes", lower=0, upper=1
    )
    precision_at_half: float | None = setting(default=None, help="precision at q > 0.5", lower=0, upper=1)
    ece: float | None = setting(default=None, help="expected calibration error", lower=0, upper=1)


@configclass
class ModelCard:
    """How a network came about.

    ``data_command`` with ``data_config`` in its file regenerates the dataset, ``train_config`` on it the
    network.
    """

    data_config: str = setting(help="config of the dataset as YAML, its seed included")
    data_command: str = setting(help="command that generates the dataset from that config")
    mesh_sources: tuple[MeshSource, ...] = setting(help="where its objects come from")
    gripper: str = setting(help="name of the gripper whose grasps were labelled")
    jaw_width: float = setting(help="largest opening of its jaws", unit="m", lower=0.0, upper=10.0)
    trained_depth_range: tuple[float, float] = setting(
        help="depths of the grasps it saw, nearest and farthest", unit="m", lower=0.0, upper=100.0
    )
    train_config: str = setting(help="config of the training as YAML, its seed included")
    objects: int = setting(help="objects in the dataset", lower=0)
    examples: int = setting(help="examples in the dataset", lower=0)
    metrics: tuple[SplitMetrics, ...] = setting(help="how well it does, split by split")
    seconds: float = setting(help="time of the training", unit="s", lower=0.0, upper=1e9)
    machine: str = setting(help="processor or accelerator, and how many")
    pinch_version: str = setting(help="version of pinch that trained it")
    date: str = setting(help="day of the training, ISO 8601")
    trained_focal_range: tuple[float, float] | None = setting(
        default=None, help="focal lengths of its cameras, where known", unit="px", lower=1.0, upper=1e5
    )
    trained_tilt_range: tuple[float, float] | None = setting(
        default=None,
        help="angles of its cameras from the vertical, where known",
        unit="rad",
        lower=0.0,
        upper=1.6,
    )
    gripper_type: str = setting(
        default="parallel_jaw", help="type of that gripper; files that do not say so are of parallel jaws"
    )
    parent: str = setting(default="", help="sha256 of the network it was fine-tuned from, empty for none")

    def __post_init__(self) -> None:
        nearest, farthest = self.trained_depth_range
        if nearest > farthest:
            raise ConfigError(
                f"ModelCard.trained_depth_range = ({nearest:g}, {farthest:g}) m is reversed; give the "
                "nearest depth first."
            )
        try:
            datetime.fromisoformat(self.date)
        except ValueError as error:
            raise ConfigError(
                f"ModelCard.date = '{self.date}' is no ISO 8601 date; give one such as 2026-01-31."
            ) from error
        if not re.fullmatch(r"([0-9a-f]{64})?", self.parent):
            raise ConfigError(
                f"ModelCard.parent = '{self.parent}' is no sha256; give the 64 hexadecimal digits of the "
                "network it was fine-tuned from, or nothing."
            )


def card_to_json(card: ModelCard) -> str:
    """A card as text; equal ones give equal text."""
    return json.dumps(to_mapping(card), allow_nan=False)


def card_from_json(text: str, where: str) -> ModelCard:
    """The card that :func:`card_to_json` wrote.

    Args:
        where: the file it comes from, for the message.

    Raises:
        ConfigError: not JSON, or an unknown, missing or impossible value.
    """
    return from_json(ModelCard, text, where)
