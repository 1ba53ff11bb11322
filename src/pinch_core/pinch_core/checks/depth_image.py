# SPDX-License-Identifier: Apache-2.0
"""A depth image, with its camera file where one is named: unit, range, table and objects."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pinch_core.check import Beside, Checked, SeenFile
from pinch_core.errors import PinchError

if TYPE_CHECKING:
    from pinch_core.checks.seen_scene import SeenScene
    from pinch_core.depth_files import Array
    from pinch_core.depth_frame import DepthFrame
    from pinch_core.gripper import Gripper

_MAGIC = (b"\x93NUMPY", b"\x89PNG", b"II*\0", b"MM\0*", b"PK\x03\x04")
_SUFFIXES = (".npy", ".npz", ".png", ".tif", ".tiff")
# Bit depth and colour type in the header of a PNG: 8-bit grey is a mask.
_PNG_FORM, _GREY_8_BIT = slice(24, 26), b"\x08\x00"

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
        if seen.head.startswith(b"PK\x03\x04") and seen.suffix != ".npz":
            return False
        return seen.head.startswith(_MAGIC) and not is_mask(seen)

    def check(self, path: Path, beside: Beside) -> Checked:
        """What is stored, and with a camera file what stands there."""
        from pinch_core.depth_files import read_depth

        stored = read_depth(path)
        cameras = beside.of("camera")
        lines = list(_stored_lines(stored))
        if len(cameras) != 1:
            named = f"{len(cameras)} camera files are named" if cameras else "no camera file is named"
            advice = (
                f"{named} with {path}, so table and objects are not shown; check it with the one of its "
                "camera: pinch check IMAGE CAMERA."
            )
            return Checked(
                self.kind, tuple(lines), (advice,), _stored_figures(stored), lambda: _draw_stored(stored, path)
            )
        return self._with_camera(path, stored, cameras[0], beside, lines)

    def _with_camera(
        self, path: Path, stored: Array, camera: Path, beside: Beside, lines: list[tuple[str, str]]
    ) -> Checked:
        from pinch_core.checks.seen_scene import look
        from pinch_core.depth_files import load_frame

        frame = load_frame(path, camera)
        scene = look(frame)
        lines += _frame_lines(frame, camera)
        warnings = list(_frame_warnings(frame))
        lines += _scene_lines(scene)
        warnings += scene.problems
        figures = {**_stored_figures(stored), **_frame_figures(frame), **scene.figures()}
        for gripper_file in beside.of("gripper"):
            from pinch_core.grasp_types import read_gripper

            gripper = read_gripper(gripper_file)
            lines.append(("gripper", _fitting(scene, gripper)))
        lines.append(("next", f"./pinch plan --depth {path} --camera {camera} --save plan.png"))

        def draw() -> bytes:
            from pinch_core.checks.depth_picture import draw_scene

            return draw_scene(scene, path.name)

        return Checked(self.kind, tuple(lines), tuple(warnings), figures, draw)


CHECK = DepthImageCheck()


def is_mask(seen: SeenFile) -> bool:
    """Whether it is a PNG of one channel of 8 bits."""
    return seen.head.startswith(b"\x89PNG") and seen.head[_PNG_FORM] == _GREY_8_BIT


def _stored_lines(stored: Array) -> list[tuple[str, str]]:
    import numpy as np

    rows, columns = stored.shape[:2] if stored.ndim >= 2 else (1, stored.size)
    values = [("stored", f"{stored.dtype.newbyteorder('=')}, {columns} x {rows} pixels")]
    if stored.dtype.kind in "iuf":
        usable = stored[np.isfinite(stored) & (stored != 0)] if stored.size else stored
        if usable.size:
            low, middle, high = (float(v) for v in (usable.min(), np.median(usable), usable.max()))
            values.append(("values", f"{low:g} to {high:g}, median {middle:g} (without 0, NaN and infinity)"))
    return values


def _stored_figures(stored: Array) -> dict[str, Any]:
    return {"dtype": str(stored.dtype), "shape": list(stored.shape)}


def _frame_lines(frame: DepthFrame, camera: Path) -> list[tuple[str, str]]:
    import numpy as np

    depth, k = frame.depth, frame.intrinsics
    low, middle, high = (float(v) for v in np.nanpercentile(depth, (0, 50, 100)))
    missing = int((~frame.valid).sum())
    kind = f"raw, {k.distortion_model.value} distortion is removed" if k.is_distorted else "no distortion"
    return [
        ("depth", f"{low:.3f} to {high:.3f} m, median {middle:.3f} m"),
        ("no return", f"{missing} pixels ({frame.hole_ratio:.1%})"),
        ("camera", f"{camera}: fx {k.fx:.1f}, fy {k.fy:.1f}, cx {k.cx:.1f}, cy {k.cy:.1f} px, {kind}"),
    ]


def _frame_figures(frame: DepthFrame) -> dict[str, Any]:
    import numpy as np

    low, middle, high = (float(v) for v in np.nanpercentile(frame.depth, (0, 50, 100)))
    return {
        "depth_m": {"min": low, "median": middle, "max": high},
        "no_return": int((~frame.valid).sum()),
        "hole_ratio": frame.hole_ratio,
    }


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


def _fitting(scene: SeenScene, gripper: Gripper) -> str:
    narrow = sum(found.size[1] < gripper.span for found in scene.objects)
    return f"{gripper.name} ({gripper.span * 1e3:.0f} mm): {narrow} of the {len(scene.objects)} objects have a smaller side"


def _draw_stored(stored: Array, path: Path) -> bytes:
    from pinch_core.checks.depth_picture import draw_stored

    return draw_stored(stored, path.name)


