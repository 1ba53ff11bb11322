# SPDX-License-Identifier: Apache-2.0
"""A bin file: sizes, and where the bin stands."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pinch_core.check import Beside, Checked, SeenFile

_SIZES = {"length", "width", "height"}


@dataclass(frozen=True)
class BinCheck:
    """See :class:`pinch_core.check.Check`."""

    kind: str = "bin"
    suffixes: tuple[str, ...] = ()

    def recognises(self, seen: SeenFile) -> bool:
        """A mapping with the sizes of a bin, and nothing of a camera."""
        keys = set(map(str, seen.mapping))
        return keys >= _SIZES and keys.isdisjoint({"fx", "K", "camera_matrix"})

    def check(self, path: Path, beside: Beside) -> Checked:
        """The bin as planning sees it."""
        from pinch_core.placed_bin import read_bin

        seen = read_bin(path)
        if seen.frame:
            place = f"TF frame '{seen.frame}', in the middle of the floor"
        elif seen.position is not None:
            position = ", ".join(f"{value:g}" for value in seen.position)
            turned = ", ".join(f"{value:g}" for value in seen.rpy)
            place = f"({position}) m, rpy ({turned}) rad in the robot's base"
        else:
            place = "found in each image"
        inside = " x ".join(f"{1e3 * size:g}" for size in (seen.length, seen.width, seen.height))
        lines = (
            ("inside", f"{inside} mm (x, y, z); z up, origin in the middle of the floor"),
            ("walls", f"{seen.wall * 1e3:g} mm thick"),
            ("place", place),
            ("next", f"./pinch plan --bin {path} --depth IMAGE --camera CAMERA --save plan.png"),
        )
        figures = {
            "size_m": [seen.length, seen.width, seen.height],
            "wall_m": seen.wall,
            "frame": seen.frame,
            "position_m": None if seen.position is None else list(seen.position),
            "rpy_rad": list(seen.rpy),
        }
        return Checked(self.kind, lines, (), figures)


CHECK = BinCheck()
