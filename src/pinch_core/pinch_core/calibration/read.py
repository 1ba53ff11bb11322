# SPDX-License-Identifier: Apache-2.0
"""Camera files of any kind: finds the camera in the file, and names what is none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pinch_core.calibration.calibration import Calibration
from pinch_core.calibration.fields import calibration_from_values, describes_camera
from pinch_core.calibration.markup import parse_documents
from pinch_core.camera_keys import Key, meaning
from pinch_core.config_kinds import CAMERA, mixed_up
from pinch_core.errors import DamagedFileError, IntrinsicsError
from pinch_core.file_content import read_content
from pinch_core.file_kinds import Wanted, kind_of
from pinch_core.plain_text import RepeatedKeyError, shown

CALIBRATION_FORMS = (
    "JSON with width, height, fx, fy, cx, cy (also BOP's, Open3D's, librealsense's), perception's .intr, the "
    "YAML of ROS camera calibration, the output of 'ros2 topic echo --once .../camera_info', or OpenCV's "
    "FileStorage"
)

# Mappings below one another that a camera may lie in: a list of scenes, a group of cameras, its intrinsics.
_DEEPEST = 3
# The first line of INI and TOML.
_SECTION = re.compile(r"\s*\[[A-Za-z_][\w. -]*\]\s*$", re.MULTILINE)
_DEPTH_SCALES = (Key.DEPTH_SCALE, Key.UNITS_PER_METRE)
# A text with a key like these was meant to be a camera file.
_CAMERA_KEY = re.compile(
    r"\b(_?fx|ppx|(camera|intrinsic|projection)_?matrix|cam_?k|k|image_width|width)\b['\"]?\s*:",
    re.IGNORECASE,
)
# Texts are judged by what is in them.
_TEXTS = ("a text file", "a JSON document", "an XML document")


def read_calibration(path: Path) -> Calibration:
    """The calibration in a file of any of the forms of :data:`CALIBRATION_FORMS`.

    Raises:
        IntrinsicsError: missing, of another kind, or impossible values.
        DamagedFileError: neither JSON, YAML nor XML, and where that shows.
    """
    content = read_content(path, IntrinsicsError, "a camera file")
    text = _text(content, path)
    try:
        documents = [one for one in parse_documents(text) if one is not None]
    except RepeatedKeyError as error:
        raise IntrinsicsError(f"{path}: {error}.") from error
    except ValueError as error:
        if _SECTION.match(text) or (
            text.lstrip()[:1] not in ("{", "[", "<") and not _CAMERA_KEY.search(text)
        ):
            raise _no_camera(path, text) from error
        raise DamagedFileError(
            f"{path} is neither JSON nor YAML nor OpenCV's XML ({error}); write it again.", path
        ) from error
    source = str(path)
    if not documents or not isinstance(documents[0], dict):
        numbers = _bare_matrix(text)
        if numbers is not None:
            return calibration_from_values({"K": numbers}, source)
        raise _no_camera(path, documents[0] if documents else "nothing")
    first = calibration_from_values(_camera_in(documents[0], path), source)
    return _same_in_all(first, documents[1:], path)


def _same_in_all(first: Calibration, others: list[Any], path: Path) -> Calibration:
    """The first of a stream of messages; another camera in it is told."""
    for number, document in enumerate(others, 2):
        try:
            other = calibration_from_values(_camera_in(document, path), first.source)
        except IntrinsicsError:
            if number <= len(others):
                raise
            continue  # the last of a stream that was interrupted
        if other != first:
            note = f"message {number} of {len(others) + 1} is of another calibration; the first was taken"
            return replace(first, notes=(*first.notes, note))
    return first


def _camera_in(document: Any, path: Path) -> Mapping[Any, Any]:
    """The mapping with intrinsics: the document, or the one below it that is the depth camera's."""
    if not isinstance(document, dict):
        raise _no_camera(path, document)
    if describes_camera(document):
        return document
    merged = list(_cameras_below(document, {}, (), _DEEPEST))
    if not merged:
        raise _no_camera(path, document)
    different = [(name, values) for name, values in merged if _essence(values) != _essence(merged[0][1])]
    if not different:
        return merged[0][1]
    depth = [values for name, values in merged if "depth" in name.lower()]
    if len(depth) == 1:
        return depth[0]
    names = ", ".join(name for name, _ in merged[:6]) + (", ..." if len(merged) > 6 else "")
    raise IntrinsicsError(
        f"{path} holds {len(merged)} cameras or calibrations that differ ({names}); copy the one of the "
        "depth image into a file of its own."
    )


def _cameras_below(
    values: Mapping[Any, Any], shared: dict[Any, Any], above: tuple[str, ...], depth: int
) -> Iterator[tuple[str, dict[Any, Any]]]:
    """The name of each camera, and its values with what stands beside it and above it, which holds for it."""
    shared = {**shared, **_beside_cameras(values, depth)}
    for key, value in values.items():
        if not isinstance(value, dict):
            continue
        if describes_camera(value):
            yield ".".join((*above, str(key))), {**shared, **value}
        elif depth > 1:
            yield from _cameras_below(value, shared, (*above, str(key)), depth - 1)


def _beside_cameras(values: Mapping[Any, Any], depth: int) -> dict[Any, Any]:
    """What holds for the cameras below a mapping, or is not understood. Of a mapping without a camera, such
    as the settings of a depth stream, only the depth scale is understood.
    """
    beside: dict[Any, Any] = {}
    for key, value in values.items():
        if not isinstance(value, dict):
            beside[key] = value
        elif not _holds_camera(value, depth):
            scales = {name: said for name, said in value.items() if meaning(name) in _DEPTH_SCALES}
            beside |= scales or {key: value}
    return beside


def _holds_camera(values: Mapping[Any, Any], depth: int) -> bool:
    below = (value for value in values.values() if isinstance(value, dict))
    return describes_camera(values) or (depth > 1 and any(_holds_camera(value, depth - 1) for value in below))


def _essence(values: Mapping[Any, Any]) -> dict[Key, Any]:
    """What makes a calibration, without poses and names."""
    return {key: value for name, value in values.items() if (key := meaning(name)) is not None}


def _bare_matrix(text: str) -> list[float] | None:
    """The nine numbers of a text that holds nothing else, as data sets store K."""
    try:
        values = [float(word) for word in text.replace(",", " ").replace("[", " ").replace("]", " ").split()]
    except ValueError:
        return None
    return values if len(values) == 9 else None


def _text(content: bytes, path: Path) -> str:
    kind = kind_of(content)
    if kind is not None and kind.name not in _TEXTS:
        raise IntrinsicsError(kind.sentence(path, Wanted.CAMERA))
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise DamagedFileError(
            f"{path} is no text from byte {error.start} on; give {CALIBRATION_FORMS}.", path
        ) from error


def _no_camera(path: Path, document: Any) -> IntrinsicsError:
    if isinstance(document, dict) and (sentence := mixed_up(path, CAMERA)):
        return IntrinsicsError(sentence)
    if isinstance(document, dict):
        seen = f"its keys are {', '.join(map(str, list(document)[:8]))}" if document else "it has no keys"
        if {"parent", "child"} <= document.keys() or "transform" in document:
            seen += ", so it is the pose of a camera"
    elif isinstance(document, str) and "[image]" in document and "camera matrix" in document:
        seen = "it is the ost.txt of ROS camera calibration; give the ost.yaml beside it"
    elif isinstance(document, str):
        seen = f"it starts with {shown(document.strip()[:40])}"
    else:
        seen = f"it is {type(document).__name__} of YAML or JSON"
    return IntrinsicsError(f"{path} holds no camera intrinsics ({seen}); give {CALIBRATION_FORMS}.")
