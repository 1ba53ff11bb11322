# SPDX-License-Identifier: Apache-2.0
"""Train a grasp-quality network on generated data."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import field
from pathlib import Path

from pinch_core.cli.settings import parse
from pinch_core.config import configclass, setting
from pinch_core.config_kinds import TRAINING
from pinch_training.training.train_config import TrainConfig


@configclass
class TrainOptions:
    """What to train on, and where to put it."""

    data: Path = setting(help="folder of a dataset: of pinch datagen, or the published Dex-Net 2.0")
    out: Path = setting(help="folder of the run: new or empty, unless --resume")
    config: str | None = setting(
        default=None, help="name in config/training, or a YAML file; instead of --train.*"
    )
    epochs: int | None = setting(default=None, help="short for --train.epochs", lower=1, upper=10_000)
    threads: int | None = setting(
        default=None, help="threads, by default one for each core", lower=1, upper=1024
    )
    resume: bool = setting(default=False, help="go on from the last checkpoint in --out")
    train: TrainConfig = field(default_factory=TrainConfig)


def main(argv: Sequence[str]) -> int:
    """``pinch train``, on its own or as one of the processes that ``torchrun`` starts."""
    options = parse(TrainOptions, argv, "pinch train", "Train a grasp-quality network on generated data.")
    from rich.console import Console  # here and below: --help and mistyped options answer without loading it

    from pinch_core.config import load_yaml
    from pinch_core.resources import find_config
    from pinch_datagen.dataset.dataset import Dataset
    from pinch_training.cli.display import showing
    from pinch_training.cli.metrics_text import metrics_text
    from pinch_training.cli.threads import use_threads
    from pinch_training.training.run_folder import RunFolder
    from pinch_training.training.team import joined_team
    from pinch_training.training.train import train

    config = options.train
    if options.config is not None:
        config = load_yaml(TrainConfig, find_config("training", options.config), TRAINING)
    if options.epochs is not None:
        config = dataclasses.replace(config, epochs=options.epochs)
    use_threads(options.threads)
    folder = RunFolder(options.out)
    with joined_team(config.device) as team:
        console = Console(stderr=True, quiet=not team.leads)
        dataset = Dataset.open(options.data)
        console.print(
            f"{options.data}: {len(dataset):,} examples, {dataset.labels().mean():.1%} positive",
            highlight=False,
            soft_wrap=True,
        )
        with showing(console, config.epochs) as watcher:
            trained = train(dataset, config, folder, resume=options.resume, team=team, watcher=watcher)
    if team.leads:
        best = trained.progress.best
        assert best is not None
        print(f"{folder.weights}: best of {len(trained.progress.history)} epochs is {best.epoch}")
        for metrics in trained.card.metrics:
            print(metrics_text(metrics))
    return 0
