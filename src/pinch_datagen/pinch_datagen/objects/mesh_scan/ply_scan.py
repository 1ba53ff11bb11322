# SPDX-License-Identifier: Apache-2.0
"""Polygon File Format (PLY): ASCII and binary of both byte orders, faces and triangle strips."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinch_datagen.objects.mesh_scan.scan import DamagedMeshContentError, Scan, UnsupportedMeshError, polygons
from pinch_datagen.objects.object_model import Float64

TYPES = {
    "char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1", "short": "i2", "int16": "i2",
    "ushort": "u2", "uint16": "u2", "int": "i4", "int32": "i4", "uint": "u4", "uint32": "u4",
    "float": "f4", "float32": "f4", "double": "f8", "float64": "f8",
}  # fmt: skip
BYTE_ORDERS = {"ascii": None, "binary_little_endian": "<", "binary_big_endian": ">"}
INDEX_LISTS = ("vertex_indices", "vertex_index")
END = b"end_header"


@dataclass
class _Element:
    """``properties``: name -> (type of a value, type of the list's length or None)."""

    name: str
    count: int
    properties: dict[str, tuple[str, str | None]] = field(default_factory=dict)

    @property
    def has_lists(self) -> bool:
        return any(length is not None for _, length in self.properties.values())


# Of a property: a column, or for each row the list's values.
_Columns = dict[str, "NDArray[np.generic] | list[NDArray[np.generic]]"]


def scan_ply(content: bytes) -> Scan:
    """The polygons and triangle strips of a PLY file.

    Raises:
        ScanError: it is no PLY, its counts are not those of its data, or it holds no surface.
    """
    order, elements, body = _header(content)
    reader = _AsciiBody(body) if order is None else _BinaryBody(body, order)
    data = {}
    for element in elements:
        try:
            data[element.name] = reader.element(element)
        except (ValueError, IndexError) as error:
            raise DamagedMeshContentError(
                f"its header counts {element.count} of '{element.name}', the file ends or is wrong among them"
            ) from error
    if reader.left:
        raise DamagedMeshContentError(
            f"{reader.left} follow the {elements[-1].count} of '{elements[-1].name}' that its header counts"
        )
    return _surface(elements, data)


def _header(content: bytes) -> tuple[str | None, list[_Element], bytes]:
    if content[:3] != b"ply":
        raise UnsupportedMeshError("it does not begin with 'ply'")
    end = content.find(END)
    if end < 0:
        raise DamagedMeshContentError("its header has no end")
    after = end + len(END)
    body = content[after + (2 if content[after : after + 2] == b"\r\n" else 1) :]
    file_format, elements = "", list[_Element]()
    for line in content[:end].decode(errors="replace").splitlines():
        words = line.split()
        try:
            if words[:1] == ["format"]:
                file_format = words[1]
            elif words[:1] == ["element"]:
                elements.append(_Element(words[1], int(words[2])))
                if elements[-1].count < 0:
                    raise ValueError
            elif words[:2] == ["property", "list"]:
                elements[-1].properties[words[4]] = TYPES[words[3]], TYPES[words[2]]
            elif words[:1] == ["property"]:
                elements[-1].properties[words[2]] = TYPES[words[1]], None
        except (ValueError, IndexError, KeyError) as error:
            raise DamagedMeshContentError(f"its header has the line '{line.strip()[:60]}'") from error
    if file_format not in BYTE_ORDERS:
        raise UnsupportedMeshError(f"its format is '{file_format}', pinch reads {', '.join(BYTE_ORDERS)}")
    return BYTE_ORDERS[file_format], elements, body


class _AsciiBody:
    def __init__(self, body: bytes) -> None:
        self._words = body.split()
        self._place = 0

    @property
    def left(self) -> str:
        count = len(self._words) - self._place
        return f"{count} more numbers" if count else ""

    def element(self, element: _Element) -> _Columns:
        if not element.has_lists:
            names = list(element.properties)
            values = self._take(element.count * len(names)).reshape(element.count, len(names))
            return {name: values[:, k] for k, name in enumerate(names)}
        rows = [self._row(element) for _ in range(element.count)]
        return {name: [row[name] for row in rows] for name in element.properties}

    def _row(self, element: _Element) -> dict[str, Float64]:
        return {
            name: self._take(1 if length is None else int(self._take(1)[0]))
            for name, (_, length) in element.properties.items()
        }

    def _take(self, count: int) -> Float64:
        words = self._words[self._place : self._place + count]
        if count < 0 or len(words) < count:
            raise ValueError("the file ends")
        self._place += count
        return np.array(words, dtype=np.float64)


class _BinaryBody:
    def __init__(self, body: bytes, order: str) -> None:
        self._body, self._order, self._place = body, order, 0

    @property
    def left(self) -> str:
        rest = self._body[self._place :].strip()
        return f"{len(self._body) - self._place} more bytes" if rest else ""

    def element(self, element: _Element) -> _Columns:
        if not element.has_lists:
            fields = [(name, self._order + kind) for name, (kind, _) in element.properties.items()]
            return self._columns(element, np.dtype(fields))
        return self._equal_lists(element) or self._any_lists(element)

    def _equal_lists(self, element: _Element) -> _Columns | None:
        """All rows at once where every list is as long as in the first row."""
        start = self._place
        if not element.count:
            return {name: [] for name in element.properties}
        first = self._row(element)
        self._place = start
        fields: list[tuple[str, str] | tuple[str, str, tuple[int]]] = []
        for name, (kind, length) in element.properties.items():
            if length is None:
                fields.append((name, self._order + kind))
            else:
                fields.append((f"{name} length", self._order + length))
                fields.append((name, self._order + kind, (len(first[name]),)))
        try:
            columns = self._columns(element, np.dtype(fields))
        except ValueError:
            self._place = start
            return None
        for name, (_, length) in element.properties.items():
            if length is not None and not np.all(columns[f"{name} length"] == len(first[name])):
                self._place = start
                return None
        return {name: list(np.asarray(columns[name])) for name in element.properties}

    def _any_lists(self, element: _Element) -> _Columns:
        rows = [self._row(element) for _ in range(element.count)]
        return {name: [row[name] for row in rows] for name in element.properties}

    def _row(self, element: _Element) -> dict[str, NDArray[np.generic]]:
        row = {}
        for name, (kind, length) in element.properties.items():
            count = 1 if length is None else int(self._take(self._order + length, 1)[0])
            row[name] = self._take(self._order + kind, count)
        return row

    def _columns(self, element: _Element, kind: np.dtype[np.void]) -> _Columns:
        table: NDArray[Any] = self._take(kind, element.count)
        return {name: table[name] for name in kind.names or ()}

    def _take(self, kind: str | np.dtype[np.void], count: int) -> NDArray[np.generic]:
        if count < 0:
            raise ValueError("a negative count")
        values = np.frombuffer(self._body, np.dtype(kind), count, self._place) if count else np.empty(0, kind)
        self._place += values.nbytes
        return values


def _surface(elements: list[_Element], data: dict[str, _Columns]) -> Scan:
    vertex = data.get("vertex", {})
    if any(axis not in vertex for axis in "xyz"):
        raise UnsupportedMeshError(f"it has no vertices with x, y and z, but {_listed(elements)}")
    vertices = np.stack([np.asarray(vertex[axis], dtype=np.float64).reshape(-1) for axis in "xyz"], axis=1)
    faces = [face.astype(np.int64).tolist() for face in _index_lists(data.get("face", {}))]
    strips = [strip.astype(np.int64) for strip in _index_lists(data.get("tristrips", {}))]
    lists = [name for of in elements if of.name == "face" and of.count for name in of.properties]
    if not faces and lists:
        raise UnsupportedMeshError(
            f"its faces have no list '{INDEX_LISTS[0]}' or '{INDEX_LISTS[1]}', but '{lists[0]}'"
        )
    if not faces and not strips:
        raise UnsupportedMeshError(f"it holds no triangles, but {_listed(elements)}")
    faces += [triangle for strip in strips for triangle in strip_triangles(strip)]
    return polygons(vertices, faces, trimesh_reads=not strips)


def _index_lists(columns: _Columns) -> list[NDArray[np.generic]]:
    found = next((columns[name] for name in INDEX_LISTS if name in columns), [])
    return found if isinstance(found, list) else []


def strip_triangles(strip: NDArray[np.int64]) -> list[list[int]]:
    """The triangles of strips that -1 ends, every second one turned, those without area left out."""
    triangles = []
    for part in np.split(strip, np.flatnonzero(strip == -1)):
        corners = [int(corner) for corner in part if corner != -1]
        for k in range(len(corners) - 2):
            a, b, c = corners[k : k + 3]
            if len({a, b, c}) == 3:
                triangles.append([a, b, c] if k % 2 == 0 else [b, a, c])
    return triangles


def _listed(elements: list[_Element]) -> str:
    return ", ".join(f"{element.count} of '{element.name}'" for element in elements) or "no elements"
