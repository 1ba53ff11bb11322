# SPDX-License-Identifier: Apache-2.0
"""What relaying and filtering depth adds: latency, share of a core, beside filters written plainly."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from pinch_camera.benchmark.camera_graph import camera_graph
from pinch_camera.benchmark.plain_chain import PlainChain
from pinch_camera.filters.chain import FilterChain
from pinch_camera.filters.config import FilterConfig
from pinch_core.benchmark_scene import benchmark_scene
from pinch_core.cli.settings import parse
from pinch_core.config import configclass, setting
from pinch_core.depth_files import write_intrinsics
from pinch_core.depth_frame import DepthFrame
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.machine_facts import machine_facts

_ALL = FilterConfig(near=0.3, far=1.5, temporal_frames=5, smoothing_radius=2, speckle_size=100)
_CHAINS = {"no filter": FilterConfig(), "all filters": _ALL, "all, decimation 2": replace(_ALL, decimation=2)}
_SIZES = ((640, 480), (1280, 720))
_DISTINCT_FRAMES = 8
_NOISE_M = 0.001


@configclass
class BenchmarkOptions:
    """How many frames, and how fast."""

    frames: int = setting(
        default=150, help="frames that are timed for each size and chain", lower=5, upper=1_000_000
    )
    rate: float = setting(default=30.0, unit="Hz", help="of the frames", lower=1.0, upper=1000.0)
    soak_minutes: float = setting(
        default=0.0,
        unit="min",
        help="of a recording in a loop with all filters; 0: none",
        lower=0.0,
        upper=10_000.0,
    )
    json: bool = setting(default=False, help="print one JSON document instead of a table")


def main(argv: Sequence[str]) -> int:
    """``pinch benchmark camera``."""
    options = parse(BenchmarkOptions, argv, "pinch benchmark camera", (__doc__ or "").strip())
    rows = [
        {"size": f"{width}x{height}", "chain": name, **measure(width, height, config, options)}
        for width, height in _SIZES
        for name, config in _CHAINS.items()
    ]
    document: dict[str, Any] = {"benchmark": "camera", "rate_hz": options.rate, "chains": rows}
    if options.soak_minutes:
        document["soak"] = soak(options)
    document["machine"] = machine_facts()
    if options.json:
        print(json.dumps(document, indent=2))
    else:
        _print_table(document)
    return 0


def measure(width: int, height: int, config: FilterConfig, options: BenchmarkOptions) -> dict[str, Any]:
    """Figures of one chain: the filters alone in this process, then the node in one of its own."""
    frames = benchmark_frames(width, height)
    chain = FilterChain(config)
    filter_ms = _p50_ms(chain, frames, options.frames)
    figures: dict[str, Any] = {"filter_cpu_ms_p50": round(filter_ms, 2)}
    if config != FilterConfig():
        plain = PlainChain(config)
        plain_ms = _p50_ms(plain, [frame.depth for frame in frames], max(5, options.frames // 15))
        figures["ratio_to_plain"] = round(plain_ms / filter_ms, 1)
    with camera_graph(*_parameters(config)) as graph:
        graph.drive_until_served(frames)
        processor_s, count = graph.processor_s, graph.count
        added_s = graph.drive(frames, options.frames, options.rate)
        # Of those that came through: a frame that was lost on a busy machine cost the node nothing.
        share = options.rate * (graph.processor_s - processor_s) / max(graph.count - count, 1)
    p50, p95 = np.quantile(added_s, [0.5, 0.95]) if added_s else (np.nan, np.nan)
    return figures | {
        "added_ms": {"p50": round(1e3 * float(p50), 2), "p95": round(1e3 * float(p95), 2)},
        "share_of_a_core": round(share, 3),
        "lost": options.frames - len(added_s),
    }


def soak(options: BenchmarkOptions) -> dict[str, Any]:
    """Memory of the node while it plays a folder in a loop: after a tenth of the frames, and at the end."""
    count = int(60.0 * options.soak_minutes * options.rate)
    frames = benchmark_frames(*_SIZES[0])
    with tempfile.TemporaryDirectory() as folder:
        for number, frame in enumerate(frames):
            np.save(Path(folder) / f"depth_{number}.npy", frame.depth)
        write_intrinsics(Path(folder) / "camera.json", frames[0].intrinsics)
        source = (
            "source:=replay",
            f"replay.path:={folder}",
            "replay.loop:=true",
            f"replay.fps:={options.rate}",
        )
        with camera_graph(*source, *_parameters(_ALL)) as graph:
            graph.wait_for_frames(1)
            begun = time.perf_counter()
            while graph.count < count / 10:
                graph.wait_for_frames(graph.count + 1)
            early_mb = graph.resident_mb
            while graph.count < count:
                graph.wait_for_frames(graph.count + 1)
            return {
                "frames": graph.count,
                "rate_hz": round(graph.count / (time.perf_counter() - begun), 1),
                "resident_mb": {
                    "after_a_tenth": round(early_mb, 1),
                    "at_the_end": round(graph.resident_mb, 1),
                },
            }


def benchmark_frames(width: int, height: int) -> list[DepthFrame]:
    """The benchmark's scene as a few exposures of a resting camera: noise differs, holes and depth remain."""
    scene = benchmark_scene(0)
    k, scale = scene.intrinsics, width / scene.intrinsics.width
    depth = cv2.resize(scene.depth, (width, height), interpolation=cv2.INTER_NEAREST)
    intrinsics = CameraIntrinsics(
        width, height, scale * k.fx, scale * k.fy, (width - 1) / 2.0, (height - 1) / 2.0
    )
    rng = np.random.default_rng(0)
    noise = _NOISE_M * rng.standard_normal((_DISTINCT_FRAMES, height, width), np.float32)
    return [DepthFrame.from_array(depth + one, intrinsics, stamp_ns=i) for i, one in enumerate(noise)]


def _p50_ms(chain: Callable[[Any], Any], inputs: Sequence[Any], count: int) -> float:
    took = []
    for number in range(count + _DISTINCT_FRAMES):
        # A new frame each time, as a camera's would be: what a frame has cached must not count for the next.
        one = inputs[number % len(inputs)]
        one = replace(one, stamp_ns=number) if isinstance(one, DepthFrame) else one
        # Processor time of all threads: other programs on the machine do not change it.
        begun = time.process_time()
        chain(one)
        took.append(1e3 * (time.process_time() - begun))
    return float(np.median(took[_DISTINCT_FRAMES:]))


def _parameters(config: FilterConfig) -> list[str]:
    return [f"filters.{field.name}:={getattr(config, field.name)}" for field in fields(config)]


def _print_table(document: dict[str, Any]) -> None:
    print(
        f"{'size':9} {'chain':18} {'filter ms':>9} {'x plain':>8} {'added ms p50':>13} {'p95':>6} "
        f"{'core':>6} {'lost':>5}"
    )
    for row in document["chains"]:
        added = row["added_ms"]
        print(
            f"{row['size']:9} {row['chain']:18} {row['filter_cpu_ms_p50']:9.2f} "
            f"{row.get('ratio_to_plain', ''):>8} {added['p50']:13.2f} {added['p95']:6.1f} "
            f"{row['share_of_a_core']:6.1%} {row['lost']:5}"
        )
    if "soak" in document:
        print("soak", document["soak"])
    print(document["machine"])
