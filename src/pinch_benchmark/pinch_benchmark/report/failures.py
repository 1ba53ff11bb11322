# SPDX-License-Identifier: Apache-2.0
"""Failed trials once more, with a camera beside the gripper: a sheet of what went wrong, and short videos."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import mujoco
import numpy as np
from numpy.typing import NDArray

from pinch_benchmark.methods.registry import make_method
from pinch_benchmark.run.experiment import Experiment
from pinch_benchmark.run.run_trials import scene_of
from pinch_benchmark.run.trial import TrialRecord, run_trial
from pinch_benchmark.scenes.singulated_scene import SingulatedScene

UInt8 = NDArray[np.uint8]

SHEET = "failures.png"
FPS = 25
SIZE = (320, 240)
DISTANCE_M = 0.35
# Last frames of these make a row of the sheet; what a trial did not come to is left dark.
PHASES = ("approach", "close", "lift", "carry", "shake")


class FailureCamera:
    """Looks at a trial from the side: ``frames``, (phase, UInt8[H, W, 3] BGR) in the order of time."""

    def __init__(self, scene: SingulatedScene) -> None:
        width, height = SIZE
        self._renderer = mujoco.Renderer(scene.world.model, height, width)
        self._camera = mujoco.MjvCamera()
        self._camera.distance, self._camera.elevation, self._camera.azimuth = DISTANCE_M, -20.0, 60.0
        self._object = scene.world.object_body
        self._next = 0.0
        self.frames: list[tuple[str, UInt8]] = []

    def __call__(self, phase: str, data: mujoco.MjData) -> None:
        if data.time < self._next:
            return
        self._next = data.time + 1.0 / FPS
        self._camera.lookat[:] = data.xpos[self._object]
        self._renderer.update_scene(data, self._camera)
        self.frames.append((phase, np.ascontiguousarray(self._renderer.render()[..., ::-1])))

    def close(self) -> None:
        """Give the renderer's memory back."""
        self._renderer.close()


def film_failures(experiment: Experiment, records: Sequence[TrialRecord], most: int, folder: Path) -> None:
    """Of the first ``most`` failures of each method: a video, and a row of ``failures.png``."""
    rows = []
    jobs = {job.number: job for job in experiment.jobs()}
    for record in _first_failures(records, experiment.methods, most):
        job = jobs[record.number]
        scene = scene_of(job)
        camera = FailureCamera(scene)
        run_trial(make_method(record.method, job.made_for), scene, job.config, job.seed, camera)
        camera.close()
        title = f"{record.method}, {record.object_name}: {record.outcome}, friction {record.friction:.2f}"
        rows.append(_row(title, scene, camera.frames))
        _write_video(folder / f"failure_{record.number}_{record.method.partition(':')[0]}.mp4", camera.frames)
    if rows:
        cv2.imwrite(str(folder / SHEET), np.vstack(rows))


def _first_failures(records: Sequence[TrialRecord], methods: Sequence[str], most: int) -> list[TrialRecord]:
    """Of each method."""
    failed = [[each for each in records if each.method == name and not each.held] for name in methods]
    return [each for of_method in failed for each in of_method[:most]]


def _row(title: str, scene: SingulatedScene, frames: Sequence[tuple[str, UInt8]]) -> UInt8:
    last = dict(frames)
    dark = np.full((SIZE[1], SIZE[0], 3), 40, np.uint8)  # copied, since each gets its own name
    tiles = [_seen(scene), *(last.get(phase, dark).copy() for phase in PHASES)]
    for tile, name in zip(tiles, ("what the camera saw", *PHASES), strict=True):
        cv2.putText(
            tile, name, (8, SIZE[1] - 10), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (255, 255, 255), 1, cv2.LINE_AA
        )
    row = np.hstack(tiles)
    banner = np.full((26, row.shape[1], 3), 70, np.uint8)
    cv2.putText(banner, title, (8, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 255), 1, cv2.LINE_AA)
    return np.vstack([banner, row]).astype(np.uint8)


def _seen(scene: SingulatedScene) -> UInt8:
    """The depth image round the object, near is bright."""
    rows, columns = np.nonzero(scene.mask)
    middle = np.array([rows.mean(), columns.mean()]).round().astype(int)
    low = np.clip(middle - (60, 80), 0, np.array(scene.mask.shape) - (120, 160))
    depth = scene.frame.depth[low[0] : low[0] + 120, low[1] : low[1] + 160]
    near, far = np.nanpercentile(depth, [0.5, 99.5])
    shade = np.nan_to_num(255 * (far - depth) / max(far - near, 1e-3)).clip(0, 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(cv2.resize(shade, SIZE), cv2.COLOR_GRAY2BGR), dtype=np.uint8)


def _write_video(path: Path, frames: Sequence[tuple[str, UInt8]]) -> None:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), FPS, SIZE)
    for _, image in frames:
        writer.write(image)
    writer.release()
