# SPDX-License-Identifier: Apache-2.0
"""A gripper file: openings, force, collision boxes, TCP."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pinch_core.check import Beside, Checked, SeenFile
from pinch_core.config_kinds import GRIPPER, config_kind_of

if TYPE_CHECKING:
    from pinch_core.gripper import Gripper

# Opened fingers that reach farther out than the body they hang on: mostly a wrong palm.
_BESIDE_PALM_M = 0.01


@dataclass(frozen=True)
class GripperCheck:
    """See :class:`pinch_core.check.Check`."""

    kind: str = "gripper"
    suffixes: tuple[str, ...] = ()

    def recognises(self, seen: SeenFile) -> bool:
        """A mapping with fingers or an opening, or of a type that pinch knows."""
        return config_kind_of(seen.mapping) is GRIPPER

    def check(self, path: Path, beside: Beside) -> Checked:
        """The gripper as filters, simulation and data generation see it."""
        from pinch_core.grasp_types import read_gripper
        from pinch_core.parallel_jaw.gripper import ParallelJawGripper

        gripper = read_gripper(path)
        lines = [("name", f"{gripper.name}, type {gripper.type}")]
        warnings: list[str] = []
        opened = gripper.span
        closed = 0.0
        if isinstance(gripper, ParallelJawGripper):
            closed = gripper.min_opening
            finger = gripper.finger
            lines += [
                (
                    "opening",
                    f"{closed * 1e3:g} to {opened * 1e3:g} mm between the pads"
                    + (", always fully open on the approach" if gripper.opens_fully else ""),
                ),
                ("force", f"up to {gripper.max_force:g} N"),
                (
                    "TCP",
                    f"{finger.tip_beyond_tcp * 1e3:g} mm above the fingertips, "
                    f"{(finger.length - finger.tip_beyond_tcp) * 1e3:g} mm below the palm; z approach, y "
                    "closing",
                ),
            ]
            warnings += _parallel_jaw_warnings(gripper)
        for box in gripper.bodies(opened):
            sides = " x ".join(f"{2e3 * half:g}" for half in box.half_size)
            z = box.center[2] * 1e3
            lines.append((box.name.replace("_", " "), f"{sides} mm (x, y, z), middle at z {z:.1f} mm"))
        lines.append(("next", f"./pinch plan --gripper {path} --depth IMAGE --camera CAMERA --save plan.png"))
        figures = {
            "name": gripper.name,
            "type": gripper.type,
            "span_m": gripper.span,
            "reach_m": gripper.reach,
            "boxes": [
                {"name": box.name, "center_m": box.center.tolist(), "half_size_m": box.half_size.tolist()}
                for box in gripper.bodies(opened)
            ],
        }

        def draw() -> bytes:
            from pinch_core.checks.gripper_picture import draw_gripper

            return draw_gripper(gripper, closed)

        return Checked(self.kind, tuple(lines), tuple(warnings), figures, draw)


CHECK = GripperCheck()


def _parallel_jaw_warnings(gripper: Gripper) -> list[str]:
    left, _, palm = gripper.bodies(gripper.span)
    warnings = []
    outside = float(left.center[1] + left.half_size[1] - palm.half_size[1])
    if outside > _BESIDE_PALM_M:
        warnings.append(
            f"the opened fingers reach {outside * 1e3:.0f} mm beyond the palm on each side; if the body is "
            "wider than that, raise palm.size_y, or collisions of it are not seen."
        )
    if float(left.half_size[0]) > float(palm.half_size[0]):
        warnings.append(
            f"the fingers are broader ({left.half_size[0] * 2e3:g} mm) than the palm "
            f"({palm.half_size[0] * 2e3:g} mm); check finger.breadth and palm.size_x: x lies across the "
            "closing direction."
        )
    return warnings
