# SPDX-License-Identifier: Apache-2.0
"""Plain data from foreign YAML and JSON: any fault is one ValueError."""

from __future__ import annotations

import json
import reprlib
from typing import Any

import yaml

# Characters of a value shown in a message: enough to find it in its file.
_shown = reprlib.Repr()
_shown.maxstring = _shown.maxother = _shown.maxlong = 80
_shown.maxlist = _shown.maxtuple = _shown.maxdict = 10
_shown.maxlevel = 3


class RepeatedKeyError(ValueError):
    """A mapping has one key twice, with different values: libraries take the last without a word.

    ``key``: as it is written.
    """

    def __init__(self, key: str, place: str = "") -> None:
        super().__init__(f"the key '{key}' stands twice{place}, with different values; keep the right one")
        self.key = key


class _PlainLoader(yaml.SafeLoader):
    """Plain data only, and no key twice."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node: yaml.MappingNode = super().compose_mapping_node(anchor)
        first: dict[str, yaml.Node] = {}
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
                before = first.setdefault(key.value, value)
                if before is not value and yaml.serialize(before) != yaml.serialize(value):
                    place = f" (lines {before.start_mark.line + 1} and {value.start_mark.line + 1})"
                    raise RepeatedKeyError(key.value, place)
        return node


def parse_yaml(text: str | bytes) -> Any:
    """Mappings, lists and scalars; None for an empty text.

    Raises:
        RepeatedKeyError: a key stands twice in a mapping, with different values.
        ValueError: it is not YAML, nested too deeply, or names an object that only code could make.
    """
    try:
        return _PlainLoader(text).get_single_data()
    except RepeatedKeyError:
        raise
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    except (ValueError, yaml.YAMLError) as error:  # ValueError: what looks like a date and is none
        raise ValueError(_one_line(error)) from error


def parse_yaml_documents(text: str | bytes) -> list[Any]:
    """All documents of a stream that ``---`` separates, OpenCV's matrices (``!!opencv-matrix``) as mappings.

    Raises:
        ValueError: as :func:`parse_yaml`.
    """
    try:
        return list(yaml.load_all(text, Loader=_OpenCvLoader))
    except RepeatedKeyError:
        raise
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    except (ValueError, yaml.YAMLError) as error:
        raise ValueError(_one_line(error)) from error


class _OpenCvLoader(_PlainLoader):
    """Matrices of OpenCV too."""


_OpenCvLoader.add_multi_constructor(
    "tag:yaml.org,2002:opencv-", lambda loader, _, node: loader.construct_mapping(node, deep=True)
)


def parse_json(text: str | bytes) -> Any:
    """Objects as dict, arrays as list, and scalars.

    Raises:
        RepeatedKeyError: a key stands twice in an object, with different values.
        ValueError: it is not JSON, or nested too deeply.
    """
    try:
        return json.loads(text, object_pairs_hook=_without_repetition)
    except RepeatedKeyError:
        raise
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    except ValueError as error:
        raise ValueError(_one_line(error)) from error


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in pairs:
        if repr(values.setdefault(key, value)) != repr(value):  # NaN is not equal to itself
            raise RepeatedKeyError(key)
    return values


def shown(value: Any) -> str:
    """A value as shown in an error message, shortened if it is long."""
    return _shown.repr(value)


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= 300 else f"{text[:297]}..."
