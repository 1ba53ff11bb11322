# SPDX-License-Identifier: Apache-2.0
"""Our own reading of a mesh file, whatever its format."""

from __future__ import annotations

from collections.abc import Callable

from pinch_datagen.objects.mesh_scan.glb_scan import scan_glb
from pinch_datagen.objects.mesh_scan.obj_scan import scan_obj
from pinch_datagen.objects.mesh_scan.off_scan import scan_off
from pinch_datagen.objects.mesh_scan.ply_scan import scan_ply
from pinch_datagen.objects.mesh_scan.scan import Scan
from pinch_datagen.objects.mesh_scan.stl_scan import scan_stl

SCANS: dict[str, Callable[[bytes], Scan]] = {
    ".obj": scan_obj,
    ".stl": scan_stl,
    ".ply": scan_ply,
    ".glb": scan_glb,
    ".off": scan_off,
}
