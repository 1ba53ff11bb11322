# SPDX-License-Identifier: Apache-2.0
"""The folder of a run: config, checkpoint, figures per epoch, curves, events, weights."""

from __future__ import annotations

import csv
import dataclasses
import io
from dataclasses import dataclass
from pathlib import Path

from pinch_core.atomic_file import write_file
from pinch_core.config import dump_yaml, load_yaml
from pinch_core.errors import ConfigError
from pinch_training.errors import RunFolderError
from pinch_training.training.checkpoint import Progress
from pinch_training.training.finetune_config import FinetuneConfig
from pinch_training.training.train_config import LearningConfig, TrainConfig
from pinch_training.training.watcher import EpochFigures


@dataclass(frozen=True)
class RunFolder:
    """Where everything of a run lies."""

    path: Path

    @property
    def config(self) -> Path:
        return self.path / "config.yaml"

    @property
    def checkpoint(self) -> Path:
        return self.path / "checkpoint.safetensors"

    @property
    def weights(self) -> Path:
        return self.path / "model.safetensors"

    @property
    def metrics(self) -> Path:
        return self.path / "metrics.csv"

    @property
    def curves(self) -> Path:
        return self.path / "curves.png"

    @property
    def events(self) -> Path:
        """Folder for TensorBoard."""
        return self.path / "tensorboard"

    def begin(self, config: LearningConfig, resume: bool) -> bool:
        """Make the folder, or look whether it holds a run of the same config; whether there is a checkpoint.

        Raises:
            RunFolderError: it holds something else.
            OutputError: it cannot be written.
        """
        if self.config.exists() and resume:
            if load_yaml(type(config), self.config) != config:
                raise RunFolderError(
                    f"{self.config} differs from the settings given; give those of the run that is resumed, "
                    "or another folder."
                )
            return self.checkpoint.exists()
        if self.path.exists() and any(self.path.iterdir()):
            raise RunFolderError(
                f"{self.path} is not empty; choose a new folder, or --resume the run that is there."
            )
        write_file(self.config, dump_yaml(config).encode())
        return False

    def learning_config(self) -> LearningConfig:
        """The config of the run that is there, of a training or a fine-tuning.

        Raises:
            ConfigError: there is none, or it is of neither.
        """
        try:
            return load_yaml(FinetuneConfig, self.config)
        except ConfigError:
            return load_yaml(TrainConfig, self.config)

    def write_figures(self, progress: Progress) -> None:
        """metrics.csv and curves.png, whole after every epoch."""
        text = io.StringIO()
        writer = csv.DictWriter(text, [field.name for field in dataclasses.fields(EpochFigures)])
        writer.writeheader()
        writer.writerows(dataclasses.asdict(figures) for figures in progress.history)
        write_file(self.metrics, text.getvalue().encode())
        write_file(self.curves, draw_curves(progress))


def draw_curves(progress: Progress) -> bytes:
    """A PNG: loss, average precision and accuracy over the epochs, the best one marked."""
    from matplotlib.figure import Figure

    from pinch_core.report.palette import BLUE, GREY, VERMILION
    from pinch_core.report.plots import add_legend, png, tidy

    history = progress.history
    epochs = [figures.epoch for figures in history]
    figure = Figure(figsize=(9.0, 3.6), layout="constrained")
    loss, quality = figure.subplots(1, 2)
    loss.plot(epochs, [f.train_loss for f in history], ".-", color=GREY, label="training")
    loss.plot(epochs, [f.validation_loss for f in history], ".-", color=BLUE, label="validation")
    loss.set(xlabel="epoch", ylabel="loss")
    quality.plot(epochs, [f.average_precision for f in history], ".-", color=BLUE, label="average precision")
    quality.plot(epochs, [f.accuracy for f in history], ".-", color=VERMILION, label="accuracy")
    quality.set(xlabel="epoch", ylabel="on the validation split", ylim=(0, 1))
    for axes in (loss, quality):
        if progress.best is not None:
            axes.axvline(progress.best.epoch, color=GREY, alpha=0.5, zorder=0, label="best")
        add_legend(axes)
        tidy(axes)
        axes.xaxis.get_major_locator().set_params(integer=True)
    return png(figure, dpi=110)
