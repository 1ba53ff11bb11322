# SPDX-License-Identifier: Apache-2.0
"""The mesh files that a URDF refers to: package://, file://, and paths relative to the URDF."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import numpy as np

from pinch_core.plain_text import shown
from pinch_core.resources import file_names, is_file, share_directories
from pinch_core.robot_description.errors import nearest
from pinch_core.robot_description.mesh_extent import mesh_extent
from pinch_core.robot_description.xml_source import XmlSource

_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*)://(.*)$", re.DOTALL)
# A link of a robot on a table is smaller than this, and larger than that; what is not is in another unit.
_LARGEST_M, _SMALLEST_M = 5.0, 5e-4


def find_mesh(filename: str, urdf: Path) -> Path | None:
    """The file that the ``filename`` of a ``<mesh>`` refers to, None where there is none.

    ``package://NAME/...`` is looked up in every share directory, and in the folders above the URDF, so that
    a checkout that is not installed works as well.
    """
    for candidate in _candidates(filename, urdf):
        if is_file(candidate):
            return candidate
    return None


def check_collision_meshes(source: XmlSource) -> None:
    """That the mesh of every collision shape exists, is whole, and is the size of a robot's link.

    Raises:
        RobotDescriptionError: one is not.
    """
    extents: dict[Path, np.ndarray | None] = {}
    for link in source.root.findall("link"):
        name = link.get("name", "")
        for collision in link.findall("collision"):
            for mesh in collision.iter("mesh"):
                path = _found(source, mesh, name)
                if path not in extents:
                    extents[path] = _extent(source, mesh, path, name)
                _check_size(source, mesh, path, name, extents[path])


def _candidates(filename: str, urdf: Path) -> Iterator[Path]:
    match = _SCHEME.match(filename)
    if match is None:
        yield urdf.parent / filename
        return
    scheme, rest = match.group(1).lower(), match.group(2)
    if scheme == "file":
        # file:///a/b, and file://a/b that some exporters write for a path relative to the URDF.
        for text in dict.fromkeys((unquote(rest), rest)):
            yield urdf.parent / text.removeprefix("localhost/" if text.startswith("localhost//") else "")
    elif scheme in ("package", "model"):
        package, _, inside = rest.partition("/")
        for text in dict.fromkeys((inside, unquote(inside))):
            for folder in _package_folders(package, urdf):
                yield folder / text


def _package_folders(package: str, urdf: Path) -> Iterator[Path]:
    for share in share_directories():
        yield share / package
    for root in filter(None, os.environ.get("ROS_PACKAGE_PATH", "").split(os.pathsep)):
        yield from (Path(root) / package, *((Path(root),) if Path(root).name == package else ()))
    for folder in urdf.absolute().parents:
        if folder.name == package:
            yield folder
        yield folder / package


def _found(source: XmlSource, mesh: ElementTree.Element, link: str) -> Path:
    filename = mesh.get("filename", "")
    path = find_mesh(filename, source.path) if filename else None
    if path is not None:
        return path
    raise source.error(
        f"link '{link}' has the collision mesh {shown(filename)}, {_why_not_found(filename, source.path)}.",
        mesh,
        link,
    )


def _why_not_found(filename: str, urdf: Path) -> str:
    if not filename.strip():
        return "which names no file; add its filename"
    if "$(" in filename or "${" in filename:
        return "which xacro was to expand and did not; expand the URDF anew"
    match = _SCHEME.match(filename)
    scheme = match.group(1).lower() if match else ""
    if scheme not in ("", "file", "package", "model"):
        return f"and pinch reads no {scheme}:// addresses; copy the file and name it by package:// or file://"
    tried = list(dict.fromkeys(_candidates(filename, urdf)))
    folder, names = next(((p.parent, names) for p in tried if (names := file_names(p.parent))), (None, []))
    if folder is not None:
        return f"but {folder} has no such file ({nearest(tried[0].name, names)}); correct the name"
    if scheme in ("package", "model"):
        assert match is not None
        package = match.group(2).partition("/")[0]
        folders = [path for path in _package_folders(package, urdf) if _is_folder(path)]
        if folders:
            inside = match.group(2).partition("/")[2]
            return f"but {folders[0]} has no {inside}; correct the path"
        shares = share_directories()
        packages = {path.name for share in shares for path in share.glob("*") if _is_folder(path)}
        return (
            f"and the package '{package}' is neither in the {len(shares)} share directories of "
            f"AMENT_PREFIX_PATH and of Python's packages nor above the URDF ({nearest(package, packages)}); "
            "install it, source its workspace, or correct its name"
        )
    return f"and {tried[0]} does not exist; correct the path, or use package://"


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _extent(source: XmlSource, mesh: ElementTree.Element, path: Path, link: str) -> np.ndarray | None:
    try:
        return mesh_extent(path)
    except (OSError, ValueError) as error:
        raise source.error(
            f"the collision mesh {path} of link '{link}' cannot be read ({error}); copy or export it again.",
            mesh,
            link,
        ) from error


def _check_size(
    source: XmlSource, mesh: ElementTree.Element, path: Path, link: str, extent: np.ndarray | None
) -> None:
    scale = _scale(source, mesh, link)
    if extent is None:
        return
    largest = float((extent * np.abs(scale)).max())
    if _SMALLEST_M <= largest <= _LARGEST_M:
        return
    given = f'scale="{mesh.get("scale")}"' if mesh.get("scale") is not None else "no scale"
    remedy = (
        'if it was drawn in millimetres, add scale="0.001 0.001 0.001" to the <mesh>'
        if largest > _LARGEST_M
        else "correct the scale of the <mesh>"
    )
    raise source.error(
        f"the collision mesh {path} of link '{link}' is {largest:.3g} m large with {given}; {remedy}.",
        mesh,
        link,
    )


def _scale(source: XmlSource, mesh: ElementTree.Element, link: str) -> np.ndarray:
    text = mesh.get("scale")
    if text is None:
        return np.ones(3)
    try:
        scale = np.array([float(part) for part in text.split()])
    except ValueError:
        scale = np.zeros(0)
    if scale.shape != (3,) or not np.all(np.isfinite(scale)) or np.any(scale == 0.0):
        raise source.error(
            f"a mesh of link '{link}' has scale = {shown(text)}, which is not three numbers other than 0; "
            "correct it.",
            mesh,
            link,
        )
    return scale
