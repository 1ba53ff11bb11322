# SPDX-License-Identifier: Apache-2.0
"""A camera file: what the raw and the rectified image are, distortion, depth scale, field of view."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pinch_core.check import Beside, Checked, SeenFile

if TYPE_CHECKING:
    from pinch_core.calibration import Calibration

_MARKUP = (b"%YAML", b"<?xml", b"<opencv_storage")
# For files that do not say the size of their image; the image will.
_SOME_SIZE = (640, 480)


@dataclass(frozen=True)
class CameraCheck:
    """See :class:`pinch_core.check.Check`."""

    kind: str = "camera"
    suffixes: tuple[str, ...] = (".json", ".intr", ".yaml", ".yml", ".xml")

    def recognises(self, seen: SeenFile) -> bool:
        """A mapping with a camera matrix, at the top or below it, or what OpenCV writes."""
        from pinch_core.calibration.read import holds_camera

        if holds_camera(seen.mapping) or seen.head.lstrip().startswith(b"<opencv_storage"):
            return True
        if seen.head.startswith(_MARKUP) and b"opencv-matrix" in seen.head:
            return True
        return _is_bare_matrix(seen.head)

    def check(self, path: Path, beside: Beside) -> Checked:
        """The calibration, and the intrinsics that the planner would use of it."""
        from pinch_core.calibration import read_calibration
        from pinch_core.errors import IntrinsicsError

        calibration = read_calibration(path)
        lines = list(_lines(calibration))
        warnings = list(calibration.warnings)
        said = _said(beside)
        refused = _refusal(calibration, bool(said))
        if refused and said is None and calibration.describes_rectified:
            refused = _refusal(calibration, True)
        if not refused:
            try:
                kind = calibration.kind_of_image(said, size=_SOME_SIZE)
                lines.append(("image is", f"{'rectified' if kind.rectified else 'raw'}: {kind.why}"))
            except IntrinsicsError as error:  # the user has to say which
                warnings.append(str(error))
        return Checked(self.kind, tuple(lines), tuple(warnings), _figures(calibration), refused=refused)


CHECK = CameraCheck()


def _refusal(calibration: Calibration, rectified: bool) -> str:
    """Why there are no intrinsics of the raw or of the rectified image; empty where there are."""
    from pinch_core.errors import IntrinsicsError

    try:
        calibration.intrinsics(rectified, size=_SOME_SIZE)
    except IntrinsicsError as error:
        return str(error)
    return ""


def _is_bare_matrix(head: bytes) -> bool:
    """Whether a text is the nine numbers of K and nothing else."""
    try:
        return len([float(word) for word in head.translate(bytes.maketrans(b",[];", b"    ")).split()]) == 9
    except ValueError:
        return False


def _said(beside: Beside) -> bool | None:
    from pinch_core.depth_format import Rectified

    return {Rectified.AUTO: None, Rectified.YES: True, Rectified.NO: False}[beside.depth_format.rectified]


def _lines(calibration: Calibration) -> list[tuple[str, str]]:
    c = calibration
    size = f"{c.width} x {c.height} pixels" if c.width else "the file does not say its size"
    lines = []
    if any(c.K):
        if c.width and c.K[0] > 0 and c.K[4] > 0:
            across, down = (
                2 * math.degrees(math.atan(side / 2 / f))
                for side, f in ((c.width, c.K[0]), (c.height, c.K[4]))
            )
            size += f", field of view {across:.0f} x {down:.0f} degrees"
        lines.append(("raw (K)", _pinhole(c.K[0], c.K[4], c.K[2], c.K[5])))
    if c.P is not None:
        lines.append(("rectified (P)", _pinhole(c.P[0], c.P[5], c.P[2], c.P[6])))
    coefficients = ", ".join(f"{value:g}" for value in c.D)
    named = f"{c.distortion_model or 'no model'}: {coefficients}" if any(c.D) else "none"
    lines.append(("distortion", named))
    if c.depth_scale is not None:
        lines.append(("depth scale", f"{c.depth_scale * 1e3:g} mm per unit of 16-bit depth"))
    return [("image", size), *lines]


def _pinhole(fx: float, fy: float, cx: float, cy: float) -> str:
    return f"fx {fx:.2f}, fy {fy:.2f}, cx {cx:.2f}, cy {cy:.2f} px"


def _figures(calibration: Calibration) -> dict[str, Any]:
    c = calibration
    return {
        "width": c.width,
        "height": c.height,
        "K": list(c.K),
        "P": None if c.P is None else list(c.P),
        "distortion_model": c.distortion_model,
        "D": list(c.D),
        "depth_scale_m": c.depth_scale,
        "unknown_keys": list(c.unknown_keys),
    }
