# SPDX-License-Identifier: Apache-2.0
"""Mesh files of every format, written without the mesh library."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

Float64 = NDArray[np.float64]
Face = Sequence[int]

# An L-shaped bracket [m] with polygons of four and six corners, two with a notch that a fan would fill.
PROFILE = [(0, 0), (0.06, 0), (0.06, 0.015), (0.02, 0.015), (0.02, 0.07), (0, 0.07)]
BRACKET = np.array([(x, y, z) for z in (0.0, 0.025) for x, y in PROFILE])
BRACKET_FACES: list[Face] = [
    (5, 4, 3, 2, 1, 0),
    (6, 7, 8, 9, 10, 11),
    *((k, (k + 1) % 6, (k + 1) % 6 + 6, k + 6) for k in range(6)),
]
BRACKET_VOLUME = (0.06 * 0.015 + 0.02 * 0.055) * 0.025
# The same, in triangles without a fan over the notch.
CAP = [(0, 1, 2), (0, 2, 3), (0, 3, 4), (0, 4, 5)]
BRACKET_TRIANGLES: list[Face] = [
    *((c, b, a) for a, b, c in CAP),
    *((a + 6, b + 6, c + 6) for a, b, c in CAP),
    *(t for face in BRACKET_FACES[2:] for t in (face[:3], (face[2], face[3], face[0]))),
]


def obj(vertices: Float64, faces: Sequence[Face]) -> bytes:
    lines = [f"v {x:.9g} {y:.9g} {z:.9g}" for x, y, z in vertices]
    lines += ["f " + " ".join(str(corner + 1) for corner in face) for face in faces]
    return ("# text\n" + "\n".join(lines) + "\n").encode()


def obj_counting_back(vertices: Float64, faces: Sequence[Face]) -> bytes:
    """Each face after vertices of its own, counted back, in groups, with texture and normal."""
    lines = ["mtllib none.mtl", "vt 0 0", "vn 0 0 1"]
    for number, face in enumerate(faces):
        lines += [f"o part_{number}", f"g group_{number}", "usemtl m"]
        lines += ["v {:.9g} {:.9g} {:.9g}".format(*vertices[corner]) for corner in face]
        lines.append("f " + " ".join(f"-{len(face) - k}/-1/-1" for k in range(len(face))))
    return "\r\n".join(lines).encode()


def obj_with_continued_lines(vertices: Float64, faces: Sequence[Face]) -> bytes:
    return obj(vertices, faces).replace(b"f ", b"f \\\n ")


def ply(file_format: str) -> Callable[[Float64, Sequence[Face]], bytes]:
    """With properties beside the coordinates, before and after them, and an element of edges."""
    order = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}[file_format]

    def write(vertices: Float64, faces: Sequence[Face]) -> bytes:
        header = (
            f"ply\nformat {file_format} 1.0\ncomment no mesh library\nelement vertex {len(vertices)}\n"
            "property uchar red\nproperty double x\nproperty double y\nproperty float z\nproperty short tag\n"
            f"element edge 1\nproperty int vertex1\nproperty int vertex2\nelement face {len(faces)}\n"
            "property list uchar int vertex_indices\nproperty uchar flag\nend_header\n"
        ).encode()
        if not order:
            rows = [f"7 {x:.9g} {y:.9g} {z:.9g} -3" for x, y, z in vertices] + ["0 1"]
            rows += [f"{len(face)} {' '.join(map(str, face))} 1" for face in faces]
            return header + "\n".join(rows).encode() + b"\n"
        body = b"".join(struct.pack(order + "Bddfh", 7, *vertex, -3) for vertex in vertices)
        body += struct.pack(order + "ii", 0, 1)
        body += b"".join(struct.pack(f"{order}B{len(f)}iB", len(f), *f, 1) for f in faces)
        return header + body

    return write


def ply_strip(vertices: Float64, faces: Sequence[Face]) -> bytes:
    """Every triangle as a strip; the second one of each pair is turned by a corner without area."""
    strip = [corner for a, b, c in faces for corner in (a, b, c, -1)]
    header = (
        f"ply\nformat binary_big_endian 1.0\nelement vertex {len(vertices)}\nproperty float x\n"
        "property float y\nproperty float z\nelement tristrips 1\nproperty list int int vertex_indices\n"
        "end_header\n"
    ).encode()
    body = vertices.astype(">f4").tobytes() + struct.pack(f">i{len(strip)}i", len(strip), *strip)
    return header + body


def stl_binary(vertices: Float64, faces: Sequence[Face]) -> bytes:
    """With a header that begins as ASCII files do."""
    body = b"".join(struct.pack("<12fH", 0, 0, 0, *vertices[list(face)].reshape(-1), 0) for face in faces)
    return b"solid bracket".ljust(80) + struct.pack("<I", len(faces)) + body


def stl_ascii(vertices: Float64, faces: Sequence[Face]) -> bytes:
    """Two solids, the second with a word of the format in its name."""
    half = len(faces) // 2
    text = []
    for name, part in (("one", faces[:half]), ("two facet", faces[half:])):
        text.append(f"solid {name}")
        for face in part:
            corners = "".join("vertex {:.9g} {:.9g} {:.9g}\n".format(*vertices[k]) for k in face)
            text.append(f"facet normal 0 0 0\nouter loop\n{corners}endloop\nendfacet")
        text.append(f"endsolid {name}")
    return "\n".join(text).encode()


def off(vertices: Float64, faces: Sequence[Face]) -> bytes:
    """With comments, and colours of some faces."""
    rows = ["OFF # text", f"{len(vertices)} {len(faces)} 0", ""]
    rows += [f"{x:.9g} {y:.9g} {z:.9g}" for x, y, z in vertices]
    rows += [
        f"{len(face)} {' '.join(map(str, face))}{' 255 0 0' if k % 2 else ''}" for k, face in enumerate(faces)
    ]
    return "\n".join(rows).encode() + b"\n"


def coff(vertices: Float64, faces: Sequence[Face]) -> bytes:
    rows = [f"COFF {len(vertices)} {len(faces)} 0"]
    rows += [f"{x:.9g} {y:.9g} {z:.9g} 255 255 0 255" for x, y, z in vertices]
    rows += [f"{len(face)} {' '.join(map(str, face))}" for face in faces]
    return "\n".join(rows).encode()


def glb(vertices: Float64, faces: Sequence[Face]) -> bytes:
    """A graph: in a node that is turned, stretched and moved, below a mirrored one, beside an empty one."""
    turn = Rotation.from_euler("xyz", [0.3, -0.4, 0.5])
    outer = np.diag([1.0, 1.0, -2.0, 1.0])
    outer[:3, 3] = [0.1, 0.2, -0.3]
    in_outer = (vertices - outer[:3, 3]) / np.diag(outer)[:3]
    inner = (turn.inv().apply(in_outer - [0.1, 0.2, 0.3])) / [0.5, 3.0, 2.0]
    points, indices = inner.astype("<f4"), np.array(faces, "<u2")
    binary = points.tobytes() + indices.tobytes()
    bounds = {"min": points.min(axis=0).tolist(), "max": points.max(axis=0).tolist()}
    views = [
        {"buffer": 0, "byteOffset": 0, "byteLength": points.nbytes},
        {"buffer": 0, "byteOffset": points.nbytes, "byteLength": indices.nbytes},
    ]
    accessors = [
        {"bufferView": 0, "componentType": 5126, "count": len(points), "type": "VEC3", **bounds},
        {"bufferView": 1, "componentType": 5123, "count": indices.size, "type": "SCALAR"},
    ]
    tree = {
        "asset": {"version": "2.0"},
        "buffers": [{"byteLength": len(binary)}],
        "bufferViews": views,
        "accessors": accessors,
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1, "mode": 4}]}],
        "nodes": [
            {"name": "empty"},
            {"matrix": outer.T.reshape(-1).tolist(), "children": [2]},
            {
                "mesh": 0,
                "rotation": turn.as_quat().tolist(),
                "translation": [0.1, 0.2, 0.3],
                "scale": [0.5, 3.0, 2.0],
            },
        ],
        "scenes": [{"nodes": [0, 1]}],
        "scene": 0,
    }
    return glb_of(tree, binary)


def glb_of(tree: dict[str, object], binary: bytes) -> bytes:
    text = json.dumps(tree).encode()
    text += b" " * (-len(text) % 4)
    binary += b"\0" * (-len(binary) % 4)
    size = 28 + len(text) + len(binary)
    head = struct.pack("<4sIII4s", b"glTF", 2, size, len(text), b"JSON")
    return head + text + struct.pack("<I4s", len(binary), b"BIN\0") + binary


# File name -> how polygons, or only triangles, are written to it.
POLYGON_WRITERS = {
    "plain.obj": obj,
    "back.obj": obj_counting_back,
    "continued.obj": obj_with_continued_lines,
    "text.ply": ply("ascii"),
    "little.ply": ply("binary_little_endian"),
    "big.ply": ply("binary_big_endian"),
    "plain.off": off,
    "colours.off": coff,
}
TRIANGLE_WRITERS = {
    **{f"triangles_{name}": writer for name, writer in POLYGON_WRITERS.items()},
    "strips.ply": ply_strip,
    "binary.stl": stl_binary,
    "text.stl": stl_ascii,
    "graph.glb": glb,
}
