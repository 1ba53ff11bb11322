# SPDX-License-Identifier: Apache-2.0
"""STL, binary and ASCII: triangles, each with its own three corners."""

from __future__ import annotations

import struct

import numpy as np

from pinch_datagen.objects.mesh_scan.scan import DamagedMeshContentError, Scan
from pinch_datagen.objects.object_model import Float64

HEADER_SIZE = 84
RECORD = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])


def scan_stl(content: bytes) -> Scan:
    """The triangles of an STL file.

    Raises:
        ScanError: the count in the header is not that of the triangles, or the text ends early.
    """
    if content.lstrip()[:5].lower() == b"solid" and not _is_binary(content):
        return _of_corners(_ascii(content))
    if len(content) < HEADER_SIZE:
        raise DamagedMeshContentError(f"it ends after {len(content)} bytes, before its count of triangles")
    (count,) = struct.unpack_from("<I", content, 80)
    there = (len(content) - HEADER_SIZE) // RECORD.itemsize
    # What some programs append is shorter than a triangle.
    if count != there:
        raise DamagedMeshContentError(f"its header counts {count} triangles, but {there} follow")
    records = np.frombuffer(content, RECORD, count, HEADER_SIZE)
    return _of_corners(records["corners"].astype(np.float64))


def _is_binary(content: bytes) -> bool:
    """Headers of binary files begin with "solid" too: then the bytes behind the count are no text."""
    return (b"facet" not in content and b"\0" in content) or _size_fits(content)


def _size_fits(content: bytes) -> bool:
    if len(content) < HEADER_SIZE:
        return False
    (count,) = struct.unpack_from("<I", content, 80)
    return int(count) * RECORD.itemsize == len(content) - HEADER_SIZE


def _ascii(content: bytes) -> Float64:
    words = content.decode(errors="replace").split()
    lowered = [word.lower() for word in words]
    places = [k for k, word in enumerate(lowered) if word == "vertex"]
    # Names of solids may hold any word: what counts are the words that facets and the last solid end with.
    facets = lowered.count("endfacet")
    if len(places) != 3 * facets:
        raise DamagedMeshContentError(f"it has {len(places)} vertices for {facets} closed facets")
    if "endsolid" not in lowered[len(lowered) - 1 - lowered[::-1].index("endfacet") if facets else 0 :]:
        raise DamagedMeshContentError(f"it ends after {facets} facets without 'endsolid'")
    try:
        numbers = [[float(word) for word in words[k + 1 : k + 4]] for k in places]
        return np.array(numbers, dtype=np.float64).reshape(-1, 3, 3)
    except ValueError as error:
        raise DamagedMeshContentError(f"one of its {len(places)} vertices has no three numbers") from error


def _of_corners(corners: Float64) -> Scan:
    count = len(corners)
    return Scan(corners.reshape(-1, 3), np.arange(3 * count), np.full(count, 3, np.int64))
