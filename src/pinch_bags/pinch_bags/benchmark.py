# SPDX-License-Identifier: Apache-2.0
"""Frames per second and memory of evaluating a recording, beside a plain loop over the same frames.

A simulated recording is written to a temporary folder, by default 60 frames; with --gigabytes a large one, in
which some frames come again and again.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from pinch_core.cli.settings import parse
from pinch_core.config import configclass, setting
from pinch_core.machine_facts import machine_facts

if TYPE_CHECKING:
    from pinch_bags.evaluate.contenders import PlannerSettings
    from pinch_bags.evaluate.frame_source import FrameJob, FrameSource


@configclass
class BagBenchmarkOptions:
    """How large the recording is, and what is planned on."""

    frames: int = setting(default=60, help="different frames, ten of a scene", lower=10, upper=100_000)
    gigabytes: float = setting(
        default=0.0, unit="GB", help="repeat the frames up to this size", lower=0.0, upper=1e3
    )
    every: int = setting(default=1, help="of so many frames one is planned on", lower=1, upper=1_000_000)
    policy: str = setting(default="cem", help="policy, with the shipped network for the gripper's jaws")
    gripper: str = setting(default="panda", help="name in config/grippers, or a YAML file")
    workers: int | None = setting(
        default=None, help="processes; by default one for each core", lower=1, upper=1024
    )
    json: bool = setting(default=False, help="print one JSON document instead of sentences")


def main(argv: Sequence[str]) -> int:
    """``pinch benchmark bag``."""
    options = parse(BagBenchmarkOptions, argv, "pinch benchmark bag", (__doc__ or "").strip())
    with TemporaryDirectory(prefix="pinch_benchmark_bag_") as folder:
        figures = _measure(Path(folder), options)
    document = {
        "benchmark": "bag",
        **{name: value for name, value in dataclasses.asdict(options).items() if name != "json"},
        **figures,
        "machine": machine_facts(),
    }
    if options.json:
        print(json.dumps(document, indent=2))
        return 0
    print(
        f"{figures['planned']} of {figures['frames_in_bag']} frames, {figures['bag_mb']:.0f} MB: "
        f"{figures['frames_per_s']:.1f} frames/s on {figures['processes']} processes, "
        f"{figures['ratio_to_plain_loop']:.2f} times a plain loop ({figures['plain_loop_frames_per_s']:.1f} "
        f"frames/s); {figures['start_s']:.1f} s until the first result\n"
        f"processor time: {figures['cpu_ms_per_frame']:.0f} ms a frame, all processes together\n"
        f"memory: {figures['memory_first_half_mb']:.0f} MB at most in the first half, "
        f"{figures['memory_second_half_mb']:.0f} MB in the second, the workers' included"
    )
    return 0


def _measure(folder: Path, options: BagBenchmarkOptions) -> dict[str, Any]:
    from pinch_bags.evaluate.contenders import PlannerSettings, find_contenders
    from pinch_bags.evaluate.frame_job import FrameSettings
    from pinch_bags.evaluate.frame_pool import run_frame_jobs
    from pinch_bags.evaluate.judging import Judging
    from pinch_bags.synth.bag_config import DepthEncoding, SimulatedBagConfig
    from pinch_bags.synth.simulated_bag import write_simulated_bag
    from pinch_core.planner_config import PlannerConfig
    from pinch_core.resources import load_gripper

    gripper = load_gripper(options.gripper)
    path = folder / "bag.mcap"
    simulated = SimulatedBagConfig(
        scenes=-(-options.frames // 10), attempts=0, encoding=DepthEncoding.METRES, gripper=options.gripper
    )
    write_simulated_bag(path, simulated)
    if options.gigabytes:
        path = _repeated(path, folder / "large.mcap", round(options.gigabytes * 1e9))
    planner = PlannerSettings(
        options.gripper, PlannerConfig(), 0, find_contenders(options.policy, (), gripper)
    )
    # As the command does with its defaults, but without truth: what a robot's recording costs.
    source = _source(path, options.every)
    settings = FrameSettings(source.stream, planner, Judging.as_training_data(1, 0), pictures=True)
    workers = options.workers or len(os.sched_getaffinity(0))
    plain = _plain_loop(_source(path, options.every).jobs(), planner)
    begin = time.perf_counter()
    finished, busy, memory = [], [], []
    for _ in run_frame_jobs(source.jobs(), settings, workers):
        finished.append(time.perf_counter())
        busy.append(_cpu_s())
        memory.append(_memory_mb())
    # The first results wait for workers to start; what follows is the pace.
    warm = min(2 * workers, len(finished) - 2)
    count = len(finished) - 1 - warm
    pace, cpu_s = count / (finished[-1] - finished[warm]), (busy[-1] - busy[warm]) / count
    half = len(memory) // 2
    return {
        "bag_mb": path.stat().st_size / 1e6,
        "frames_in_bag": source.pairing.images,
        "planned": len(finished),
        "processes": workers,
        "frames_per_s": pace,
        "plain_loop_frames_per_s": plain,
        "ratio_to_plain_loop": pace / plain,
        "cpu_ms_per_frame": 1e3 * cpu_s,
        "start_s": finished[0] - begin,
        "memory_first_half_mb": max(memory[:half]),
        "memory_second_half_mb": max(memory[half:]),
    }


def _plain_loop(jobs: Iterator[FrameJob], planner: PlannerSettings, frames: int = 20) -> float:
    """Frames per second of a loop that reads, decodes and plans, one after the other, on all cores."""
    import numpy as np

    from pinch_bags.evaluate.contenders import loaded
    from pinch_core.depth_format import DepthFormat
    from pinch_core.planning.plan import plan_grasps

    grasp_type, policies = loaded(dataclasses.replace(planner, threads=0))
    ((policy, _),) = policies.values()
    starts = []
    for job in itertools.islice(jobs, frames + 2):
        frame = job.frame.decode(DepthFormat())
        plan_grasps(frame, grasp_type, planner.config, np.random.default_rng(0), policy=policy)
        starts.append(time.perf_counter())
    return (len(starts) - 2) / (starts[-1] - starts[1])


def _source(path: Path, every: int) -> FrameSource:
    from pinch_bags.depth_stream import find_depth_stream
    from pinch_bags.evaluate.frame_source import FrameSource
    from pinch_ros.bags import Bag, begin_with_static_transforms

    bag = Bag(path)
    return FrameSource(bag, find_depth_stream(bag), begin_with_static_transforms(bag), every=every)


def _repeated(path: Path, target: Path, size: int) -> Path:
    """Images and camera info again and again, each time later, up to so many bytes."""
    import struct

    from pinch_ros.bags import Bag, BagWriter, choose_depth_topics, header_stamp_ns

    bag = Bag(path)
    topics = choose_depth_topics(bag)
    written, shift_ns = 0, 0
    with BagWriter(target) as out:
        while written < size:
            for raw in bag.messages((topics.image, topics.info)):
                stamp_ns = header_stamp_ns(raw) + shift_ns
                # Behind the four bytes of encapsulation: the stamp, little-endian as it was written.
                stamp = struct.pack("<iI", *divmod(stamp_ns, 10**9))
                out.add_raw(raw.topic, raw.type, raw.data[:4] + stamp + raw.data[12:], raw.time_ns + shift_ns)
                written += len(raw.data)
            shift_ns += 10**12
    return target


def _processes() -> list[str]:
    """This process and its children, as below /proc."""
    return ["self", *Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]


def _cpu_s() -> float:
    """Processor time of all processes so far [s]: other programs take of the clock's time, not of this."""
    ticks = 0
    for pid in _processes():
        with suppress(OSError):
            # After the name, which may hold anything, in parentheses: user and system time are fields 14
            # and 15.
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _memory_mb() -> float:
    """Resident memory of all processes [MB]."""
    kilobytes = 0
    for pid in _processes():
        with suppress(OSError):
            lines = Path(f"/proc/{pid}/status").read_text().splitlines()
            kilobytes += sum(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))
    return kilobytes / 1000
