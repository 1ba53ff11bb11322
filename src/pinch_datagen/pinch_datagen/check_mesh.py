# SPDX-License-Identifier: Apache-2.0
"""A mesh file for ``pinch check``: counts, extents, unit, and whether it can be made into an object."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pinch_core.check import Beside, Checked, SeenFile

if TYPE_CHECKING:
    from pinch_datagen.objects.object_model import RawMesh

# Longest extents of things that a gripper picks up [m].
_LIKELY_EXTENT_M = (0.01, 0.5)
# Lengths of one unit that modelling programs write.
_UNITS = {"metres": 1.0, "millimetres": 1e-3, "centimetres": 1e-2, "inches": 0.0254}


@dataclass(frozen=True)
class MeshCheck:
    """See :class:`pinch_core.check.Check`."""

    kind: str = "mesh"
    suffixes: tuple[str, ...] = (".obj", ".stl", ".ply", ".glb", ".gltf", ".off", ".dae", ".step", ".stp")

    def recognises(self, seen: SeenFile) -> bool:
        """Formats of meshes have no common mark; each has its ending."""
        return seen.suffix in self.suffixes and not seen.path.is_dir()

    def check(self, path: Path, beside: Beside) -> Checked:
        """The triangles as data generation reads them, and what repair makes of them."""
        import numpy as np

        from pinch_datagen.errors import BadMeshError
        from pinch_datagen.objects.mesh_folder import load_raw_mesh
        from pinch_datagen.objects.repair import manifold_of, repair

        raw = load_raw_mesh(path, path.stem)
        extents = np.ptp(raw.vertices, axis=0)
        longest = float(extents.max())
        lines = [
            ("triangles", f"{len(raw.faces)}, of {len(raw.vertices)} vertices"),
            ("extents", f"{' x '.join(f'{side:.5g}' for side in extents)} units of the file (x, y, z)"),
        ]
        warnings: list[str] = []
        unit, sentence = _unit(longest)
        lines.append(("unit", sentence))
        figures: dict[str, Any] = {
            "triangles": len(raw.faces),
            "vertices": len(raw.vertices),
            "extents": extents.tolist(),
            "likely_unit_m": unit,
        }
        if unit != 1.0:
            warnings.append(
                f"{path} is {longest:.4g} units long, so its unit is not the metre; set preparation.unit"
                f"{f' to {unit:g}' if unit else ' to the length of its unit'}, or leave preparation.fit_to_jaw "
                "on, which scales objects to the gripper."
            )
        shown = raw
        try:
            shown = repair(raw)
            volume = float(manifold_of(shown.vertices, shown.faces).volume())
            added = len(shown.faces) - len(raw.faces)
            changed = "as it is" if added == 0 else f"repaired: {abs(added)} triangles {'more' if added > 0 else 'fewer'}"
            lines.append(("solid", f"closed, {changed}; volume {volume:.4g} cubic units"))
            figures |= {"volume": volume, "repaired_triangles": len(shown.faces)}
        except BadMeshError as error:
            warnings.append(str(error))
        drawn = shown
        return Checked(self.kind, tuple(lines), tuple(warnings), figures, lambda: _draw(drawn, path.name))


CHECK = MeshCheck()


def _unit(longest: float) -> tuple[float, str]:
    """The likely length of a unit [m], 0 where none fits, and how the extents read then."""
    low, high = _LIKELY_EXTENT_M
    for name, unit in _UNITS.items():
        if low <= longest * unit <= high:
            return unit, f"{name}, by its size: {longest * unit * 1e3:.0f} mm long"
    return 0.0, "not known: in none of metres, millimetres, centimetres, inches has it the size of an object"


def _draw(mesh: RawMesh, name: str) -> bytes:
    from pinch_datagen.inspect.mesh_picture import draw_mesh

    return draw_mesh(mesh, name)
