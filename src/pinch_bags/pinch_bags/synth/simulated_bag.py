# SPDX-License-Identifier: Apache-2.0
"""Writes simulated scenes as a robot's cameras, TF and attempts would have been recorded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pinch_interfaces.msg import Grasp as GraspMessage
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Bool, Header
from tf2_msgs.msg import TFMessage

from pinch_bags.ground_truth import MASK_TOPIC, OBJECTS_TOPIC, objects_to_markers
from pinch_bags.synth.bag_config import DepthEncoding, SimulatedBagConfig
from pinch_bags.synth.compressed_depth import compressed_depth_message
from pinch_bags.synth.simulated_cell import FixedCamera, SimulatedCell, View
from pinch_core.depth_frame import DepthFrame
from pinch_core.depth_noise.noise_config import NoiseConfig
from pinch_core.depth_noise.stereo import StereoNoise
from pinch_core.geometry.transform import Transform
from pinch_core.grasp_types import bind_grasp_type
from pinch_core.parallel_jaw.gripper import ParallelJawGripper, as_parallel_jaw
from pinch_core.planner_config import PlannerConfig
from pinch_core.planning.plan import plan_grasps
from pinch_core.planning.policies import make_policy
from pinch_core.resources import load_gripper
from pinch_datagen.benchmark.grasp_judge import GraspJudge
from pinch_datagen.random_streams import RandomStreams
from pinch_datagen.scene.placed_object import PlacedObject
from pinch_ros.bags import BagWriter
from pinch_ros.bags.depth_topics import COMPRESSED_SUFFIX
from pinch_ros.conversions import (
    camera_info_from_intrinsics,
    depth_frame_to_image,
    grasp_to_message,
    ns_to_stamp,
    pixels_to_message,
    transform_to_message,
)

START_NS = 1_700_000_000_000_000_000
# A recorder gets an image this long after it was taken.
_DELAY_NS = 20_000_000
BASE_FRAME, TABLE_FRAME = "panda_link0", "table"
T_BASE_TABLE = Transform.from_rpy((0.0, 0.0, 0.0), (0.5, 0.0, 0.02))
ATTEMPT_TOPICS = "/attempts/grasp", "/attempts/held"


@dataclass(frozen=True)
class _Names:
    """Topics of a camera."""

    image: str
    info: str
    mask: str

    @classmethod
    def of(cls, prefix: str, number: int) -> _Names:
        camera = f"{prefix}/camera" + (f"_{number + 1}" if number else "")
        return cls(f"{camera}/depth/image_rect_raw", f"{camera}/depth/camera_info", f"{camera}{MASK_TOPIC}")


def write_simulated_bag(out: Path, options: SimulatedBagConfig) -> str:
    """Write the recording; what it holds, in one sentence.

    Raises:
        OutputError: there is something at ``out``, or it cannot be written.
    """
    gripper = as_parallel_jaw(load_gripper(options.gripper), "pinch bag synth")
    frame_ids = [_optical_frame(number) for number in range(options.cameras)]
    noise = NoiseConfig(stereo=StereoNoise() if options.noise else None)
    cell = SimulatedCell(gripper, frame_ids, options.seed, noise, options.pool)
    prefix = f"/{options.namespace.strip('/')}" if options.namespace else ""
    period_ns = round(1e9 / options.rate)
    with BagWriter(out, compress=options.compress) as bag:
        bag.add("/tf_static", _static_transforms(cell), START_NS, latched=True)
        for scene in range(options.scenes):
            objects = cell.objects(scene)
            first_ns = START_NS + scene * options.frames * period_ns
            header = Header(stamp=ns_to_stamp(first_ns), frame_id=TABLE_FRAME)
            bag.add(prefix + OBJECTS_TOPIC, objects_to_markers(objects, header), first_ns, latched=True)
            views = [cell.view(objects, camera) for camera in cell.cameras]
            for repeat in range(options.frames):
                number, stamp_ns = scene * options.frames + repeat, first_ns + repeat * period_ns
                for index, view in enumerate(views):
                    frame = cell.measured(view, number, stamp_ns)
                    _add_frame(bag, _Names.of(prefix, index), view, frame, options.encoding)
            last = cell.measured(views[0], number, stamp_ns)
            attempts = _attempts(cell, objects, cell.cameras[0], last, gripper, options, scene)
            for step, (grasp, held) in enumerate(attempts):
                time_ns = stamp_ns + _DELAY_NS + (2 * step + 1) * 1_000_000
                bag.add(prefix + ATTEMPT_TOPICS[0], grasp, time_ns)
                bag.add(prefix + ATTEMPT_TOPICS[1], held, time_ns + 1_000_000)
    count = options.scenes * options.frames * options.cameras
    return f"{out}: {count} depth images of {options.scenes} scenes, from {options.cameras} cameras"


def _optical_frame(number: int) -> str:
    return "camera" + (f"_{number + 1}" if number else "") + "_depth_optical_frame"


def _static_transforms(cell: SimulatedCell) -> TFMessage:
    """Base to table, and base to each camera's body and on to its optical frame, as drivers have it."""
    T_link_optical = Transform.from_rpy((-np.pi / 2, 0.0, -np.pi / 2))
    poses = [(T_BASE_TABLE, BASE_FRAME, TABLE_FRAME)]
    for camera in cell.cameras:
        link = camera.frame_id.replace("_depth_optical_frame", "_link")
        T_base_link = T_BASE_TABLE @ camera.T_table_cam @ T_link_optical.inverse()
        poses += [(T_base_link, BASE_FRAME, link), (T_link_optical, link, camera.frame_id)]
    return TFMessage(transforms=[transform_to_message(pose, START_NS, *names) for pose, *names in poses])


def _add_frame(bag: BagWriter, names: _Names, view: View, frame: DepthFrame, encoding: DepthEncoding) -> None:
    message = _depth_message(frame, encoding)
    time_ns = frame.stamp_ns + _DELAY_NS
    bag.add(names.info, camera_info_from_intrinsics(frame.intrinsics, message.header), time_ns)
    is_compressed = encoding is DepthEncoding.COMPRESSED
    bag.add(names.image + (COMPRESSED_SUFFIX if is_compressed else ""), message, time_ns)
    bag.add(names.mask, pixels_to_message(view.mask, "mono8", message.header), time_ns)


def _depth_message(frame: DepthFrame, encoding: DepthEncoding) -> Image | CompressedImage:
    image = depth_frame_to_image(frame)
    if encoding is DepthEncoding.METRES:
        return image
    millimetres = np.rint(np.nan_to_num(frame.depth) * 1e3).astype(np.uint16)
    if encoding is DepthEncoding.COMPRESSED:
        return compressed_depth_message(millimetres, image.header)
    return pixels_to_message(millimetres, "16UC1", image.header)


def _attempts(
    cell: SimulatedCell,
    objects: tuple[PlacedObject, ...],
    camera: FixedCamera,
    frame: DepthFrame,
    gripper: ParallelJawGripper,
    options: SimulatedBagConfig,
    scene: int,
) -> list[tuple[GraspMessage, Bool]]:
    """Random admissible grasps on the last frame of a scene, and whether the truth lets them hold."""
    if not options.attempts:
        return []
    streams = RandomStreams(options.seed, "attempts")
    config = PlannerConfig(max_grasps=options.attempts)
    grasp_type = bind_grasp_type(gripper, config)
    policy = make_policy("random", "", config, grasp_type)
    rng = streams.of("planning", scene)
    grasps = plan_grasps(frame, grasp_type, config, rng, policy=policy).grasps
    judge, truth = GraspJudge(gripper, cell.config.quality), cell.judged(objects, frame, camera)
    hits = judge.collisions(truth, grasps)
    found = []
    for number, grasp in enumerate(grasps):
        rng = streams.of(f"judging {number}", scene)
        held = not hits[number] and judge.is_robust(judge.robust_epsilon(truth, grasp, rng))
        header = Header(stamp=ns_to_stamp(frame.stamp_ns), frame_id=frame.frame_id)
        found.append((grasp_to_message(grasp, header), Bool(data=bool(held))))
    return found
