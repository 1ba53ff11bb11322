# SPDX-License-Identifier: Apache-2.0
"""A depth image, with its camera file where one is named: unit, range, table and objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pinch_core.check import Beside, Checked, SeenFile
from pinch_core.errors import InvalidDepthError, PinchError
from pinch_core.file_kinds import NPY, PFM, PNG, TIFF, ZIP, kind_of

if TYPE_CHECKING:
    from pinch_core.checks.seen_scene import SeenScene
    from pinch_core.depth_files import Array
    from pinch_core.depth_frame import DepthFrame, Float32

_SUFFIXES = (".npy", ".npz", ".pfm", ".png", ".tif", ".tiff")
# Bit depth and colour type in the header of a PNG: 8-bit grey is a mask. So is an array of bytes.
_PNG_FORM, _GREY_8_BIT = slice(24, 26), b"\x08\x00"
_NPY_OF_BYTES = (b"'descr': '|b1'", b"'descr': '|u1'")

# Without more pixels than this there is no telling what stands on the table.
MUCH_WITHOUT_RETURN = 0.5
# Objects that are named one by one.
_MOST_OBJECTS = 6


@dataclass(frozen=True)
class DepthImageCheck:
    """See :class:`pinch_core.check.Check`."""

    kind: str = "depth image"
    suffixes: tuple[str, ...] = _SUFFIXES

    def recognises(self, seen: SeenFile) -> bool:
        """An array or image file that is not one of grey values of 8 bits."""
        kind = kind_of(seen.head)
        if kind is ZIP:
            return seen.suffix == ".npz"
        return kind in (NPY, PFM, PNG, TIFF) and not is_mask(seen)

    def check(self, path: Path, beside: Beside) -> Checked:
        """What is stored, and with a camera file what stands there."""
        from pinch_core.depth_files import read_depth

        stored = read_depth(path)
        cameras = beside.of("camera")
        if len(cameras) == 1:
            return self._with_camera(path, stored, cameras[0], beside)
        named = f"{len(cameras)} camera files are" if cameras else "no camera file is"
        advice = (
            f"{named} named beside {path}, so table and objects are not shown; name the one of its camera: "
            "pinch check IMAGE CAMERA."
        )
        return self._alone(path, stored, beside, warnings=(advice,))

    def _alone(
        self, path: Path, stored: Array, beside: Beside, *, warnings: tuple[str, ...] = (), refused: str = ""
    ) -> Checked:
        if stored.size == 0 or stored.ndim not in (2, 3) or stored.shape[2:] not in ((), (1,)):
            raise InvalidDepthError(f"{path} has shape {stored.shape}; a depth image is rows x columns.")
        stored = stored.reshape(stored.shape[:2])
        metric = beside.depth_format.metres(stored, str(path))
        lines = (*_stored_lines(stored, metric.unit), *_depth_lines(metric.depth, metric.no_return))
        figures = {**_stored_figures(stored), **_depth_figures(metric.depth, metric.no_return)}
        return Checked(
            self.kind,
            lines,
            (*metric.notes, *warnings),
            figures,
            lambda: _draw_depth(metric.depth, path),
            refused,
        )

    def _with_camera(self, path: Path, stored: Array, camera: Path, beside: Beside) -> Checked:
        from pinch_core.calibrated_depth import DepthSource, calibrated_frame
        from pinch_core.calibration import read_calibration
        from pinch_core.checks.seen_scene import look

        try:
            calibration = read_calibration(camera)
            source = DepthSource(str(path), str(camera))
            frame = calibrated_frame(stored, calibration, beside.depth_format, source)
        except PinchError as error:
            return self._alone(path, stored, beside, refused=str(error))
        lines = [
            *_stored_lines(stored, _unit(stored, calibration.depth_scale, beside)),
            *_depth_lines(frame.depth, frame.no_return),
            ("camera", f"{camera}: {_camera_text(frame)}"),
        ]
        warnings = (*frame.notes, *_frame_warnings(frame))
        figures = {**_stored_figures(stored), **_depth_figures(frame.depth, frame.no_return)}
        try:
            scene = look(frame)
        except PinchError as error:

            def draw_depth() -> bytes:
                return _draw_depth(frame.depth, path)

            return Checked(self.kind, tuple(lines), warnings, figures, draw_depth, str(error))
        lines += _scene_lines(scene)
        lines += [("gripper", text) for text in _fitting_each(scene, beside.of("gripper"))]
        command = f"./pinch plan --depth {path} --camera {camera}{beside.format_options()} --save plan.png"
        lines.append(("next", command))

        def draw() -> bytes:
            from pinch_core.checks.depth_picture import draw_scene

            return draw_scene(scene, path.name)

        return Checked(
            self.kind, tuple(lines), (*warnings, *scene.problems), {**figures, **scene.figures()}, draw
        )


CHECK = DepthImageCheck()


def is_mask(seen: SeenFile) -> bool:
    """Whether it is a PNG of one channel of 8 bits, or a .npy of truth values or bytes."""
    kind = kind_of(seen.head)
    if kind is NPY:
        return any(form in seen.head[:128] for form in _NPY_OF_BYTES)
    return kind is PNG and seen.head[_PNG_FORM] == _GREY_8_BIT


def _unit(stored: Array, calibrated: float | None, beside: Beside) -> str:
    """How stored values were read, as the reader decides it."""
    scale = beside.depth_format.scale
    if not scale and calibrated is not None and stored.dtype.kind != "f":
        return f"units of {calibrated * 1e3:g} mm, as the camera file says"
    return beside.depth_format.metres(stored).unit


def _stored_lines(stored: Array, unit: str) -> list[tuple[str, str]]:
    import numpy as np

    rows, columns = stored.shape[:2] if stored.ndim >= 2 else (1, stored.size)
    lines = [("stored", f"{stored.dtype.newbyteorder('=')}, {columns} x {rows} pixels, read as {unit}")]
    usable = stored[np.isfinite(stored) & (stored != 0)] if stored.size else stored
    if usable.size:
        low, middle, high = (float(v) for v in (usable.min(), np.median(usable), usable.max()))
        lines.append(("values", f"{low:g} to {high:g}, median {middle:g} (without 0, NaN and infinity)"))
    return lines


def _stored_figures(stored: Array) -> dict[str, Any]:
    return {"dtype": str(stored.dtype), "shape": list(stored.shape)}


def _depth_lines(depth: Float32, no_return: Mapping[str, int]) -> list[tuple[str, str]]:
    import numpy as np

    missing = int(np.isnan(depth).sum())
    reasons = ", ".join(f"{count} {reason}" for reason, count in no_return.items())
    text = f"{missing} pixels ({missing / depth.size:.1%}): {reasons}" if missing else "none"
    lines = [("no return", text)]
    if missing < depth.size:
        low, middle, high = (float(v) for v in np.nanpercentile(depth, (0, 50, 100)))
        lines.insert(0, ("depth", f"{low:.3f} to {high:.3f} m, median {middle:.3f} m"))
    return lines


def _depth_figures(depth: Float32, no_return: Mapping[str, int]) -> dict[str, Any]:
    import numpy as np

    valid = depth[np.isfinite(depth)]
    extent = (
        {"min": float(valid.min()), "median": float(np.median(valid)), "max": float(valid.max())}
        if valid.size
        else None
    )
    return {
        "depth_m": extent,
        "no_return": dict(no_return),
        "hole_ratio": 1.0 - valid.size / depth.size,
    }


def _camera_text(frame: DepthFrame) -> str:
    k = frame.intrinsics
    kind = (
        f"a raw image, its {k.distortion_model.value} distortion is removed"
        if k.is_distorted
        else "no distortion"
    )
    return f"fx {k.fx:.1f}, fy {k.fy:.1f}, cx {k.cx:.1f}, cy {k.cy:.1f} px, {kind}"


def _frame_warnings(frame: DepthFrame) -> list[str]:
    if frame.hole_ratio <= MUCH_WITHOUT_RETURN:
        return []
    return [
        f"{frame.hole_ratio:.0%} of {frame.source} is without return; check exposure, range and what the "
        "table is made of."
    ]


def _scene_lines(scene: SeenScene) -> list[tuple[str, str]]:
    import math

    lines = []
    table = scene.table
    if table is not None:
        lines.append(
            (
                "table",
                f"{table.offset:.3f} m below the camera, tilted {math.degrees(table.tilt):.1f} degrees, "
                f"{scene.table_share:.0%} of the pixels, flat to {scene.table_rms * 1e3:.1f} mm",
            )
        )
        lines.append(("objects", str(len(scene.objects)) if scene.objects else "none"))
    for number, found in enumerate(scene.objects[:_MOST_OBJECTS], 1):
        lines.append((f"  object {number}", found.text()))
    if len(scene.objects) > _MOST_OBJECTS:
        lines.append(("  ...", f"{len(scene.objects) - _MOST_OBJECTS} more"))
    return lines


def _fitting_each(scene: SeenScene, files: Sequence[Path]) -> list[str]:
    """How many objects each gripper could take across; one that cannot be read is told by its own check."""
    from pinch_core.grasp_types import read_gripper

    texts = []
    for file in files:
        with suppress(PinchError):
            gripper = read_gripper(file)
            narrow = sum(found.size[1] < gripper.span for found in scene.objects)
            opening, count = gripper.span * 1e3, len(scene.objects)
            texts.append(
                f"{gripper.name}, {opening:.0f} mm: a side of {narrow} of {count} objects is smaller"
            )
    return texts


def _draw_depth(depth: Float32, path: Path) -> bytes:
    from pinch_core.checks.depth_picture import draw_depth

    return draw_depth(depth, path.name)
