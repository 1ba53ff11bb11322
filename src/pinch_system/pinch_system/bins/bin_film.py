# SPDX-License-Identifier: Apache-2.0
"""The film of a bin that is cleared, and its contact sheet: drawn after the run from what was recorded."""

from __future__ import annotations

from bisect import bisect_right
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from pinch_interfaces.msg import ErrorCode

from pinch_sim.cell_config import CellConfig
from pinch_system.bins.bin_record import BinAttempt, BinRecord
from pinch_system.bins.bin_watch import BinWatch, Moment
from pinch_system.bins.cell_painter import CellPainter
from pinch_system.bins.clear_bin import BinLog, Step
from pinch_system.bins.lettering import GREEN, GREY, RED, WHITE, Canvas

UInt8 = NDArray[np.uint8]

CODE_NAMES = {
    getattr(ErrorCode, name): name.lower().replace("_", " ")
    for name in dir(ErrorCode)
    if name.isupper() and isinstance(getattr(ErrorCode, name), int)
}
SIZE = (1280, 720)
FPS = 24
# The film shows so many simulated seconds in one.
SPEED = 4.0
# How long the first and the last picture stand, and a sentence about an event [s of the film].
HOLD_S, SENTENCE_S = 1.5, 1.6
# Width of the planner's picture in the film, and what it shows around the bin [px].
INSET_WIDTH, MARGIN = 380, 14
TILE, COLUMNS, LONGEST_SHEET = (420, 280), 4, 24
# The part of the picture that a tile shows: bin, place area and hand [px].
CROP = (slice(130, 710), slice(190, 1060))
# A tile shows an object after this share of its way to the place area; without one, the last moment of the
# first of these stages that the attempt came to.
IN_THE_AIR = 0.35
TELLING_STAGES = ("lift", "push", "verify", "close", "approach")


class BinFilm:
    """Made of what a watch kept, what the executor told, and the record."""

    def __init__(self, config: CellConfig, watch: BinWatch, log: BinLog, record: BinRecord) -> None:
        self._config, self._log, self._record = config, log, record
        self._moments = [moment for moment in watch.moments if moment.joints]
        self._times = [moment.time_s for moment in self._moments]
        self._events = watch.events
        self._around_bin = around_bin(config)

    @property
    def is_empty(self) -> bool:
        return not self._moments

    def write(self, video: Path, sheet: Path) -> None:
        """The film as MPEG-4, and the contact sheet as PNG."""
        with CellPainter(self._config, self._record.objects, *SIZE) as painter:
            self._write_video(painter, video)
            self._write_sheet(painter, sheet)

    def _write_video(self, painter: CellPainter, path: Path) -> None:
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), FPS, SIZE)
        start, end = self._log.began_s, self._times[-1]
        frames = max(1, round((end - start) / SPEED * FPS))
        picture = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
        for number in range(frames + 1):
            picture = self._frame(painter, start + number * SPEED / FPS)
            for _ in range(round(HOLD_S * FPS) if number == 0 else 1):
                writer.write(picture)
        final = self._with_result(picture)
        for _ in range(round(2 * HOLD_S * FPS)):
            writer.write(final)
        writer.release()

    def _frame(self, painter: CellPainter, time_s: float) -> UInt8:
        canvas = Canvas(painter.draw(self._moment(time_s)))
        step = self._step(time_s)
        total = len(self._record.objects)
        done = self._placed(time_s)
        canvas.strip(56)
        canvas.text((24, -20), _clock(time_s - self._log.began_s), 0.8, WHITE)
        if step is not None and time_s <= self._log.ended_s:
            canvas.text((140, -20), f"attempt {step.attempt}   {step.stage}", 0.8, GREY)
        canvas.dots((-40 - 26 * total, -28), total, done)
        canvas.text((-185 - 26 * total, -20), f"{done} of {total}", 0.8, WHITE)
        canvas.text((24, 38), f"pinch clears a bin of {total}", 0.9, WHITE, shadow=True)
        canvas.text((24, 66), f"simulated cell, {SPEED:g} times its speed", 0.55, WHITE, shadow=True)
        sentence, colour = self._sentence(time_s)
        if sentence:
            canvas.text((24, -78), sentence, 0.75, colour, shadow=True)
        picture = self._plan(time_s)
        if picture is not None and time_s <= self._log.ended_s:
            canvas.inset(picture[self._around_bin], INSET_WIDTH, "what the camera measures, and the grasp")
        return canvas.image

    def _with_result(self, picture: UInt8) -> UInt8:
        record = self._record
        canvas = Canvas(picture.copy())
        lines = [
            f"{record.placed} of {len(record.objects)} objects placed",
            f"{record.attempts} attempts, {record.pushes} pushes",
            f"{record.picks_per_hour:.0f} picks per hour of simulated time",
            f"{record.double_picks} double picks, {record.wall_contacts} wall contacts, "
            f"{len(record.fell_out)} fell out",
        ]
        canvas.panel(lines, GREEN if record.cleared else RED)
        return canvas.image

    def _write_sheet(self, painter: CellPainter, path: Path) -> None:
        record, zero = self._record, self._log.began_s
        tiles = [self._tile(painter, zero, "filled", WHITE)]
        for attempt in record.each[:LONGEST_SHEET]:
            if attempt.objects or attempt.error_msg:
                tiles.append(self._attempt_tile(painter, attempt))
        tiles.append(self._tile(painter, self._times[-1], "the end", WHITE))
        blank = np.full_like(tiles[0], 40)
        tiles += [blank] * (-len(tiles) % COLUMNS)
        rows = [np.hstack(tiles[i : i + COLUMNS]) for i in range(0, len(tiles), COLUMNS)]
        sheet = np.vstack(rows)
        banner = Canvas(np.full((64, sheet.shape[1], 3), 40, np.uint8))
        banner.text((16, 27), f"Bin of {len(record.objects)}, seed {record.seed}", 0.75, WHITE)
        banner.text((16, 53), record.sentence, 0.6, GREEN if record.cleared else RED)
        cv2.imwrite(str(path), np.vstack([banner.image, sheet]))

    def _attempt_tile(self, painter: CellPainter, attempt: BinAttempt) -> UInt8:
        what = " and ".join(name.replace("_", " ") for name in attempt.objects) or "nothing lifted"
        colour = GREEN if attempt.placed and not attempt.error_msg else RED
        failure = f": {CODE_NAMES.get(attempt.error_code, 'failed')}" if attempt.error_code else ""
        caption = f"{attempt.attempt}  {what}{failure}"
        return self._tile(painter, self._telling_time(attempt), caption, colour)

    def _telling_time(self, attempt: BinAttempt) -> float:
        """When the object hangs in the air, or how far the attempt came."""
        steps = self._log.steps
        ends = {
            step.stage: after.time_s
            for step, after in zip(steps, [*steps[1:], None], strict=True)
            if step.attempt == attempt.attempt and after is not None
        }
        if "transfer" in ends and "lift" in ends:
            return ends["lift"] + IN_THE_AIR * (ends["transfer"] - ends["lift"])
        for stage in TELLING_STAGES:
            if stage in ends:
                return ends[stage]
        return self._log.began_s + attempt.began_s

    def _tile(self, painter: CellPainter, time_s: float, caption: str, colour: tuple[int, int, int]) -> UInt8:
        picture = painter.draw(self._moment(time_s))[CROP]
        canvas = Canvas(np.asarray(cv2.resize(picture, TILE, interpolation=cv2.INTER_AREA), np.uint8))
        canvas.strip(34)
        canvas.text((12, -11), caption, 0.6, colour)
        canvas.text((-70, -11), _clock(time_s - self._log.began_s), 0.55, WHITE)
        canvas.image[:, -2:] = canvas.image[-2:] = 40
        return canvas.image

    def _moment(self, time_s: float) -> Moment:
        return self._moments[max(0, bisect_right(self._times, time_s) - 1)]

    def _step(self, time_s: float) -> Step | None:
        steps = self._log.steps
        index = bisect_right([step.time_s for step in steps], time_s) - 1
        return steps[index] if index >= 0 else None

    def _placed(self, time_s: float) -> int:
        """How many objects lie in neither bin nor gripper nor outside of all: in a place area."""
        index = bisect_right([seen for seen, _ in self._events], time_s) - 1
        places = list(self._events[index][1].places) if index >= 0 else []
        return sum(place not in ("bin", "gripper", "outside") for place in places)

    def _sentence(self, time_s: float) -> tuple[str, tuple[int, int, int]]:
        """What happened just now."""
        index = bisect_right([seen for seen, _ in self._events], time_s) - 1
        if index < 0 or time_s - self._events[index][0] > SPEED * SENTENCE_S:
            return "", WHITE
        last = str(self._events[index][1].last)
        is_bad = "touched" in last or "outside" in last or "at once" in last
        return last.replace("_", " "), RED if is_bad else GREEN

    def _plan(self, time_s: float) -> UInt8 | None:
        pictures = self._log.pictures
        index = bisect_right([seen for seen, _ in pictures], time_s) - 1
        return pictures[index][1] if index >= 0 else None


def around_bin(config: CellConfig) -> tuple[slice, slice]:
    """Rows and columns of the depth image that show the bin; all of it where there is none."""
    bin, camera = config.bin.stand(), config.camera
    if bin is None:
        return slice(0, camera.height), slice(0, camera.width)
    half = np.array([bin.size.length, bin.size.width]) / 2 + bin.size.wall
    corners = [(x, y, bin.size.height) for x in (-half[0], half[0]) for y in (-half[1], half[1])]
    T_cam_bin = camera.T_base_cam.inverse() @ bin.T_base_bin
    x, y, z = (T_cam_bin @ np.array(corners)).T
    columns, rows = camera.fx * x / z + camera.cx, camera.fy * y / z + camera.cy
    return (
        slice(max(0, int(rows.min()) - MARGIN), min(camera.height, int(rows.max()) + MARGIN)),
        slice(max(0, int(columns.min()) - MARGIN), min(camera.width, int(columns.max()) + MARGIN)),
    )


def _clock(seconds: float) -> str:
    whole = max(0, int(seconds))
    return f"{whole // 60}:{whole % 60:02d}"
