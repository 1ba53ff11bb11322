# SPDX-License-Identifier: Apache-2.0
"""Simulated recordings: what they say of the truth is true."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from simulated_bags import SIMULATED

from pinch_bags.ground_truth import objects_from_markers, objects_topic
from pinch_bags.synth.bag_config import DepthEncoding
from pinch_bags.synth.simulated_bag import write_simulated_bag
from pinch_bags.synth.simulated_cell import SimulatedCell
from pinch_core.depth_format import DepthFormat
from pinch_core.depth_frame import DepthFrame
from pinch_core.depth_noise.noise_config import NoiseConfig
from pinch_core.resources import load_gripper
from pinch_ros.bags import (
    Bag,
    begin_with_static_transforms,
    choose_depth_topics,
    depth_image_topics,
    header_stamp_ns,
    raw_frames,
)
from pinch_ros.conversions import mask_from_message

SMALL = dataclasses.replace(SIMULATED, scenes=1, frames=2, attempts=0, noise=False)


def frames(bag: Bag, image: str = "") -> list[DepthFrame]:
    return [one.decode(DepthFormat()) for one in raw_frames(bag, choose_depth_topics(bag, image))]


def messages(bag: Bag) -> list[tuple[str, int, object]]:
    return [(raw.topic, raw.time_ns, raw.decode()) for raw in bag.messages(bag.topics)]


def test_the_same_options_give_the_same_messages(tmp_path: Path, simulated_bag: Path) -> None:
    write_simulated_bag(tmp_path / "again.mcap", SIMULATED)
    assert messages(Bag(tmp_path / "again.mcap")) == messages(Bag(simulated_bag))
    write_simulated_bag(tmp_path / "other.mcap", dataclasses.replace(SMALL, seed=1))
    write_simulated_bag(tmp_path / "small.mcap", SMALL)
    assert messages(Bag(tmp_path / "other.mcap")) != messages(Bag(tmp_path / "small.mcap"))


def test_objects_and_poses_come_back_as_they_were(simulated_bag: Path) -> None:
    bag = Bag(simulated_bag)
    topic = objects_topic(bag)
    assert topic is not None
    cell = SimulatedCell(load_gripper("panda"), ["camera"], SIMULATED.seed, NoiseConfig(), SIMULATED.pool)
    for scene, raw in enumerate(bag.messages((topic.name,))):
        found, truth = objects_from_markers(raw.decode(), "here"), cell.objects(scene)
        assert len(found) == len(truth)
        for one, other in zip(found, truth, strict=True):
            assert (one.model.name, one.model.mass) == (other.model.name, other.model.mass)
            # Triangle by triangle the same corners; the shared corners are written out.
            np.testing.assert_array_equal(
                one.model.vertices, other.model.vertices[other.model.faces].reshape(-1, 3)
            )
            np.testing.assert_allclose(one.T_table_obj.matrix, other.T_table_obj.matrix, atol=1e-12)
            np.testing.assert_allclose(one.model.center_of_mass, other.model.center_of_mass, atol=1e-9)


def test_masks_show_each_object_where_its_pose_and_the_camera_say(simulated_bag: Path) -> None:
    bag = Bag(simulated_bag)
    transforms = begin_with_static_transforms(bag)
    depth = {frame.stamp_ns: frame for frame in frames(bag)}
    T_table_cam = transforms.lookup("table", "camera_depth_optical_frame")
    objects = []
    for raw in bag.messages(("/ground_truth/objects", "/camera/ground_truth/mask")):
        if raw.topic == "/ground_truth/objects":
            objects = objects_from_markers(raw.decode(), "here")
            continue
        frame = depth[header_stamp_ns(raw)]
        labels = np.asarray(raw.decode().data).reshape(frame.depth.shape)
        assert set(np.unique(labels)) == set(range(len(objects) + 1))
        points = T_table_cam @ frame.points().astype(np.float64)
        for number, item in enumerate(objects, 1):
            seen = points[(labels == number) & frame.valid]
            in_object = item.T_table_obj.inverse() @ seen
            low, high = item.model.vertices.min(axis=0), item.model.vertices.max(axis=0)
            # What noise throws farther than a centimetre is little.
            assert ((in_object > low - 0.01) & (in_object < high + 0.01)).all(axis=1).mean() > 0.9
        assert np.median(points[(labels == 0) & frame.valid][:, 2]) == pytest.approx(0.0, abs=0.003)


def test_frames_of_a_scene_differ_by_noise_alone(tmp_path: Path, simulated_bag: Path) -> None:
    first, second, *_ = frames(Bag(simulated_bag))
    difference = np.abs(first.depth - second.depth)
    assert 0 < np.nanmedian(difference) < 0.01
    write_simulated_bag(tmp_path / "clean.mcap", SMALL)
    one, other = frames(Bag(tmp_path / "clean.mcap"))
    np.testing.assert_array_equal(one.depth, other.depth)


@pytest.mark.parametrize("encoding", list(DepthEncoding))
@pytest.mark.parametrize("name", ["bag.mcap", "bag.db3", "bag"])
def test_every_encoding_and_storage_holds_the_same_depth(
    tmp_path: Path, encoding: DepthEncoding, name: str
) -> None:
    write_simulated_bag(
        tmp_path / name, dataclasses.replace(SMALL, encoding=encoding, compress=name != "bag")
    )
    cell = SimulatedCell(
        load_gripper("panda"), ["camera_depth_optical_frame"], SMALL.seed, NoiseConfig(), SMALL.pool
    )
    truth = cell.view(cell.objects(0), cell.cameras[0])
    for frame in frames(Bag(tmp_path / name)):
        half_a_step = 1e-7 if encoding is DepthEncoding.METRES else 0.5001e-3
        np.testing.assert_allclose(frame.depth, truth.depth, atol=half_a_step)
        assert frame.intrinsics == truth.camera.intrinsics


def test_several_cameras_have_topics_and_poses_of_their_own_in_a_namespace(tmp_path: Path) -> None:
    write_simulated_bag(tmp_path / "two", dataclasses.replace(SMALL, cameras=2, namespace="cell_1"))
    bag = Bag(tmp_path / "two")
    topics = depth_image_topics(bag)
    assert topics == ["/cell_1/camera/depth/image_rect_raw", "/cell_1/camera_2/depth/image_rect_raw"]
    transforms = begin_with_static_transforms(bag)
    table_heights = []
    for topic in topics:
        (frame, *_) = frames(bag, topic)
        T_table_cam = transforms.lookup("table", frame.frame_id)
        heights = (T_table_cam @ frame.points().astype(np.float64))[..., 2]
        table_heights.append(np.nanmedian(heights))
    np.testing.assert_allclose(table_heights, 0.0, atol=1e-3)
    mask = next(iter(bag.messages(("/cell_1/camera_2/ground_truth/mask",))))
    assert mask_from_message(mask.decode()).any()
