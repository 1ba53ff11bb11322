# SPDX-License-Identifier: Apache-2.0
"""Files of shapes by their endings: those that pinch reads, and what to do with the others."""

from __future__ import annotations

from collections.abc import Mapping

# In the order of messages. Each has a scan of its own in ``mesh_scan.scans``.
READ = (".obj", ".stl", ".ply", ".glb", ".off")
_SOLID = "a CAD solid: export it as a mesh, such as with FreeCAD"
_VENDOR_SOLID = (
    "a CAD solid: export it as .stl where it was made, or as .step and that as a mesh with FreeCAD"
)
_SCENE = "convert it, such as with Blender"
_USD = "convert it, such as with Blender (File, Import, Universal Scene Description)"
_PRINT = "export it as .stl from the slicer that reads it, such as PrusaSlicer, in the file's unit"

# Surfaces and solids in formats that pinch does not read -> what to do.
FOREIGN_MESHES: Mapping[str, str] = {
    ".gltf": "its data may lie in other files: convert it to .glb, such as with Blender",
    **dict.fromkeys((".step", ".stp", ".igs", ".iges", ".brep", ".brp", ".fcstd", ".sat", ".sab"), _SOLID),
    **dict.fromkeys((".sldprt", ".sldasm", ".ipt", ".iam", ".catpart", ".catproduct", ".prt"), _VENDOR_SOLID),
    **dict.fromkeys((".x_t", ".x_b", ".f3d", ".3dm", ".jt", ".skp", ".dwg", ".dxf"), _VENDOR_SOLID),
    **dict.fromkeys((".3mf", ".amf"), _PRINT),
    **dict.fromkeys((".usd", ".usda", ".usdc", ".usdz"), _USD),
    **dict.fromkeys((".dae", ".blend", ".fbx", ".3ds", ".wrl", ".x3d", ".x3dv", ".abc", ".lwo"), _SCENE),
    **dict.fromkeys((".max", ".ma", ".mb", ".c4d"), "export it as .glb from the program that wrote it"),
    **dict.fromkeys((".vtk", ".vtp", ".vtu"), "save it as .ply, such as with ParaView"),
    **dict.fromkeys((".msh", ".ctm", ".mesh", ".drc"), "convert it to .ply, such as with MeshLab"),
    ".scad": "a program that draws a solid: export it as .stl with OpenSCAD",
}  # fmt: skip
# Holders of shapes that are no surfaces themselves -> what to do.
OTHER_SHAPES: Mapping[str, str] = {
    **FOREIGN_MESHES,
    **dict.fromkeys(
        (".pcd", ".xyz", ".pts", ".las", ".laz", ".e57"), "a point cloud: reconstruct its surface"
    ),
    **dict.fromkeys((".urdf", ".sdf", ".xacro"), "a description: give the meshes that it names"),
    **dict.fromkeys((".zip", ".gz", ".tgz", ".tar", ".7z", ".xz", ".bz2"), "an archive: unpack it"),
}
