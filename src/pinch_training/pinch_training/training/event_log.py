# SPDX-License-Identifier: Apache-2.0
"""Curves for TensorBoard: the loss of steps, the figures of epochs."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from types import TracebackType

from torch.utils.tensorboard import SummaryWriter

from pinch_training.training.watcher import EpochFigures, Step


class EventLog:
    """Appends to a folder; what an interrupted run logged after ``last_step`` is taken back."""

    def __init__(self, folder: Path, last_step: int) -> None:
        self._writer = SummaryWriter(str(folder), purge_step=last_step + 1)

    def __enter__(self) -> EventLog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()

    def step(self, step: Step) -> None:
        self._scalar("step/loss", step.loss, step.number)

    def epoch(self, figures: EpochFigures, last_step: int) -> None:
        """``last_step``: number of the epoch's last one."""
        for name, value in dataclasses.asdict(figures).items():
            if name != "epoch":
                self._scalar(f"epoch/{name}", value, last_step)

    def _scalar(self, name: str, value: float, step: int) -> None:
        self._writer.add_scalar(name, value, step)
