# SPDX-License-Identifier: Apache-2.0
"""A camera file: intrinsics, distortion, field of view."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from pinch_core.check import Beside, Checked, SeenFile

# A key that only files of cameras have, in any of their spellings.
_KEYS = {"fx", "_fx", "camera_matrix", "K", "k"}


@dataclass(frozen=True)
class CameraCheck:
    """See :class:`pinch_core.check.Check`."""

    kind: str = "camera"
    suffixes: tuple[str, ...] = (".json", ".intr", ".yaml", ".yml")

    def recognises(self, seen: SeenFile) -> bool:
        """A mapping with a camera matrix."""
        return not _KEYS.isdisjoint(map(str, seen.mapping))

    def check(self, path: Path, beside: Beside) -> Checked:
        """The intrinsics as the planner would use them."""
        from pinch_core.depth_files import read_intrinsics

        k = read_intrinsics(path)
        angles = [2 * math.degrees(math.atan(side / 2 / f)) for side, f in ((k.width, k.fx), (k.height, k.fy))]
        lines = [
            ("image", f"{k.width} x {k.height} pixels, field of view {angles[0]:.0f} x {angles[1]:.0f} degrees"),
            ("intrinsics", f"fx {k.fx:.2f}, fy {k.fy:.2f}, cx {k.cx:.2f}, cy {k.cy:.2f} px"),
        ]
        figures = {
            "width": k.width, "height": k.height, "fx": k.fx, "fy": k.fy, "cx": k.cx, "cy": k.cy,
            "distortion_model": k.distortion_model.value, "distortion": list(k.distortion),
        }  # fmt: skip
        return Checked(self.kind, tuple(lines), (), figures)


CHECK = CameraCheck()
