# SPDX-License-Identifier: Apache-2.0
"""A recording is streamed: memory does not grow with it."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from sensor_msgs.msg import Image
from std_msgs.msg import Header

from pinch_bags.depth_stream import DepthStream
from pinch_bags.evaluate.frame_source import FrameSource
from pinch_core.errors import DamagedFileError
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_ros.bags import Bag, BagWriter, DepthTopics, RecordedTransforms
from pinch_ros.conversions import camera_info_from_intrinsics, ns_to_stamp

TOPICS = DepthTopics("/depth/image", "/depth/camera_info")
CAMERA = CameraIntrinsics(640, 480, 550.0, 550.0, 319.5, 239.5)
COUNT = 120


@pytest.fixture(scope="module", params=["bag.mcap", "bag.db3"])
def large_bag(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """74 MB of images."""
    path = tmp_path_factory.mktemp("large") / request.param
    pixels = np.random.default_rng(0).integers(500, 900, (480, 640), dtype=np.uint16)
    with BagWriter(path) as bag:
        for number in range(COUNT):
            header = Header(stamp=ns_to_stamp(number * 10**8), frame_id="cam")
            image = Image(
                header=header, height=480, width=640, step=1280, encoding="16UC1", data=pixels.tobytes()
            )
            bag.add(TOPICS.info, camera_info_from_intrinsics(CAMERA, header), number * 10**8)
            bag.add(TOPICS.image, image, number * 10**8)
    return path


def peak_and_frames(path: Path) -> tuple[float, int]:
    """The most memory [MB] that a pass takes, and how many frames it gave."""
    tracemalloc.start()
    try:
        source = FrameSource(Bag(path), DepthStream(TOPICS), RecordedTransforms(), every=2)
        frames = 0
        try:
            for _ in source.jobs():
                frames += 1
        except DamagedFileError:
            pass
        return tracemalloc.get_traced_memory()[1] / 1e6, frames
    finally:
        tracemalloc.stop()


def test_a_pass_over_a_large_recording_takes_a_few_images_of_memory(large_bag: Path) -> None:
    peak, frames = peak_and_frames(large_bag)
    assert frames == COUNT // 2 and peak < 15.0


def test_a_pass_over_a_recording_that_was_cut_off_does_too(large_bag: Path, tmp_path: Path) -> None:
    cut = tmp_path / large_bag.name
    cut.write_bytes(large_bag.read_bytes()[: large_bag.stat().st_size * 9 // 10])
    peak, frames = peak_and_frames(cut)
    assert 0.85 * COUNT / 2 < frames < COUNT / 2 and peak < 15.0
