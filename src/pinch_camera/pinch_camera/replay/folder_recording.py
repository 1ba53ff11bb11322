# SPDX-License-Identifier: Apache-2.0
"""A folder of depth images with one camera file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from geometry_msgs.msg import TransformStamped

from pinch_camera.errors import NoFrameSourceError
from pinch_camera.replay.config import ReplayConfig
from pinch_camera.replay.recording import RecordedFrame
from pinch_core.calibration import read_calibration
from pinch_core.depth_files import frame_from_file
from pinch_core.natural_order import natural_order
from pinch_core.stored_array import DEPTH_SUFFIXES

_CAMERA_SUFFIXES = (".json", ".intr", ".yaml", ".yml", ".xml")


class FolderRecording:
    """The files that match the pattern, in natural order (2 before 10), at a constant rate."""

    def __init__(self, folder: Path, config: ReplayConfig) -> None:
        self._config = config
        self._files = sorted(
            (path for path in folder.glob(config.pattern) if path.suffix.lower() in DEPTH_SUFFIXES),
            key=lambda path: natural_order(path.name),
        )
        if not self._files:
            raise NoFrameSourceError(
                f"{folder} holds no npy, pfm, png or tiff file whose name matches '{config.pattern}'; set "
                "replay.pattern."
            )
        self._camera = _intrinsics_file(folder, config.intrinsics)
        self._calibration = read_calibration(self._camera)

    def __len__(self) -> int:
        return len(self._files)

    @property
    def static_transforms(self) -> Sequence[TransformStamped]:
        return ()

    def __iter__(self) -> Iterator[RecordedFrame]:
        for index, path in enumerate(self._files):
            load = partial(
                frame_from_file,
                path,
                self._calibration,
                self._config.depth_format,
                self._camera,
                frame_id=self._config.frame_id,
            )
            yield RecordedFrame(index / self._config.fps, load)


def _intrinsics_file(folder: Path, name: str) -> Path:
    if name:
        return folder / name  # an absolute name replaces the folder
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in _CAMERA_SUFFIXES)
    if len(found) != 1:
        names = ", ".join(path.name for path in found) or "none"
        raise NoFrameSourceError(
            f"{folder} must hold one camera file (json, intr, yaml or xml), it has {names}; name it in "
            "replay.intrinsics."
        )
    return found[0]
