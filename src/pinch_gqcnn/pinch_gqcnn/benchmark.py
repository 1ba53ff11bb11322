# SPDX-License-Identifier: Apache-2.0
"""What the planner node adds to planning: frame published by one process, grasps received from another."""

from __future__ import annotations

import json
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import rclpy
from pinch_interfaces.msg import GraspArray
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, Image

from pinch_core.cli.benchmark import machine_facts
from pinch_core.cli.benchmark_plan import CAMERA, benchmark_scene
from pinch_core.cli.settings import parse
from pinch_core.config import setting, validate
from pinch_core.errors import PinchError
from pinch_ros.conversions import (
    camera_info_from_intrinsics,
    depth_frame_to_image,
    ns_to_stamp,
    stamp_to_ns,
)
from pinch_ros.qos import RESULT
from pinch_ros.spinning import spin_until

_NAMESPACE = "/pinch_benchmark"
_NODE = "import sys; from pinch_gqcnn.node import main; sys.exit(main())"
_TIMEOUT_S = 60.0


@dataclass(frozen=True)
class BenchmarkOptions:
    """How long to measure."""

    frames: int = setting(50, help="frames that are timed", lower=2, upper=100000)
    seed: int = setting(0, help="seed of the scene", lower=0)
    json: bool = setting(False, help="print one JSON document instead of a table")

    def __post_init__(self) -> None:
        validate(self)


@dataclass(frozen=True)
class Sample:
    """Milliseconds from publishing the frame to receiving its grasps, and those of planning alone."""

    total_ms: float
    core_ms: float


def main(argv: Sequence[str]) -> int:
    """``pinch benchmark plan_node``."""
    options = parse(BenchmarkOptions, argv, "pinch benchmark plan_node", (__doc__ or "").strip())
    arguments = ["--ros-args", "-r", f"__ns:={_NAMESPACE}", "-p", "continuous:=true"]
    for topic in ("image_rect", "camera_info"):
        # As in config/planner.yaml: what is measured is the node's time, not what best effort loses.
        override = f"qos_overrides.{_NAMESPACE}/depth/{topic}.subscription.reliability"
        arguments += ["-p", f"{override}:=reliable"]
    planner = subprocess.Popen([sys.executable, "-c", _NODE, *arguments])
    rclpy.init()
    try:
        samples = _measure(options, lambda: planner.poll() is None)
    finally:
        rclpy.try_shutdown()
        planner.send_signal(signal.SIGTERM)
        planner.wait(timeout=_TIMEOUT_S)
    document = {
        "benchmark": "plan_node",
        "seed": options.seed,
        "image": [CAMERA.width, CAMERA.height],
        "total_ms": _quantiles([sample.total_ms for sample in samples]),
        "core_ms": _quantiles([sample.core_ms for sample in samples]),
        "overhead_ms": _quantiles([sample.total_ms - sample.core_ms for sample in samples]),
        "machine": machine_facts(),
    }
    if options.json:
        print(json.dumps(document, indent=2))
    else:
        for name in ("total_ms", "core_ms", "overhead_ms"):
            print(f"{name:12} p50 {document[name]['p50']:7.1f}   p95 {document[name]['p95']:7.1f}")
    return 0


def _measure(options: BenchmarkOptions, is_alive: Callable[[], bool]) -> list[Sample]:
    node = Node("client", namespace=_NAMESPACE)
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    arrived = threading.Condition()
    received: dict[int, tuple[float, GraspArray]] = {}

    def on_grasps(message: GraspArray) -> None:
        with arrived:
            received[stamp_to_ns(message.header.stamp)] = (time.perf_counter(), message)
            arrived.notify_all()

    node.create_subscription(GraspArray, "grasp_planner/grasps", on_grasps, RESULT)
    images = node.create_publisher(Image, "depth/image_rect", RESULT)
    infos = node.create_publisher(CameraInfo, "depth/camera_info", RESULT)
    stop = threading.Event()
    thread = threading.Thread(target=spin_until, args=(executor, stop, node.get_logger()), daemon=True)
    thread.start()
    frame = benchmark_scene(options.seed)
    image = depth_frame_to_image(frame)

    def publish_and_wait(stamp_ns: int, timeout_s: float) -> Sample | None:
        image.header.stamp = ns_to_stamp(stamp_ns)
        info = camera_info_from_intrinsics(frame.intrinsics, image.header)
        published = time.perf_counter()
        infos.publish(info)
        images.publish(image)
        with arrived:
            if not arrived.wait_for(lambda: stamp_ns in received, timeout_s):
                return None
            at, grasps = received[stamp_ns]
        return Sample(1e3 * (at - published), 1e3 * sum(grasps.report.stage_seconds))

    try:
        first = time.time_ns()
        deadline = time.monotonic() + _TIMEOUT_S
        while publish_and_wait(first, 1.0) is None:
            first = time.time_ns()
            if time.monotonic() > deadline or not is_alive():
                raise PinchError(f"the planner node did not answer within {_TIMEOUT_S:g} s; see its output.")
        samples = [publish_and_wait(time.time_ns(), 3.0) for _ in range(options.frames)]
        lost = samples.count(None)
        if lost:
            print(f"{lost} of {options.frames} frames got no answer", file=sys.stderr)
        return [sample for sample in samples if sample is not None]
    finally:
        stop.set()
        executor.shutdown()
        thread.join()
        node.destroy_node()


def _quantiles(values: list[float]) -> dict[str, Any]:
    cuts = statistics.quantiles(values, n=20, method="inclusive")
    return {"p50": round(cuts[9], 2), "p95": round(cuts[18], 2), "count": len(values)}
