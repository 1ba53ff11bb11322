# SPDX-License-Identifier: Apache-2.0
"""Failed attempts once more, with a camera beside the gripper: sheets and videos, and how rounds began."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import mujoco
import numpy as np
from numpy.typing import NDArray

from pinch_benchmark.clutter.clutter_experiment import ClutterExperiment, scene_of
from pinch_benchmark.clutter.heap_trial import execute_in_heap
from pinch_benchmark.clutter.heap_view import HeapView
from pinch_benchmark.clutter.judge import ClutterOutcome
from pinch_benchmark.clutter.play_round import view_of
from pinch_benchmark.clutter.protocol import ClutterProtocol
from pinch_benchmark.clutter.records import AttemptRecord, RoundRecord, transform_of
from pinch_benchmark.clutter.round_scene import RoundScene
from pinch_core.geometry.transform import Transform
from pinch_datagen.random_streams import RandomStreams

UInt8 = NDArray[np.uint8]

FPS = 25
SIZE = (400, 300)
DISTANCE_M = 0.45
# Width of the table's middle in a picture of what the camera saw.
SHOWN_M = 0.50
# Last frames of these make a row of the sheet; what an attempt did not come to is left dark.
PHASES = ("start", "approach", "close", "lift", "shake")
WHITE = (255, 255, 255)
ROWS_A_SHEET = 8


class HeapFilm:
    """Looks at an attempt from the side: ``frames``, (phase, UInt8[H, W, 3] BGR) in the order of time."""

    def __init__(self, scene: RoundScene, place: NDArray[np.float64]) -> None:
        width, height = SIZE
        self._renderer = mujoco.Renderer(scene.world.model, height, width)
        self._camera = mujoco.MjvCamera()
        self._camera.distance, self._camera.elevation, self._camera.azimuth = DISTANCE_M, -28.0, 60.0
        self._camera.lookat[:] = place
        self._next = 0.0
        self.frames: list[tuple[str, UInt8]] = []

    def __call__(self, phase: str, data: mujoco.MjData) -> None:
        if data.time < self._next:
            return
        self._next = data.time + 1.0 / FPS
        self._renderer.update_scene(data, self._camera)
        picture = np.ascontiguousarray(self._renderer.render()[..., ::-1])
        self.frames.append((phase if self.frames else "start", picture))

    def close(self) -> None:
        """Give the renderer's memory back."""
        self._renderer.close()


def film_failures(
    experiment: ClutterExperiment, records: Sequence[RoundRecord], most: int, folder: Path
) -> None:
    """Of the first ``most`` failed attempts of each scene and method: a video, and a row of a sheet
    ``failures_SCENE_METHOD_K.png``; and ``begin_SCENE_NUMBER.png`` of these rounds.
    """
    for scene_name in experiment.scenes:
        jobs = experiment.jobs(scene_name)
        scenes: dict[int, RoundScene] = {}
        for method in experiment.methods:
            mine = [r for r in records if (r.scene, r.method) == (scene_name, method)]
            failed = [
                (record, k)
                for record in mine
                for k, attempt in enumerate(record.attempts)
                if attempt.outcome != ClutterOutcome.HELD.value
            ]
            rows = []
            for record, number in failed[:most]:
                if record.number not in scenes:
                    scenes[record.number] = scene_of(jobs[record.number])
                    begin = _begin(scenes[record.number], experiment.seed, scene_name)
                    cv2.imwrite(str(folder / f"begin_{scene_name}_{record.number}.png"), begin)
                scene, protocol = scenes[record.number], jobs[record.number].protocol
                row, frames = _again(scene, protocol, record, number, experiment.seed)
                rows.append(row)
                name = f"failure_{scene_name}_{record.number}_{number}_{_short(method)}.mp4"
                if frames:
                    _write_video(folder / name, frames)
            for k in range(0, len(rows), ROWS_A_SHEET):
                sheet = f"failures_{scene_name}_{_short(method)}_{k // ROWS_A_SHEET}.png"
                cv2.imwrite(str(folder / sheet), np.vstack(rows[k : k + ROWS_A_SHEET]))


def _short(method: str) -> str:
    """Without the path of a network, for names of files."""
    return method.partition(":")[0]


def _again(
    scene: RoundScene, protocol: ClutterProtocol, record: RoundRecord, number: int, seed: int
) -> tuple[UInt8, list[tuple[str, UInt8]]]:
    """A row of the sheet, and the frames."""
    attempt = record.attempts[number]
    poses = [transform_of(pose) for pose in attempt.before]
    streams = RandomStreams(seed, f"round {protocol.name} {record.number}")
    view = view_of(scene, poses, (), streams, number)
    T_table_tcp = transform_of(attempt.grasp)
    title = _title(record, number)
    if T_table_tcp is None:
        return _row(title, [_seen(view, None, 0.0)]), []
    film = HeapFilm(scene, T_table_tcp.translation)
    execute_in_heap(
        scene.world,
        poses,
        T_table_tcp,
        attempt.opening,
        protocol.physics,
        protocol.motion,
        protocol.stop_on_contact,
        film,
    )
    film.close()
    last = dict(film.frames)
    dark = np.full((SIZE[1], SIZE[0], 3), 40, np.uint8)  # copied, since each gets its own name
    tiles = [_seen(view, T_table_tcp, attempt.opening)]
    for phase in PHASES:
        tile = last.get(phase, dark).copy()
        _write(tile, phase, (8, SIZE[1] - 10))
        tiles.append(tile)
    return _row(title, tiles), film.frames


def _title(record: RoundRecord, number: int) -> str:
    attempt: AttemptRecord = record.attempts[number]
    where = f"{record.scene} round {record.number} attempt {number}, {record.method}"
    if attempt.refusal:
        return f"{where}: refused: {attempt.refusal}"
    target = record.objects[attempt.target] if attempt.target >= 0 else "nothing"
    liftable = "" if attempt.target < 0 or record.liftable[attempt.target] else " (not liftable)"
    return (
        f"{where}: {attempt.outcome} on {target}{liftable}; lenient {attempt.lenient}, "
        f"q {attempt.quality:.2f}, {attempt.force:.0f} N, pushed {1e3 * attempt.pushed:.0f} mm, "
        f"lifted {len(attempt.lifted)}"
    )


def _row(title: str, tiles: list[UInt8]) -> UInt8:
    dark = np.full((SIZE[1], SIZE[0], 3), 40, np.uint8)
    tiles = tiles + [dark] * (len(PHASES) + 1 - len(tiles))
    row = np.hstack(tiles)
    banner = np.full((26, row.shape[1], 3), 70, np.uint8)
    _write(banner, title, (8, 18))
    return np.vstack([banner, row]).astype(np.uint8)


def _write(image: UInt8, text: str, place: tuple[int, int]) -> None:
    cv2.putText(image, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.5, WHITE, 1, cv2.LINE_AA)


def _seen(view: HeapView, T_table_tcp: Transform | None, opening: float) -> UInt8:
    """The depth image round the heap, near is bright; the grasp as the pads on the approach."""
    window = _window(view)
    depth = view.frame.depth
    shown = depth[window]
    near, far = np.nanpercentile(shown, [0.2, 99.8])
    shade = np.nan_to_num(255 * (far - depth) / max(far - near, 1e-3)).clip(0, 255).astype(np.uint8)
    picture = cv2.cvtColor(shade, cv2.COLOR_GRAY2BGR)
    if T_table_tcp is not None:
        T_cam_tcp = view.T_table_cam.inverse() @ T_table_tcp
        ends = T_cam_tcp @ np.array([[0.0, -opening / 2, 0.0], [0.0, opening / 2, 0.0]])
        first, second = ((int(u), int(v)) for u, v in np.rint(view.frame.intrinsics.project(ends)).tolist())
        cv2.line(picture, first, second, (0, 200, 255), 1, cv2.LINE_AA)
        for end in (first, second):
            cv2.circle(picture, end, 3, (0, 200, 255), -1, cv2.LINE_AA)
    resized = np.asarray(cv2.resize(picture[window], SIZE, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    _write(resized, "what the camera saw", (8, SIZE[1] - 10))
    return resized


def _window(view: HeapView) -> tuple[slice, slice]:
    """Rows and columns of the table's middle, as high as wide in the proportion of a tile."""
    intrinsics = view.frame.intrinsics
    (middle,) = intrinsics.project((view.T_table_cam.inverse() @ np.zeros(3))[None])
    half_width = intrinsics.fx * SHOWN_M / 2 / float(np.linalg.norm(view.T_table_cam.translation))
    half = np.array([half_width, half_width * SIZE[1] / SIZE[0]])
    low = np.clip(middle - half, 0, intrinsics.size).astype(int)
    high = np.clip(middle + half, 1, intrinsics.size).astype(int)
    return slice(low[1], high[1]), slice(low[0], high[0])


def _begin(scene: RoundScene, seed: int, scene_name: str) -> UInt8:
    """The heap as a person and as the camera sees it."""
    data = scene.world.state(scene.poses)
    renderer = mujoco.Renderer(scene.world.model, SIZE[1], SIZE[0])
    camera = mujoco.MjvCamera()
    camera.distance, camera.elevation, camera.azimuth = 0.7, -45.0, 60.0
    scene.world.park_gripper()
    mujoco.mj_forward(scene.world.model, data)
    renderer.update_scene(data, camera)
    picture = np.ascontiguousarray(renderer.render()[..., ::-1])
    renderer.close()
    streams = RandomStreams(seed, f"round {scene_name} {scene.number}")
    seen = _seen(view_of(scene, scene.poses, (), streams, 0), None, 0.0)
    names = [
        f"{name}{'' if lifted else ' (not liftable)'}"
        for name, lifted in zip(scene.names, scene.liftable, strict=True)
    ]
    banner = np.full((26, 2 * SIZE[0], 3), 70, np.uint8)
    _write(banner, f"{scene_name} round {scene.number}: " + ", ".join(names[:5]), (8, 18))
    return np.vstack([banner, np.hstack([picture, seen])]).astype(np.uint8)


def _write_video(path: Path, frames: Sequence[tuple[str, UInt8]]) -> None:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), FPS, SIZE)
    for _, image in frames:
        writer.write(image)
    writer.release()
