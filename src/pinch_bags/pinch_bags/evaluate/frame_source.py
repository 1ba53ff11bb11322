# SPDX-License-Identifier: Apache-2.0
"""One pass over a bag: each frame with the camera's pose, the truth and the attempts that belong to it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pinch_bags.attempts import ExecutedGrasp, attempt_topics, read_attempts
from pinch_bags.depth_stream import DepthStream
from pinch_bags.ground_truth import objects_topic
from pinch_core.errors import DamagedFileError, PinchError
from pinch_core.geometry.transform import Transform
from pinch_ros.bags import (
    Bag,
    FramePairing,
    RawFrame,
    RawMessage,
    RecordedTransforms,
    begin_with_static_transforms,
    header_frame_id,
    transforms_of,
)
from pinch_ros.bags.recorded_transforms import MOVING_TOPIC
from pinch_ros.calibration_file import load_calibration
from pinch_ros.conversions import transform_to_message
from pinch_ros.errors import FrameTransformError, NoFrameError

# A moving transform at an image's stamp may be recorded this much after the image [ns].
_TRANSFORM_DELAY_NS = 500_000_000
# Between two images: more is a pause that is worth a note, less than nothing a jump back [ns].
_PAUSE_NS = 10_000_000_000


@dataclass(frozen=True, eq=False)
class Truth:
    """True objects as they were recorded, and the camera before them."""

    objects: RawMessage
    T_cam_table: Transform


@dataclass(frozen=True, eq=False)
class FrameJob:
    """A frame and what is known of it. ``error``: why it cannot be planned on."""

    frame: RawFrame
    T_base_cam: Transform | None = None
    truth: Truth | None = None
    attempts: tuple[ExecutedGrasp, ...] = ()
    error: str = ""


@dataclass
class FrameSource:
    """Frames of a bag that are to be planned on.

    ``base_frame``: empty where nobody needs the camera's pose. ``camera_pose``: calibration file that was
    added to ``transforms``. ``truth_topic``: empty where there is none. ``every``: of so many frames one is
    taken. ``notes``: what a user should know, after the pass.
    """

    bag: Bag
    stream: DepthStream
    transforms: RecordedTransforms
    base_frame: str = ""
    camera_pose: Path | None = None
    truth_topic: str = ""
    attempts: Mapping[int, Sequence[ExecutedGrasp]] = field(default_factory=dict)
    every: int = 1
    notes: list[str] = field(default_factory=list)
    pairing: FramePairing = field(init=False)
    _truth: RawMessage | None = None
    _last_stamp_ns: int | None = None

    def __post_init__(self) -> None:
        self.pairing = self.stream.pairing()

    @classmethod
    def of_bag(
        cls,
        bag: Bag,
        stream: DepthStream,
        *,
        every: int = 1,
        base_frame: str = "",
        camera_pose: Path | None = None,
    ) -> FrameSource:
        """With all that the bag holds: static transforms, ground truth, attempts.

        Raises:
            CalibrationError: the calibration file cannot be used.
        """
        transforms = begin_with_static_transforms(bag)
        if camera_pose is not None:
            pose = load_calibration(camera_pose)
            stamped = transform_to_message(pose.T_parent_child, 0, pose.parent, pose.child)
            transforms.add(stamped, str(camera_pose))
        truth, tried = objects_topic(bag), attempt_topics(bag)
        attempts = read_attempts(bag, tried) if tried else {}
        return cls(
            bag,
            stream,
            transforms,
            base_frame,
            camera_pose,
            truth.name if truth else "",
            attempts,
            every,
            notes=list(bag.notes),
        )

    def jobs(self) -> Iterator[FrameJob]:
        """Every k-th frame, and those of attempts; a few wait for the transforms of their stamp.

        Raises:
            NoFrameError: the whole bag had no frame.
            DamagedFileError: the bag is damaged; what came before was yielded.
        """
        waiting: deque[FrameJob] = deque()
        frames = 0
        fault: DamagedFileError | None = None
        try:
            for raw in self.bag.messages(self._wanted()):
                frame = self._take(raw)
                if frame is not None:
                    frames += 1
                    if frame.number % self.every == 0 or frame.stamp_ns in self.attempts:
                        waiting.append(self._job(frame))
                while waiting and (ready := self._ready(waiting[0], raw.time_ns)) is not None:
                    waiting.popleft()
                    yield ready
        except DamagedFileError as error:
            fault = error
        for job in waiting:
            yield self._ready(job, None) or job
        if fault is not None:
            raise fault
        self._note_unpaired(frames)

    def _wanted(self) -> list[str]:
        names = [self.stream.topics.image, self.stream.topics.info, self.truth_topic]
        return [name for name in (*names, MOVING_TOPIC if self.base_frame else "") if name]

    def _take(self, raw: RawMessage) -> RawFrame | None:
        if raw.topic == MOVING_TOPIC:
            for stamped, where in transforms_of(raw):
                self.transforms.add_moving(stamped, where)
        elif raw.topic == self.truth_topic:
            self._truth = raw
        else:
            frame = self.pairing.add(raw)
            if frame is not None:
                self._note_jump(frame)
            return frame
        return None

    def _job(self, frame: RawFrame) -> FrameJob:
        attempts = tuple(self.attempts.get(frame.stamp_ns, ()))
        return FrameJob(frame, truth=self._truth_of(frame), attempts=attempts)

    def _truth_of(self, frame: RawFrame) -> Truth | None:
        if self._truth is None:
            return None
        optical, table = header_frame_id(frame.image), _frame_of_markers(self._truth)
        try:
            return Truth(self._truth, self.transforms.lookup_at(optical, table, frame.stamp_ns))
        except FrameTransformError as error:
            self._note(f"ground truth is not used: {error}")
            return None

    def _ready(self, job: FrameJob, now_ns: int | None) -> FrameJob | None:
        """The job with what it waited for; None while it may still come."""
        if not self.base_frame:
            return job
        frame = job.frame
        try:
            T_base_cam: Transform = self.transforms.lookup_at(
                self.base_frame, header_frame_id(frame.image), frame.stamp_ns
            )
        except PinchError as error:
            if now_ns is not None and now_ns - frame.time_ns < _TRANSFORM_DELAY_NS:
                return None
            return FrameJob(frame, None, job.truth, job.attempts, str(error))
        return FrameJob(frame, T_base_cam, job.truth, job.attempts)

    def _note_jump(self, frame: RawFrame) -> None:
        before, self._last_stamp_ns = self._last_stamp_ns, frame.stamp_ns
        if before is None:
            return
        step_s = (frame.stamp_ns - before) / 1e9
        if step_s < 0:
            self._note(
                f"time jumps back by {-step_s:.3f} s at image {frame.number} "
                f"({frame.stamp_ns / 1e9:.3f} s): a "
                "clock was set or a simulation restarted; both sides are evaluated, record them apart to "
                "tell them apart."
            )
        elif frame.stamp_ns - before > _PAUSE_NS:
            self._note(
                f"no image for {step_s:.1f} s before image {frame.number} "
                f"({frame.stamp_ns / 1e9:.3f} s); check "
                "the camera's connection if it was meant to run."
            )

    def _note_unpaired(self, frames: int) -> None:
        images, topics = self.pairing.images, self.stream.topics
        if not frames:
            raise NoFrameError(
                f"{self.bag.path} has {images} images on {topics.image}, but none with camera info of the "
                f"same stamp on {topics.info or 'any topic'}; name another topic with --info-topic, or the "
                "intrinsics with --camera FILE."
            )
        if frames < images:
            self._note(
                f"{images - frames} of {images} images have no camera info of their stamp on {topics.info} "
                "and were left out; give the intrinsics with --camera FILE to use them."
            )

    def _note(self, sentence: str) -> None:
        if sentence not in self.notes:
            self.notes.append(sentence)


def _frame_of_markers(raw: RawMessage) -> str:
    """The frame of a MarkerArray, which has no header of its own."""
    markers = raw.decode().markers
    return str(markers[0].header.frame_id) if markers else ""
