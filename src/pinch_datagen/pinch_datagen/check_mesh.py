# SPDX-License-Identifier: Apache-2.0
"""A mesh file for ``pinch check``: counts, extents, unit, and whether it can be made into an object."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pinch_core.check import Beside, Checked, SeenFile
from pinch_datagen.objects.mesh_kinds import FOREIGN_MESHES, READ

if TYPE_CHECKING:
    from pinch_datagen.objects.object_model import RawMesh


@dataclass(frozen=True)
class MeshCheck:
    """See :class:`pinch_core.check.Check`."""

    kind: str = "mesh"
    suffixes: tuple[str, ...] = (*READ, *FOREIGN_MESHES)

    def recognises(self, seen: SeenFile) -> bool:
        """Formats of meshes have no common mark; each has its ending."""
        return seen.suffix in self.suffixes and not seen.path.is_dir()

    def check(self, path: Path, beside: Beside) -> Checked:
        """The triangles as data generation reads them, and what repair makes of them."""
        import numpy as np

        from pinch_datagen.errors import BadMeshError
        from pinch_datagen.objects.length_unit import unit_sentence
        from pinch_datagen.objects.mesh_file import load_raw_mesh
        from pinch_datagen.objects.repair import manifold_of, repair

        raw = load_raw_mesh(path, path.stem)
        extents = np.ptp(raw.vertices, axis=0)
        longest = float(extents.max())
        sentence = unit_sentence(longest, 1.0)
        lines = [
            ("triangles", f"{len(raw.faces)}, of {len(raw.vertices)} vertices"),
            ("extents", f"{' x '.join(f'{side:.5g}' for side in extents)} units of the file (x, y, z)"),
        ]
        warnings: list[str] = []
        figures: dict[str, Any] = {
            "triangles": len(raw.faces),
            "vertices": len(raw.vertices),
            "extents": extents.tolist(),
        }
        if sentence is None:
            lines.append(("as metres", f"{longest * 1e3:.4g} mm long"))
        else:
            warnings.append(
                f"{path} {sentence}; with preparation.fit_to_jaw, objects are scaled to the gripper."
            )
        shown = raw
        try:
            shown = repair(raw)
            volume = float(manifold_of(shown.vertices, shown.faces).volume())
            added = len(shown.faces) - len(raw.faces)
            changed = (
                "as it is"
                if added == 0
                else f"repaired: {abs(added)} triangles {'more' if added > 0 else 'fewer'}"
            )
            lines.append(("solid", f"closed, {changed}; volume {volume:.4g} cubic units"))
            figures |= {"volume": volume, "repaired_triangles": len(shown.faces)}
        except BadMeshError as error:
            warnings.append(str(error))
        drawn = shown
        return Checked(self.kind, tuple(lines), tuple(warnings), figures, lambda: _draw(drawn, path.name))


CHECK = MeshCheck()


def _draw(mesh: RawMesh, name: str) -> bytes:
    from pinch_datagen.inspect.mesh_picture import draw_mesh

    return draw_mesh(mesh, name)
