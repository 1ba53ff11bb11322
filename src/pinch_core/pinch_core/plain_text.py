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


def parse_yaml(text: str | bytes) -> Any:
    """Mappings, lists and scalars; None for an empty text.

    Raises:
        ValueError: it is not YAML, nested too deeply, or names an object that only code could make.
    """
    try:
        return yaml.safe_load(text)
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
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    except (ValueError, yaml.YAMLError) as error:
        raise ValueError(_one_line(error)) from error


class _OpenCvLoader(yaml.SafeLoader):
    """Plain data only, as SafeLoader's."""


_OpenCvLoader.add_multi_constructor(
    "tag:yaml.org,2002:opencv-", lambda loader, _, node: loader.construct_mapping(node, deep=True)
)


def parse_json(text: str | bytes) -> Any:
    """Objects as dict, arrays as list, and scalars.

    Raises:
        ValueError: it is not JSON, or nested too deeply.
    """
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    except ValueError as error:
        raise ValueError(_one_line(error)) from error


def shown(value: Any) -> str:
    """A value as shown in an error message, shortened if it is long."""
    return _shown.repr(value)


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= 300 else f"{text[:297]}..."
