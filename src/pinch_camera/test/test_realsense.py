# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import fake_pyrealsense2 as fake
import numpy as np
import pytest
from camera_listener import Listener, camera
from rclpy.node import Node
from sensor_msgs.msg import Image
from std_srvs.srv import Trigger

from pinch_camera.errors import CameraError
from pinch_camera.realsense.config import RealSenseConfig
from pinch_camera.realsense.device import RealSenseDevice, load_librealsense
from pinch_camera.realsense.realsense_camera import RealSenseCamera
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_ros.conversions import (
    color_image_from_message,
    depth_array_from_message,
    intrinsics_from_camera_info,
)
from pinch_ros.qos import SENSOR_DATA
from pinch_ros.testing import isolated_ros_domain, running, wait_until

REALSENSE = {"source": "realsense", "realsense__height": 480, "realsense__fps": 30}


# One a test: what a node leaves behind in DDS must not be taken for a part of the next one.
@pytest.fixture(autouse=True)
def domain() -> Iterator[None]:
    with isolated_ros_domain():
        yield


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> fake.Bench:
    monkeypatch.setitem(sys.modules, "pyrealsense2", fake)
    monkeypatch.setattr(fake, "bench", fake.Bench())
    return fake.bench


def device(**settings: Any) -> RealSenseDevice:
    found = RealSenseDevice(load_librealsense(), settings.pop("serial", ""))
    found.apply(RealSenseConfig(**settings))
    return found


def test_the_stand_in_has_no_name_that_librealsense_lacks() -> None:
    real = pytest.importorskip("pyrealsense2", reason="pyrealsense2, which is optional, is not installed")
    assert fake.missing_in(real) == []


def test_frames_are_metres_with_the_profile_s_intrinsics(bench: fake.Bench) -> None:
    bench.depth[3, 5] = 0
    with running(camera(**REALSENSE), Listener) as (_, listener):
        image = wait_until(lambda: listener.images, "a frame")[0]
        info = wait_until(lambda: [i for i in listener.infos if i.header == image.header], "its camera info")[
            0
        ]
    depth = depth_array_from_message(image)
    assert np.argwhere(np.isnan(depth)).tolist() == [[3, 5]]
    np.testing.assert_allclose(depth[np.isfinite(depth)], 0.7, rtol=1e-6)
    assert intrinsics_from_camera_info(info) == CameraIntrinsics(64, 48, 50.0, 51.0, 31.5, 23.5)
    assert image.header.frame_id == "camera_depth_optical_frame"


def test_finer_depth_units_preset_and_laser_power_are_set(bench: fake.Bench) -> None:
    found = device(visual_preset="high accuracy", depth_units=1e-4, laser_power=150.0)
    assert bench.options[fake.option.visual_preset] == 3
    assert bench.options[fake.option.laser_power] == 150.0
    assert found.depth_scale == 1e-4
    assert found.name == f"Intel RealSense D435 {fake.SERIAL}, firmware 5.16.0.1"


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"visual_preset": "best"}, "'best' is none of this camera's: Custom, Default, Hand, High Accuracy"),
        ({"laser_power": 500.0}, r"laser_power = 500 is outside \[0, 360\]"),
        ({"serial": "123"}, f"serial = 123 is connected .there are: {fake.SERIAL}"),
    ],
)
def test_what_the_camera_does_not_have_is_refused_with_what_it_has(
    bench: fake.Bench, settings: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(CameraError, match=sentence):
        device(**settings)


def test_no_camera_and_no_librealsense_are_told_apart(
    bench: fake.Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.plugged = False
    with pytest.raises(CameraError, match="connected are: none; plug one in"):
        device()
    monkeypatch.setitem(sys.modules, "pyrealsense2", None)
    with pytest.raises(CameraError, match="pip install pyrealsense2"):
        device()


def test_an_unplugged_camera_is_a_stall_and_comes_back_by_itself(bench: fake.Bench) -> None:
    node = camera(**REALSENSE, stall_timeout=0.2, restart_wait=0.1)
    with running(node, Listener) as (_, listener):
        wait_until(lambda: listener.images, "a frame")
        bench.plugged = False
        stalled = wait_until(
            lambda: [s for s in listener.statuses if "no frame from Intel" in s.message], "the stall's report"
        )[0]
        assert stalled.level == b"\x02"
        heard = len(listener.images)
        bench.plugged = True
        wait_until(lambda: len(listener.images) > heard, "frames after it was plugged in again")


def test_the_filters_of_librealsense_run_in_its_order_and_colour_is_aligned(bench: fake.Bench) -> None:
    chosen = {f"realsense__{name}": True for name in ("spatial", "temporal", "hole_filling", "color")}
    colors: list[Image] = []
    with running(camera(**REALSENSE, **chosen), Listener) as (_, listener):
        listener.create_subscription(Image, "/depth_camera/color/image_rect", colors.append, SENSOR_DATA)
        color = wait_until(lambda: colors, "a colour image")[0]
        wait_until(
            lambda: [i for i in listener.images if i.header == color.header], "depth of the same stamp"
        )
    assert bench.processed[:6] == [
        "align", "disparity(True,)", "spatial", "temporal", "disparity(False,)", "holes",
    ]  # fmt: skip
    assert color_image_from_message(color)[0, 0].tolist() == [255, 0, 1]


def test_temperature_is_in_the_diagnostics_and_the_camera_can_be_reset(bench: fake.Bench) -> None:
    with running(camera(**REALSENSE), Listener) as (_, listener):
        wait_until(
            lambda: (
                ("device temperature [C]", "41")
                in [(value.key, value.value) for status in listener.statuses for value in status.values]
            ),
            "the temperature in the diagnostics",
        )
        client = listener.create_client(Trigger, "/depth_camera/hardware_reset")
        answer = listener.call(client, Trigger.Request())
    assert answer.success and bench.resets == 1


def test_a_profile_that_the_camera_lacks_is_refused_in_words(bench: fake.Bench) -> None:
    with running(lambda context: Node("host", context=context)) as (host,):
        found = RealSenseCamera(host, RealSenseConfig(fps=7))
        with pytest.raises(CameraError, match=r"does not stream depth at 848 x 480, 7 Hz .*another profile"):
            found.start(lambda frame: None, lambda error: None)
        found.close()
