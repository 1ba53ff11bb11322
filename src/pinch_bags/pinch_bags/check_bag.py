# SPDX-License-Identifier: Apache-2.0
"""A bag for ``pinch check``: topics, rates, cameras, frames of TF, and some of its depth images."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from pinch_core.check import Beside, Checked, SeenFile
from pinch_core.errors import DamagedFileError, PinchError
from pinch_core.file_kinds import MCAP, ROS1_BAG, SQLITE, kind_of

if TYPE_CHECKING:
    from pinch_bags.info.camera_survey import CameraSurvey
    from pinch_bags.info.survey import TopicSurvey
    from pinch_core.depth_format import DepthFormat

_METADATA_KEY = "rosbag2_bagfile_information"
# Pictures are of the first frames of a long recording.
_MOST_FRAMES = 100


@dataclass(frozen=True)
class BagCheck:
    """See :class:`pinch_core.check.Check`."""

    kind: str = "bag"
    suffixes: tuple[str, ...] = (".mcap", ".db3", ".bag")

    def recognises(self, seen: SeenFile) -> bool:
        """A storage file, a folder that holds one, or its metadata.yaml."""
        if seen.path.is_dir():
            from pinch_ros.bags import has_recording

            return has_recording(seen.path)
        return kind_of(seen.head) in (MCAP, SQLITE, ROS1_BAG) or _METADATA_KEY in seen.mapping

    def check(self, path: Path, beside: Beside) -> Checked:
        """The survey of ``pinch bag info``, in short."""
        from pinch_bags.info.survey import survey_bag
        from pinch_ros.bags import Bag

        if path.name == "metadata.yaml":
            path = path.parent
        survey = survey_bag(Bag(path), "", beside.depth_format)
        if survey.fault:
            raise DamagedFileError(survey.fault, path)
        lines = [("recording", f"{survey.messages} messages in {survey.seconds:.1f} s")]
        lines += [(topic.name, _topic_text(topic)) for topic in survey.topics]
        warnings = list(survey.missing)
        for camera in survey.cameras:
            lines += _camera_lines(camera)
            warnings += [f"{camera.image_topic}: {sentence}" for sentence in camera.missing]
        for named in beside.of("camera"):
            warnings += _against_file(survey.cameras, named)
        if any(camera.can_be_planned_on for camera in survey.cameras):
            lines.append(("next", f"./pinch bag evaluate {path}{beside.format_options()}"))
        figures = asdict(survey)
        images = [camera.image_topic for camera in survey.cameras if camera.can_be_planned_on]
        draw = (lambda: _draw(path, images[0], beside.depth_format)) if images else None
        return Checked(self.kind, tuple(lines), tuple(warnings), figures, draw)


CHECK = BagCheck()


def _topic_text(topic: TopicSurvey) -> str:
    rate = "" if topic.rate is None else f", {topic.rate:.1f} Hz, longest gap {topic.longest_gap:.3f} s"
    return f"{topic.count} x {topic.type.replace('/msg/', '/')}{rate}"


def _camera_lines(camera: CameraSurvey) -> list[tuple[str, str]]:
    size = "" if camera.size is None else f", {camera.size[0]} x {camera.size[1]}"
    lines = [("camera", f"{camera.image_topic}: {camera.images} images, {camera.encoding}{size}")]
    if camera.intrinsics is not None:
        _, _, fx, fy, cx, cy = camera.intrinsics
        lines.append(("  intrinsics", f"fx {fx:.1f}, fy {fy:.1f}, cx {cx:.1f}, cy {cy:.1f} px"))
    if camera.median_depth is not None:
        lines.append(
            (
                "  first image",
                f"median {camera.median_depth:.3f} m, {camera.hole_ratio or 0.0:.1%} without return",
            )
        )
    lines.append(("  frames", " in ".join(camera.chain) or "none"))
    return lines


def _against_file(cameras: list[CameraSurvey], path: Path) -> list[str]:
    """Where a camera file beside the bag is of another camera than its camera info."""
    from pinch_core.calibration import read_calibration

    try:
        calibration = read_calibration(path)
        kinds = [calibration.intrinsics(rectified) for rectified in (False, calibration.describes_rectified)]
    except PinchError:  # which its own check tells
        return []
    given = [(k.width, k.height, k.fx, k.fy, k.cx, k.cy) for k in kinds]
    found = []
    for camera in cameras:
        if camera.intrinsics is None:
            continue
        # Of the raw or of the rectified image, whichever the bag holds.
        apart = min(max(abs(a - b) for a, b in zip(k, camera.intrinsics, strict=True)) for k in given)
        if apart > 1.0:
            found.append(
                f"{path} and {camera.info_topic} differ by up to {apart:.1f} px in size, focal length or "
                "principal point; plan with the one that was calibrated for these images."
            )
    return found


def _draw(path: Path, image: str, depth_format: DepthFormat) -> bytes:
    from pinch_bags.bag_picture import draw_frames
    from pinch_ros.bags import Bag, choose_depth_topics, raw_frames

    bag = Bag(path)
    frames = list(islice(raw_frames(bag, choose_depth_topics(bag, image)), _MOST_FRAMES))
    return draw_frames(frames, depth_format, f"{path.name}, {image}")
