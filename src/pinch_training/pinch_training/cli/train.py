# SPDX-License-Identifier: Apache-2.0
"""Train a grasp-quality network on generated data."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pinch_core.cli.settings import parse
from pinch_core.config import setting, validate
from pinch_training.training.train_config import TrainConfig

if TYPE_CHECKING:
    from pinch_training.training.checkpoint import EpochFigures


@dataclass(frozen=True)
class TrainOptions:
    """What to train on, and where to put it."""

    data: Path = setting(help="folder of a dataset: of pinch datagen, or the published Dex-Net 2.0")
    out: Path = setting(help="folder of the run: new or empty, unless --resume")
    config: str | None = setting(None, help="name in config/training, or a YAML file; instead of --train.*")
    epochs: int | None = setting(None, help="short for --train.epochs", lower=1, upper=10_000)
    threads: int | None = setting(None, help="threads, by default one for each core", lower=1, upper=1024)
    resume: bool = setting(False, help="go on from the last checkpoint in --out")
    train: TrainConfig = field(default_factory=TrainConfig)

    def __post_init__(self) -> None:
        validate(self)


def main(argv: Sequence[str]) -> int:
    """``pinch train``."""
    options = parse(TrainOptions, argv, "pinch train", "Train a grasp-quality network on generated data.")
    import torch  # here and below: --help and mistyped options answer without loading it
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from pinch_core.config import load_yaml
    from pinch_core.resources import find_config
    from pinch_datagen.dataset.dataset import Dataset
    from pinch_training.training.run_folder import RunFolder
    from pinch_training.training.train import train

    config = options.train
    if options.config is not None:
        config = load_yaml(TrainConfig, find_config("training", options.config))
    if options.epochs is not None:
        config = dataclasses.replace(config, epochs=options.epochs)
    torch.set_num_threads(options.threads or len(os.sched_getaffinity(0)))
    dataset = Dataset.open(options.data)
    folder = RunFolder(options.out)
    print(
        f"{options.data}: {len(dataset):,} examples, {dataset.labels().mean():.1%} positive", file=sys.stderr
    )
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=config.epochs * len(dataset))

        def show(figures: EpochFigures) -> None:
            bar.console.print(
                f"epoch {figures.epoch}: loss {figures.train_loss:.4f}, "
                f"validation {figures.validation_loss:.4f}, AP {figures.average_precision:.4f}, "
                f"accuracy {figures.accuracy:.4f}, {figures.examples_per_s:,.0f} examples/s",
                soft_wrap=True,
            )

        trained = train(
            dataset,
            config,
            folder,
            resume=options.resume,
            on_step=lambda epoch, count: bar.update(task, advance=count, description=f"epoch {epoch}"),
            on_epoch=show,
        )
    best = trained.progress.best
    assert best is not None
    print(
        f"{folder.weights}: best of {len(trained.progress.history)} epochs is {best.epoch}, "
        f"AP {best.average_precision:.4f}, accuracy {best.accuracy:.4f} "
        f"on {len(trained.splits.validation):,} examples"
    )
    return 0
