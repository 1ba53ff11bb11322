# SPDX-License-Identifier: Apache-2.0
"""Score networks on examples they were not trained on: figures, plots, worst mistakes, one HTML report."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pinch_core.cli.settings import parse
from pinch_core.config import configclass, setting
from pinch_core.errors import ConfigError

if TYPE_CHECKING:
    from pinch_datagen.dataset.dataset import Dataset
    from pinch_training.evaluation.predictions import Predictor
    from pinch_training.training.splits import Splits

# More help the baselines little, and take long.
BASELINE_EXAMPLES = 20_000


@configclass
class EvaluateOptions:
    """What to score, and on what."""

    models: tuple[Path, ...] = setting(help="networks: names of shipped ones, files, or folders of runs")
    data: Path = setting(help="folder of a dataset")
    out: Path = setting(help="folder of the report: new, or of an earlier report")
    split_of: Path | None = setting(
        default=None,
        help="folder of a run: score on what it held out of --data; else on all of it",
    )
    baselines: bool = setting(
        default=False, help="also train the paper's ML-RF and ML-SVM on the training split of that run"
    )
    seed: int = setting(
        default=0, help="seed of the resamples behind the intervals", lower=0, upper=2**63 - 1
    )

    def __post_init__(self) -> None:
        if self.baselines and self.split_of is None:
            raise ConfigError(
                "EvaluateOptions.baselines needs split_of, the run whose data they learn from; name it."
            )


def main(argv: Sequence[str]) -> int:
    """``pinch evaluate``."""
    options = parse(EvaluateOptions, argv, "pinch evaluate", (__doc__ or "").strip())
    from pinch_core.networks.pretrained import find_network
    from pinch_core.networks.quality_model import load_quality_model
    from pinch_datagen.dataset.dataset import Dataset
    from pinch_training.evaluation.evaluate import evaluate
    from pinch_training.training.run_folder import RunFolder
    from pinch_training.training.split_data import PLURALS
    from pinch_training.training.splits import Splits

    files = [RunFolder(path).weights if path.is_dir() else find_network(path) for path in options.models]
    models: dict[str, Predictor] = {_name(path): load_quality_model(path) for path in files}
    dataset = Dataset.open(options.data)
    rng = np.random.default_rng(options.seed)
    indices = {"all examples": np.arange(len(dataset))}
    if options.split_of is not None:
        config = RunFolder(options.split_of).learning_config()
        splits = Splits.of(dataset, config)
        indices = {f"held-out {PLURALS[config.split]}": splits.test}
        if options.baselines:
            models |= _baselines(dataset, splits, rng)
    evaluation = evaluate(models, dataset, indices, options.out, rng)
    for split, model, scores in evaluation.rows:
        m = scores.metrics
        print(
            f"{split}, {model}: AP {m.average_precision:.4f}, AUC {m.roc_auc:.4f}, "
            f"accuracy {m.accuracy:.4f}, balanced {m.balanced_accuracy:.4f}, "
            f"precision at q > 0.5 {m.precision:.4f}, ECE {scores.ece:.4f}"
        )
    print(f"report: {options.out / 'report.html'}", file=sys.stderr)
    return 0


def _name(path: Path) -> str:
    """Of a run its folder's name, of other files their own."""
    return path.parent.name if path.stem == "model" else path.stem


def _baselines(dataset: Dataset, splits: Splits, rng: np.random.Generator) -> dict[str, Predictor]:
    from pinch_training.evaluation.baselines import RandomForest, SupportVectorMachine

    chosen = np.sort(rng.permutation(splits.train)[:BASELINE_EXAMPLES])
    crops, depths, labels = dataset.crops(32, chosen), dataset.depths()[chosen], dataset.labels()[chosen]
    print(f"training ML-RF and ML-SVM on {len(chosen):,} examples", file=sys.stderr)
    return {
        "ML-RF": RandomForest.train(crops, depths, labels, rng),
        "ML-SVM": SupportVectorMachine.train(crops, depths, labels, rng),
    }
