# SPDX-License-Identifier: Apache-2.0
"""Milliseconds to score a batch of grasps, per network and engine, beside GQ-CNN 2.0 in the same run."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pinch_core.cli.settings import parse
from pinch_core.config import configclass, setting
from pinch_core.machine_facts import machine_facts

if TYPE_CHECKING:
    from pinch_core.networks.network import QualityNetwork
    from pinch_core.networks.scoring import QualityModel

REFERENCE = "gqcnn_2_paper"
# Calls of one contender in a row, so that fast ones are timed with what they need in the cache.
SECONDS_IN_A_ROW = 0.1


@configclass
class BenchmarkOptions:
    """What to score, and how often."""

    models: tuple[Path, ...] = setting(
        default=(), help="more networks to time; by default only untrained ones, which take as long"
    )
    batches: tuple[int, ...] = setting(default=(100, 1000), help="crops of a batch", lower=1, upper=1_000_000)
    threads: int = setting(default=0, help="threads of the CPU, 0 for one for each core", lower=0, upper=1024)
    rounds: int = setting(default=5, help="rounds in which every contender is timed", lower=1, upper=10_000)
    seed: int = setting(default=0, help="seed of crops and untrained weights", lower=0, upper=2**63 - 1)
    json: bool = setting(default=False, help="print one JSON document instead of a table")


class Contender(NamedTuple):
    """A network run by an engine."""

    network: str
    engine: str
    model: QualityModel


def main(argv: Sequence[str]) -> int:
    """``pinch benchmark model``."""
    options = parse(BenchmarkOptions, argv, "pinch benchmark model", (__doc__ or "").strip())
    from pinch_core.networks.scoring import cpu_threads

    threads = cpu_threads(options.threads)
    contenders = _contenders(options, threads)
    document = {
        "benchmark": "model",
        "reference": REFERENCE,
        "threads": threads,
        "rounds": options.rounds,
        "batches": [_time_batch(contenders, count, options) for count in options.batches],
        "machine": machine_facts(),
    }
    if options.json:
        print(json.dumps(document, indent=2))
    else:
        _print_table(document)
    return 0


def _contenders(options: BenchmarkOptions, threads: int) -> list[Contender]:
    import torch

    from pinch_core.networks.architecture import GQCNN_2_PAPER
    from pinch_core.networks.compact_architecture import CompactArchitecture
    from pinch_core.networks.quality_model import Engine, make_quality_model
    from pinch_core.networks.weights import build_network, load_network

    networks: dict[str, QualityNetwork] = {str(path): load_network(path) for path in options.models}
    for name, architecture in ((REFERENCE, GQCNN_2_PAPER), ("compact", CompactArchitecture())):
        networks[name] = build_network(architecture).eval()
        networks[name].initialize(torch.Generator().manual_seed(options.seed))
    engines = [Engine.TORCH, Engine.ONNX_RUNTIME]
    if torch.cuda.is_available():
        engines.append(Engine.CUDA)
    return [
        Contender(name, engine.value, make_quality_model(network, engine, threads))
        for engine in engines
        for name, network in networks.items()
    ]


def _time_batch(contenders: Sequence[Contender], count: int, options: BenchmarkOptions) -> dict[str, Any]:
    """Each round times every contender, so that other load affects all equally; ratios are of times of one
    round.
    """
    rng = np.random.default_rng(options.seed)
    calls = [_call(contender.model, count, rng) for contender in contenders]
    for call in calls:
        call()
    times = np.array([[_milliseconds(call) for call in calls] for _ in range(options.rounds)])
    references = {c.engine: times[:, i] for i, c in enumerate(contenders) if c.network == REFERENCE}
    return {
        "crops": count,
        "results": [
            {
                "network": contender.network,
                "engine": contender.engine,
                "runs_on": contender.model.engine,
                "ms": float(np.median(times[:, i])),
                "ratio_to_reference": float(np.median(references[contender.engine] / times[:, i])),
            }
            for i, contender in enumerate(contenders)
        ],
    }


def _call(model: QualityModel, count: int, rng: np.random.Generator) -> Callable[[], None]:
    depths = rng.uniform(0.6, 0.8, count).astype(np.float32)
    crops = rng.normal(0.0, 0.05, (count, model.crop_size, model.crop_size)).astype(np.float32)

    def call() -> None:
        model.predict(crops, depths)

    return call


def _milliseconds(call: Callable[[], None]) -> float:
    """Of one call, the median of as many as there is time for."""
    call()  # what ran before has taken the cache
    times: list[float] = []
    while not times or sum(times) < SECONDS_IN_A_ROW:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return float(np.median(times) * 1e3)


def _print_table(document: dict[str, Any]) -> None:
    names = [result["network"] for result in document["batches"][0]["results"]]
    width = max(map(len, names))
    print(f"x: times the speed of {document['reference']} on the same engine in the same round")
    for batch in document["batches"]:
        print(
            f"{batch['crops']:,} crops, {document['threads']} threads, median of {document['rounds']} rounds:"
        )
        for result in batch["results"]:
            print(
                f"  {result['network']:<{width}}  {result['engine']:<14}{result['ms']:10.2f} ms"
                f"{result['ratio_to_reference']:7.1f} x"
            )
    print(f"machine: {document['machine']}", file=sys.stderr)
