# SPDX-License-Identifier: Apache-2.0
"""Binary glTF: the triangles of all nodes of the scene, each where the graph has it."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from pinch_datagen.objects.mesh_scan.ply_scan import strip_triangles
from pinch_datagen.objects.mesh_scan.scan import DamagedMeshContentError, Scan, UnsupportedMeshError
from pinch_datagen.objects.object_model import Float64, Int64

COMPONENTS = {5120: "i1", 5121: "u1", 5122: "i2", 5123: "u2", 5125: "u4", 5126: "f4"}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
TRIANGLES, STRIP, FAN = 4, 5, 6
# They say how a surface looks, not where it is.
LOOKS_ONLY = ("KHR_materials_", "KHR_texture_", "EXT_texture_", "KHR_lights_", "KHR_xmp")


def scan_glb(content: bytes) -> Scan:
    """The triangles of a GLB file [m, as glTF has it], all nodes of its scene together.

    Raises:
        ScanError: it is no GLB, is damaged, or needs an extension, a skin or another file.
    """
    tree, binary = _chunks(content)
    for name in tree.get("extensionsRequired", []):
        if not name.startswith(LOOKS_ONLY):
            raise UnsupportedMeshError(f"it needs the extension '{name}', which pinch does not read")
    try:
        parts = list(_Scene(tree, binary).parts())
    except (KeyError, IndexError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise DamagedMeshContentError(f"its tree refers to what it does not hold ({error})") from error
    if not parts:
        return Scan(np.empty((0, 3)), np.empty(0, np.int64), np.empty(0, np.int64))
    offsets = np.cumsum([0] + [len(vertices) for vertices, _ in parts])
    corners = np.concatenate([faces + offset for (_, faces), offset in zip(parts, offsets, strict=False)])
    vertices = np.concatenate([vertices for vertices, _ in parts])
    return Scan(vertices, corners.reshape(-1), np.full(len(corners), 3, np.int64)).check()


# The header, and that of the first part.
_SHORTEST = 20


def _chunks(content: bytes) -> tuple[dict[str, Any], bytes]:
    if content[:4] != b"glTF":
        raise UnsupportedMeshError("it does not begin with 'glTF'")
    if len(content) < _SHORTEST:
        raise DamagedMeshContentError(f"it ends after {len(content)} bytes, within its header")
    version, length, size, kind = struct.unpack_from("<III4s", content, 4)
    if version != 2:
        raise UnsupportedMeshError(f"it is version {version} of glTF, pinch reads version 2")
    if length != len(content) or 20 + size > length:
        raise DamagedMeshContentError(f"its header says {length} bytes, it has {len(content)}")
    try:
        tree = json.loads(content[20 : 20 + size])
    except ValueError as error:
        raise DamagedMeshContentError("its tree is not valid JSON") from error
    if kind != b"JSON" or not isinstance(tree, dict):
        raise DamagedMeshContentError("its first part is no tree")
    binary = b""
    if 28 + size <= length:
        (binary_size,) = struct.unpack_from("<I", content, 20 + size)
        binary = content[28 + size : 28 + size + binary_size]
        if len(binary) != binary_size:
            raise DamagedMeshContentError(f"its data say {binary_size} bytes, {len(binary)} follow")
    return tree, binary


class _Scene:
    def __init__(self, tree: dict[str, Any], binary: bytes) -> None:
        self._tree, self._binary = tree, binary

    def parts(self) -> list[tuple[Float64, Int64]]:
        """Vertices (V, 3) in the scene's frame and faces (F, 3) of each primitive of each node."""
        nodes = self._tree.get("nodes", [])
        scenes = self._tree.get("scenes", [])
        children = {child for node in nodes for child in node.get("children", [])}
        roots = (
            scenes[self._tree.get("scene", 0)].get("nodes", [])
            if scenes
            else [k for k in range(len(nodes)) if k not in children]
        )
        found: list[tuple[Float64, Int64]] = []
        waiting = [(root, np.eye(4), 0) for root in roots]
        while waiting:
            index, T_scene_parent, depth = waiting.pop()
            if depth > len(nodes):
                raise DamagedMeshContentError("its nodes are children of each other in a circle")
            node = nodes[index]
            T_scene_node = T_scene_parent @ _transform(node)
            waiting += [(child, T_scene_node, depth + 1) for child in node.get("children", [])]
            if "mesh" not in node:
                continue
            if "skin" in node:
                raise UnsupportedMeshError("a part of it is skinned: a skeleton decides its shape")
            for primitive in self._tree["meshes"][node["mesh"]]["primitives"]:
                part = self._primitive(primitive)
                if part is not None:
                    vertices, faces = part
                    found.append((vertices @ T_scene_node[:3, :3].T + T_scene_node[:3, 3], faces))
        return found

    def _primitive(self, primitive: dict[str, Any]) -> tuple[Float64, Int64] | None:
        mode = primitive.get("mode", TRIANGLES)
        if mode not in (TRIANGLES, STRIP, FAN):
            return None  # points and lines
        vertices = self._accessor(primitive["attributes"]["POSITION"]).astype(np.float64)
        if "indices" in primitive:
            order = self._accessor(primitive["indices"]).reshape(-1).astype(np.int64)
        else:
            order = np.arange(len(vertices))
        if len(order) and order.max() >= len(vertices):
            raise DamagedMeshContentError(
                f"a face has the vertex {order.max()}, its part holds {len(vertices)}"
            )
        if mode == TRIANGLES:
            if len(order) % 3:
                raise DamagedMeshContentError(f"{len(order)} corners make no triangles")
            return vertices, order.reshape(-1, 3)
        if mode == STRIP:
            return vertices, np.array(strip_triangles(order), dtype=np.int64).reshape(-1, 3)
        middle = np.arange(1, max(len(order) - 1, 1))
        return vertices, order[np.stack([np.zeros_like(middle), middle, middle + 1], axis=1)]

    def _accessor(self, index: int) -> NDArray[Any]:
        accessor = self._tree["accessors"][index]
        if "sparse" in accessor:
            raise UnsupportedMeshError("it has sparse accessors, which pinch does not read")
        view = self._tree["bufferViews"][accessor["bufferView"]]
        buffer = view["buffer"]
        if buffer != 0 or "uri" in self._tree["buffers"][buffer]:
            raise UnsupportedMeshError("its data lie in another file, which pinch does not open")
        kind = np.dtype("<" + COMPONENTS[accessor["componentType"]])
        width, count = WIDTHS[accessor["type"]], int(accessor["count"])
        stride = view.get("byteStride") or width * kind.itemsize
        start = view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
        if count < 0 or start < 0 or start + (count - 1) * stride + width * kind.itemsize > len(self._binary):
            raise DamagedMeshContentError(
                f"accessor {index} counts {count} values, more than the {len(self._binary)} bytes of data"
            )
        shape, strides = (count, width), (stride, kind.itemsize)
        values: NDArray[Any] = np.ndarray(shape, kind, self._binary, start, strides)
        return values


def _transform(node: dict[str, Any]) -> Float64:
    if "matrix" in node:
        return np.asarray(np.array(node["matrix"], dtype=np.float64).reshape(4, 4).T)
    matrix = np.eye(4)
    rotation = Rotation.from_quat(node.get("rotation", [0.0, 0.0, 0.0, 1.0])).as_matrix()
    matrix[:3, :3] = rotation * np.array(node.get("scale", [1.0, 1.0, 1.0]))
    matrix[:3, 3] = node.get("translation", [0.0, 0.0, 0.0])
    return matrix
