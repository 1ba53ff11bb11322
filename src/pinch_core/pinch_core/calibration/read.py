# SPDX-License-Identifier: Apache-2.0
"""Camera files of any kind: finds the camera in the file, and names what is none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
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
# Cameras that are named one by one, the keys that name them, and keys that need no care in a command.
_MOST_LABELS = 6
_NAME_KEYS = ("name", "camera_name", "camera", "frame_id", "serial", "serial_number", "id")
_PLAIN_KEY = re.compile(r"[\w.-]+")
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
    if not documents or (not isinstance(documents[0], dict) and not holds_camera(documents[0])):
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
    if isinstance(document, dict) and describes_camera(document):
        return document
    found = list(_cameras_below(document, {}, (), _DEEPEST))
    if not found:
        raise _no_camera(path, document)
    if all(_essence(one.values) == _essence(found[0].values) for one in found):
        return found[0].values
    depth = [one.values for one in found if "depth" in one.label.lower()]
    if len(depth) == 1:
        return depth[0]
    labels = ", ".join(one.label for one in found[:_MOST_LABELS])
    more = ", ..." if len(found) > _MOST_LABELS else ""
    raise IntrinsicsError(
        f"{path} holds {len(found)} cameras or calibrations that differ ({labels}{more}); "
        f"{_take_out(found[0], path)}."
    )


@dataclass(frozen=True)
class _Found:
    """A camera in a file. ``keys``: way to it, an integer for a place in a list. ``own``: what stands there;
    ``values``: with what stands beside it and above it, which holds for it.
    """

    keys: tuple[Any, ...]
    own: Mapping[Any, Any]
    values: dict[Any, Any]

    @property
    def label(self) -> str:
        """The way to it, and the name that it has itself."""
        place = ".".join(map(str, self.keys))
        name = next((value for key, value in self.own.items() if key in _NAME_KEYS), None)
        return place if name is None else f"{place} named {shown(name)}"


def _take_out(first: _Found, path: Path) -> str:
    """How a camera becomes a file of its own: by a command where the whole of it stands in one place."""
    depends = any(meaning(key) is not None for key in first.values.keys() - first.own.keys())
    module = {".json": "json", ".intr": "json", ".yaml": "yaml", ".yml": "yaml"}.get(path.suffix.lower())
    if depends or module is None or not all(_PLAIN_KEY.fullmatch(str(key)) for key in first.keys):
        return (
            "copy the one of the depth image into a file of its own, with what stands beside it and holds "
            "for it"
        )
    load = "json.load" if module == "json" else "yaml.safe_load"
    place = "".join(f"[{key!r}]" for key in first.keys)
    out = f"{path.stem}_{'_'.join(map(str, first.keys))}.json"
    imports = "json" if module == "json" else "json, yaml"
    return (
        f"take out the one of the depth image, here {first.label}, and give that file: python3 -c "
        f"\"import {imports}; json.dump({load}(open('{path}')){place}, open('{out}', 'w'))\""
    )


def holds_camera(document: Any) -> bool:
    """Whether a camera stands in a document, or in mappings and lists below it."""
    return (isinstance(document, dict) and describes_camera(document)) or any(
        True for _ in _cameras_below(document, {}, (), _DEEPEST)
    )


def _cameras_below(
    values: Any, shared: dict[Any, Any], above: tuple[Any, ...], depth: int
) -> Iterator[_Found]:
    """Each camera in a mapping or list."""
    if isinstance(values, dict):
        shared = {**shared, **_beside_cameras(values, depth)}
    for key, value in _below(values):
        if isinstance(value, dict) and describes_camera(value):
            yield _Found((*above, key), value, {**shared, **value})
        elif depth > 1:
            yield from _cameras_below(value, shared, (*above, key), depth - 1)


def _below(values: Any) -> Iterable[tuple[Any, Any]]:
    if isinstance(values, dict):
        return values.items()
    return enumerate(values) if isinstance(values, list) else ()


def _beside_cameras(values: Mapping[Any, Any], depth: int) -> dict[Any, Any]:
    """What holds for the cameras below a mapping, or is not understood. Of a mapping without a camera, such
    as the settings of a depth stream, only the depth scale is understood.
    """
    beside: dict[Any, Any] = {}
    for key, value in values.items():
        if _is_or_holds_camera(value, depth):
            continue
        scales = (
            {name: said for name, said in value.items() if meaning(name) in _DEPTH_SCALES}
            if isinstance(value, dict)
            else {}
        )
        beside |= scales or {key: value}
    return beside


def _is_or_holds_camera(value: Any, depth: int) -> bool:
    if isinstance(value, dict) and describes_camera(value):
        return True
    return depth > 1 and any(_is_or_holds_camera(below, depth - 1) for _, below in _below(value))


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
