# SPDX-License-Identifier: Apache-2.0
"""The whole state of a run after an epoch: a resumed run is the same as one that was never interrupted.

Random streams are made anew for each epoch, so none is kept.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from pinch_core.atomic_file import write_file
from pinch_training.errors import DamagedCheckpointError
from pinch_training.training.epoch import Learning
from pinch_training.training.watcher import EpochFigures


@dataclass(frozen=True)
class Progress:
    """Epochs done, and which one was best."""

    history: tuple[EpochFigures, ...] = ()

    @property
    def best(self) -> EpochFigures | None:
        """The epoch with the lowest loss on the validation split."""
        return min(self.history, key=lambda figures: figures.validation_loss, default=None)

    @property
    def epochs_since_best(self) -> int:
        """Epochs after the best one."""
        return 0 if self.best is None else self.history[-1].epoch - self.best.epoch

    @property
    def seconds(self) -> float:
        """Spent on learning in all epochs."""
        return sum(figures.seconds for figures in self.history)


def save_checkpoint(path: Path, learning: Learning, progress: Progress) -> None:
    """Replace the checkpoint; there is always a whole one.

    Raises:
        OutputError: it cannot be written.
    """
    optimizer = learning.optimizer.state_dict()
    tensors = {f"network.{name}": value for name, value in learning.network.state_dict().items()}
    for parameter, state in optimizer["state"].items():
        for name, value in state.items():
            if value is not None:
                tensors[f"optimizer.{parameter}.{name}"] = torch.as_tensor(value)
    metadata = {
        "progress": json.dumps([dataclasses.asdict(figures) for figures in progress.history]),
        "groups": json.dumps(optimizer["param_groups"]),
        "schedule": json.dumps(_plain(learning.schedule.state_dict())),
    }
    content = save({name: value.clone().contiguous() for name, value in tensors.items()}, metadata)
    write_file(path, content)


def load_checkpoint(path: Path, learning: Learning) -> Progress:
    """Put the state of a checkpoint into a run that was set up in the same way.

    Raises:
        DamagedCheckpointError: the file is no checkpoint of such a run.
    """
    try:
        with safe_open(path, framework="pt") as archive:
            metadata = archive.metadata()
            tensors = {name: archive.get_tensor(name) for name in archive.keys()}  # noqa: SIM118
        learning.network.load_state_dict(_below("network.", tensors))
        learning.optimizer.load_state_dict(
            {"state": _optimizer_state(tensors), "param_groups": json.loads(metadata["groups"])}
        )
        learning.schedule.load_state_dict(json.loads(metadata["schedule"]))
        return Progress(tuple(EpochFigures(**figures) for figures in json.loads(metadata["progress"])))
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise DamagedCheckpointError(
            f"{path} is no checkpoint of this run ({' '.join(str(error).split())[:200]}); delete it to "
            "start anew.",
            path,
        ) from error


def _below(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def _optimizer_state(tensors: dict[str, Tensor]) -> dict[int, dict[str, Tensor]]:
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in _below("optimizer.", tensors).items():
        parameter, _, key = name.partition(".")
        state.setdefault(int(parameter), {})[key] = value
    return state


def _plain(state: dict[str, Any]) -> dict[str, Any]:
    """What of a schedule's state is numbers: the rest is made by its constructor."""
    return {key: value for key, value in state.items() if isinstance(value, (int, float, bool, list))}
