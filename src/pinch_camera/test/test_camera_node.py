# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from camera_listener import Listener, camera
from camera_recordings import CAMERA, depth_of, number_of, write_bag, write_folder
from diagnostic_msgs.msg import DiagnosticStatus
from pinch_interfaces.srv import Capture
from rclpy.parameter import Parameter
from rclpy.qos import DurabilityPolicy, QoSProfile
from rosbags.rosbag2 import StoragePlugin
from sensor_msgs.msg import CompressedImage, Image, PointCloud2, PointField
from std_msgs.msg import Header
from std_srvs.srv import Trigger
from tf2_msgs.msg import TFMessage

from pinch_camera.relay import RelayCamera, RelayConfig
from pinch_core.depth_files import write_intrinsics
from pinch_core.errors import ConfigError, UnknownNameError
from pinch_core.geometry.camera import CameraIntrinsics, DistortionModel
from pinch_ros.conversions import (
    depth_array_from_message,
    intrinsics_from_camera_info,
    ns_to_stamp,
    stamp_to_ns,
)
from pinch_ros.qos import SENSOR_DATA
from pinch_ros.testing import isolated_ros_domain, running, wait_until
from sensor_msgs_py import point_cloud2


# One a test: what a node leaves behind in DDS must not be taken for a part of the next one.
@pytest.fixture(autouse=True)
def domain() -> Iterator[None]:
    with isolated_ros_domain():
        yield


RELAY = {
    "source": "relay",
    "relay__image_topic": "/driver/depth/image",
    "relay__info_topic": "/driver/depth/camera_info",
}


def millimetres(depth: np.ndarray, stamp_ns: int, encoding: str = "16UC1") -> Image:
    values = np.rint(np.nan_to_num(depth) * 1e3).astype(">u2")
    image = Image(height=depth.shape[0], width=depth.shape[1], encoding=encoding, is_bigendian=1)
    image.step = depth.shape[1] * 2
    image.data = values.tobytes()
    image.header = Header(stamp=ns_to_stamp(stamp_ns), frame_id="driver_optical")
    return image


def test_a_driver_in_millimetres_becomes_metres_with_info_in_step() -> None:
    with running(camera(**RELAY), Listener) as (_, listener):
        image = listener.drive_until_heard(millimetres(depth_of(7), 5_000_000_001))
        assert (image.encoding, image.header.frame_id) == ("32FC1", "driver_optical")
        np.testing.assert_allclose(depth_array_from_message(image), depth_of(7), rtol=2e-7)
        info = wait_until(lambda: [i for i in listener.infos if i.header == image.header], "its camera info")[
            0
        ]
        assert intrinsics_from_camera_info(info) == CAMERA


def test_lens_distortion_of_a_raw_driver_is_removed() -> None:
    lens = CameraIntrinsics(
        64, 48, 50.0, 50.0, 31.5, 23.5, DistortionModel.PLUMB_BOB, (-0.3, 0.1, 0.0, 0.0, 0.0)
    )
    # A tilted plane, as the distorted camera sees it: z = 1 + 0.5 x, so z = 1 / (1 - 0.5 ray_x).
    columns, rows = np.meshgrid(np.arange(64.0), np.arange(48.0))
    rays = lens.rays(np.stack([columns, rows], -1))
    depth = 1.0 / (1.0 - 0.5 * rays[..., 0])
    with running(camera(**RELAY, relay__depth_format__rectified="no"), Listener) as (_, listener):
        image = listener.drive_until_heard(millimetres(depth, 6_000_000_000), lens)
        rectified = depth_array_from_message(image)
        info = wait_until(lambda: [i for i in listener.infos if i.header == image.header], "its camera info")[
            0
        ]
    assert not any(info.d)
    k = intrinsics_from_camera_info(info)
    expected = 1.0 / (1.0 - 0.5 * k.rays(np.stack([columns, rows], -1))[..., 0])
    inside = np.isfinite(rectified)
    assert inside.mean() > 0.5
    # Nearest neighbour: half a pixel of a depth that changes by 1 percent a pixel, and half a millimetre.
    np.testing.assert_allclose(rectified[inside], expected[inside], rtol=0.015)


def compressed(depth: np.ndarray, stamp_ns: int) -> CompressedImage:
    """As compressed_depth_image_transport sends millimetres."""
    millimetres_png = cv2.imencode(".png", np.rint(np.nan_to_num(depth) * 1e3).astype(np.uint16))[1]
    message = CompressedImage(format="16UC1; compressedDepth png")
    message.data = bytes(12) + millimetres_png.tobytes()
    message.header = Header(stamp=ns_to_stamp(stamp_ns), frame_id="driver_optical")
    return message


def cloud(depth: np.ndarray, stamp_ns: int) -> PointCloud2:
    """Organised, with nothing but z."""
    height, width = depth.shape
    z = PointField(name="z", offset=0, datatype=PointField.FLOAT32, count=1)
    message = PointCloud2(height=height, width=width, fields=[z], point_step=4, row_step=4 * width)
    message.data = depth.astype("<f4").tobytes()
    message.header = Header(stamp=ns_to_stamp(stamp_ns), frame_id="driver_optical")
    return message


@pytest.mark.parametrize(
    ("transport", "message"),
    [("compressedDepth", compressed), ("points", cloud)],
    ids=["compressed", "points"],
)
def test_what_other_transports_carry_becomes_the_same_depth(transport: str, message: Any) -> None:
    parameters = {**RELAY, "relay__image_topic": "/driver/other", "relay__transport": transport}
    with running(camera(**parameters), Listener) as (_, listener):
        sent = message(depth_of(7), 5_000_000_001)
        publisher = listener.create_publisher(type(sent), "/driver/other", 5)
        image = listener.drive_until_heard(sent, publisher=publisher)
    np.testing.assert_allclose(depth_array_from_message(image), depth_of(7), rtol=2e-7)


def test_a_driver_without_camera_info_gets_the_file_s(tmp_path: Path) -> None:
    write_intrinsics(tmp_path / "camera.json", CAMERA)
    parameters = {**RELAY, "relay__camera_file": str(tmp_path / "camera.json")}
    parameters["relay__info_topic"] = "/nobody/camera_info"
    with running(camera(**parameters), Listener) as (_, listener):
        image = listener.drive_until_heard(millimetres(depth_of(7), 5_000_000_001), with_info=False)
        info = wait_until(lambda: [i for i in listener.infos if i.header == image.header], "its camera info")
    assert intrinsics_from_camera_info(info[0]) == CAMERA


def test_a_transport_there_is_not_is_refused_when_the_node_is_configured() -> None:
    with pytest.raises(UnknownNameError, match=r"relay\.transport = 'theora'.*raw, compressedDepth, points"):
        RelayCamera(None, RelayConfig(transport="theora"))  # type: ignore[arg-type]


@pytest.mark.parametrize("scale", [0.001, 0.0])
def test_mono16_is_depth_only_for_a_driver_whose_unit_is_given(scale: float) -> None:
    with running(camera(**RELAY, relay__depth_format__scale=scale), Listener) as (_, listener):
        image = millimetres(depth_of(1), 7_000_000_000, "mono16")
        if scale:
            assert number_of(depth_array_from_message(listener.drive_until_heard(image))) == 1
            return

        def reported() -> bool:
            listener.drive(image)
            return any("mono16" in status.message for status in listener.statuses)

        wait_until(reported, "the report of the encoding")
        assert not listener.images


def test_a_bad_frame_is_reported_and_the_next_good_one_passes() -> None:
    with running(camera(**RELAY), Listener) as (_, listener):
        listener.drive_until_heard(millimetres(depth_of(1), 1_000_000_000))
        truncated = millimetres(depth_of(2), 2_000_000_000)
        truncated.data = truncated.data[:-3]
        all_holes = millimetres(np.full((6, 8), np.nan), 3_000_000_000)
        for bad, says in ((truncated, "truncated"), (all_holes, "no valid pixel")):

            def reported(bad: Image = bad, says: str = says) -> bool:
                listener.drive(bad)
                return any(
                    s.level != DiagnosticStatus.OK
                    and says in s.message
                    and "/driver/depth/image" in s.message
                    for s in listener.statuses
                )

            wait_until(reported, "the report of a bad frame")
        listener.drive_until_heard(millimetres(depth_of(4), 4_000_000_000))


def test_a_silent_driver_is_reported_within_two_seconds_with_its_topics() -> None:
    with running(camera(**RELAY, stall_timeout=0.3), Listener) as (_, listener):
        wait_until(
            lambda: any(s.level == DiagnosticStatus.ERROR for s in listener.statuses),
            "the report",
            timeout_s=10.0,
        )
        assert "/driver/depth/image and /driver/depth/camera_info" in listener.statuses[-1].message


def test_a_repeated_frame_is_not_published_again_and_a_driver_that_repeats_it_has_stalled() -> None:
    with running(camera(**RELAY, stall_timeout=0.3), Listener) as (_, listener):
        old = millimetres(depth_of(1), 5_000_000_000)
        listener.drive_until_heard(old)

        def reported() -> bool:
            listener.drive(old)
            return any(s.level == DiagnosticStatus.ERROR for s in listener.statuses)

        wait_until(reported, "the report of the stall")
        assert len(listener.images) == 1
        # The restarted source takes the next new frame.
        listener.drive_until_heard(millimetres(depth_of(2), 6_000_000_000))


def test_filters_shrink_image_and_camera_info_together_and_can_be_set_while_running(tmp_path: Path) -> None:
    make = replay(write_folder(tmp_path, 3), replay__loop=True, replay__fps=50.0, filters__temporal_frames=3)
    with running(make, Listener) as (node, listener):
        wait_until(lambda: listener.images, "a frame")
        node.set_parameters([Parameter("filters.decimation", value=2)])
        response = wait_until(
            lambda: (
                answer
                if (answer := listener.call(listener.capture, Capture.Request())).image.width
                == CAMERA.width // 2
                else None
            ),
            "a decimated frame",
        )
        expected = CAMERA.cropped(0, 0, CAMERA.width // 2 * 2, CAMERA.height // 2 * 2).scaled(0.5)
        assert intrinsics_from_camera_info(response.camera_info) == expected
        assert response.camera_info.header == response.image.header
        refused = node.set_parameters([Parameter("filters.decimation", value=0)])[0]
        assert not refused.successful


def test_a_calibration_file_places_the_camera_on_tf_static(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(
        "parent: base\nchild: optical\ntranslation: [0.5, 0.0, 0.9]\nrotation: [0, 0.6, 0, 0.8]\n"
    )
    with running(camera(**RELAY, calibration=str(tmp_path / "c.yaml")), Listener) as (_, listener):
        messages: list[TFMessage] = []
        latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        listener.create_subscription(TFMessage, "/tf_static", messages.append, latched)
        transform = wait_until(lambda: messages, "the static transform")[0].transforms[0]
    assert (transform.header.frame_id, transform.child_frame_id) == ("base", "optical")
    assert (transform.transform.translation.x, transform.transform.rotation.y) == pytest.approx((0.5, 0.6))


def replay(path: Path, **parameters: Any) -> Any:
    return camera(source="replay", replay__path=str(path), **parameters)


def test_a_folder_is_played_in_a_loop_with_stamps_of_now(tmp_path: Path) -> None:
    with running(replay(write_folder(tmp_path, 3), replay__loop=True, replay__fps=50.0), Listener) as (
        node,
        listener,
    ):
        before = node.get_clock().now().nanoseconds
        wait_until(lambda: len(listener.images) >= 8, "two rounds of the folder")
        numbers = [number_of(depth_array_from_message(image)) for image in listener.images[:8]]
        assert all((b - a) % 3 == 1 for a, b in itertools.pairwise(numbers))
        stamps = [stamp_to_ns(image.header.stamp) for image in listener.images]
        assert stamps == sorted(stamps)
        assert stamps[-1] > before


def test_a_bag_is_played_step_by_step_and_tells_its_end(tmp_path: Path) -> None:
    bag = write_bag(tmp_path / "bag", 2, StoragePlugin.MCAP)
    make = replay(bag, replay__step=True, replay__keep_stamps=True, stall_timeout=0.1)
    with running(make, Listener) as (node, listener):
        wait_until(
            lambda: node.is_active and node.count_subscribers("/depth_camera/depth/image_rect"), "discovery"
        )
        for number in range(2):
            assert listener.call(listener.next, Trigger.Request()).success
            wait_until(lambda n=number: len(listener.images) == n + 1, "the next frame")
            assert number_of(depth_array_from_message(listener.images[number])) == number
        assert stamp_to_ns(listener.images[1].header.stamp) == 1_700_000_000_010_000_000
        # No frame is due in step mode, so silence is no alarm.
        listener.statuses.clear()
        wait_until(lambda: listener.statuses, "a status")
        assert listener.statuses[-1].level == DiagnosticStatus.OK
        wait_until(lambda: not listener.call(listener.next, Trigger.Request()).success, "the end of the bag")
        assert "ended" in listener.call(listener.next, Trigger.Request()).message


def test_capture_returns_a_frame_taken_after_the_call_with_its_info(tmp_path: Path) -> None:
    with running(replay(write_folder(tmp_path, 3), replay__loop=True, replay__fps=50.0), Listener) as (
        node,
        listener,
    ):
        wait_until(lambda: node.is_active, "activation")
        before = node.get_clock().now().nanoseconds
        response = listener.call(listener.capture, Capture.Request())
        assert response.success
        assert stamp_to_ns(response.image.header.stamp) >= before
        assert response.camera_info.header == response.image.header
        assert intrinsics_from_camera_info(response.camera_info) == CAMERA


def test_capture_without_frames_says_why() -> None:
    with running(camera(**RELAY, capture_timeout=0.05), Listener) as (node, listener):
        wait_until(lambda: node.is_active, "activation")
        response = listener.call(listener.capture, Capture.Request())
        assert not response.success
        assert "/driver/depth/image" in response.message


def test_points_are_the_deprojected_pixels(tmp_path: Path) -> None:
    with running(replay(write_folder(tmp_path, 1), replay__loop=True), Listener) as (_, listener):
        clouds: list[PointCloud2] = []
        listener.create_subscription(PointCloud2, "/depth_camera/points", clouds.append, SENSOR_DATA)
        cloud = wait_until(lambda: clouds, "a point cloud")[0]
    points = point_cloud2.read_points_numpy(cloud, ["x", "y", "z"]).reshape(CAMERA.height, CAMERA.width, 3)
    assert (cloud.height, cloud.width) == (CAMERA.height, CAMERA.width)
    np.testing.assert_allclose(points[2, 5], CAMERA.deproject([5.0, 2.0], 0.7), rtol=1e-6)
    assert np.isnan(points[-1, -1]).all()


def test_a_recording_that_is_not_there_refuses_configure_and_can_be_set_right(tmp_path: Path) -> None:
    with running(replay(tmp_path / "missing", autostart=False), Listener) as (node, listener):
        node.trigger_configure()
        assert not node.is_active
        folder = write_folder(tmp_path / "folder", 1)
        node.set_parameters(
            [Parameter("replay.path", value=str(folder)), Parameter("replay.loop", value=True)]
        )
        node.trigger_configure()
        node.trigger_activate()
        wait_until(lambda: listener.images, "a frame")


def test_bad_parameters_end_the_start(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"'webcam'.*relay, replay"), running(camera(source="webcam")):
        pass
    with pytest.raises(ConfigError, match=r"replay\.speed"), running(replay(tmp_path, replay__speed=-1.0)):
        pass
