# SPDX-License-Identifier: Apache-2.0
"""Fit a trained network to another gripper or camera, or to recorded attempts."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Sequence
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from pinch_core.cli.settings import parse
from pinch_core.config import configclass, setting
from pinch_core.config_kinds import TRAINING
from pinch_core.depth_format import DepthFormat
from pinch_core.errors import ConfigError
from pinch_training.attempts.topics import AttemptTopics
from pinch_training.training.finetune_config import FinetuneConfig

if TYPE_CHECKING:
    from rich.console import Console

    from pinch_training.training.finetune import Finetuned
    from pinch_training.training.parent import Parent
    from pinch_training.training.team import Team

# `from` cannot name a field.
FROM, PARENT = "--from", "--parent"


@configclass
class FinetuneOptions:
    """What to start from, what to learn from, and where to put it."""

    parent: Path = setting(
        help="network to start from: name of a shipped one, or a file; --from means the same"
    )
    out: Path = setting(help="folder of the run: new or empty, unless --resume")
    data: Path | None = setting(default=None, help="folder of a dataset, of pinch datagen")
    attempts: Path | None = setting(
        default=None, help="recorded attempts instead: a CSV file, or a ROS 2 bag"
    )
    gripper: str | None = setting(
        default=None,
        help="that made the attempts: name in config/grippers, or a YAML file; by default the parent's",
    )
    config: str | None = setting(
        default=None, help="name in config/training, or a YAML file; instead of --finetune.*"
    )
    frozen: bool = setting(default=False, help="short for --finetune.frozen")
    epochs: int | None = setting(default=None, help="short for --finetune.epochs", lower=1, upper=10_000)
    threads: int | None = setting(
        default=None, help="threads, by default one for each core", lower=1, upper=1024
    )
    resume: bool = setting(default=False, help="go on from the last checkpoint in --out, with --data")
    topics: AttemptTopics = field(default_factory=AttemptTopics)
    depth_format: DepthFormat = field(default_factory=DepthFormat)
    finetune: FinetuneConfig = field(default_factory=FinetuneConfig)

    def __post_init__(self) -> None:
        if (self.data is None) == (self.attempts is None):
            raise ConfigError(
                "pinch finetune learns from --data or from --attempts; give exactly one of them."
            )
        if self.attempts is not None and self.resume:
            raise ConfigError(
                "pinch finetune --attempts has no checkpoints to --resume from; give a new --out."
            )
        if self.data is not None and self.gripper is not None:
            raise ConfigError(
                "pinch finetune --data knows the gripper from the dataset; leave --gripper out."
            )


def main(argv: Sequence[str]) -> int:
    """``pinch finetune``, with ``--data`` also as one of the processes that ``torchrun`` starts."""
    options = parse(
        FinetuneOptions,
        [argument.replace(FROM, PARENT, 1) if _is_from(argument) else argument for argument in argv],
        "pinch finetune",
        (__doc__ or "").strip(),
    )
    from rich.console import Console  # here and below: --help and mistyped options answer without loading it

    from pinch_core.config import load_yaml
    from pinch_core.networks.pretrained import find_network
    from pinch_core.resources import find_config
    from pinch_training.cli.metrics_text import metrics_text
    from pinch_training.cli.threads import use_threads
    from pinch_training.training.parent import Parent
    from pinch_training.training.team import joined_team

    config = options.finetune
    if options.config is not None:
        config = load_yaml(FinetuneConfig, find_config("training", options.config), TRAINING)
    config = dataclasses.replace(
        config, frozen=config.frozen or options.frozen, epochs=options.epochs or config.epochs
    )
    use_threads(options.threads)
    with joined_team(config.device) as team:
        console = Console(stderr=True, quiet=not team.leads)
        parent = Parent.load(find_network(options.parent))
        learn = _on_data if options.attempts is None else _on_attempts
        finetuned = learn(options, config, parent, team, console)
    if team.leads:
        kept = f"after {finetuned.epochs} of {config.epochs} epochs"
        if finetuned.epochs == 0:
            kept = "the parent with its odds calibrated, as no training was clearly better"
        print(f"{options.out / 'model.safetensors'}: {kept}")
        for before, after in zip(finetuned.parent_metrics, finetuned.card.metrics, strict=True):
            print(f"before: {metrics_text(before)}")
            print(f"after: {metrics_text(after)}")
    return 0


def _is_from(argument: str) -> bool:
    return argument == FROM or argument.startswith(f"{FROM}=")


def _on_data(
    options: FinetuneOptions, config: FinetuneConfig, parent: Parent, team: Team, console: Console
) -> Finetuned:
    from pinch_datagen.dataset.dataset import Dataset
    from pinch_training.cli.display import showing
    from pinch_training.training.finetune import finetune
    from pinch_training.training.run_folder import RunFolder

    assert options.data is not None
    dataset = Dataset.open(options.data)
    with showing(console, config.epochs) as watcher:
        return finetune(
            parent,
            dataset,
            config,
            RunFolder(options.out),
            resume=options.resume,
            team=team,
            watcher=watcher,
        )


def _on_attempts(
    options: FinetuneOptions, config: FinetuneConfig, parent: Parent, team: Team, console: Console
) -> Finetuned:
    from pinch_core.resources import load_gripper
    from pinch_training.attempts.read import read_attempts
    from pinch_training.cli.display import showing
    from pinch_training.training.finetune_on_attempts import finetune_on_attempts, lengths
    from pinch_training.training.run_folder import RunFolder

    assert options.attempts is not None
    attempts = read_attempts(options.attempts, parent.network.crop_size, options.topics, options.depth_format)
    for note in attempts.notes:
        print(f"warning: {note}", file=sys.stderr)
    print(
        f"{options.attempts}: {len(attempts):,} attempts, {attempts.successes.mean():.1%} succeeded",
        file=sys.stderr,
    )
    gripper = None if options.gripper is None else load_gripper(options.gripper)
    epochs = sum(lengths(config.epochs)) * config.folds + config.epochs
    with showing(console, epochs) as watcher:
        return finetune_on_attempts(
            parent, attempts, gripper, config, RunFolder(options.out), team=team, watcher=watcher
        )
