# SPDX-License-Identifier: Apache-2.0
"""The text of a camera file as plain data: JSON, YAML, ``ros2 topic echo``, OpenCV's YAML and XML."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

from pinch_core.plain_text import parse_json, parse_yaml_documents

# What `ros2 topic echo` prints between messages.
_ECHO_CHATTER = re.compile(
    r"^(WARNING: .*|A message was lost!+.*|\s+total count.*|Subscribed to .*|Opened file .*)$\n?",
    re.MULTILINE,
)
# OpenCV writes a directive of YAML 1.0 with a colon, which is none.
_YAML_DIRECTIVE = re.compile(r"\A\ufeff?%YAML[: ]\s*1\.\d+\s*$", re.MULTILINE)


def parse_documents(text: str) -> list[Any]:
    """The documents of a text; one, but for a stream of messages.

    Raises:
        ValueError: it is neither JSON, YAML nor XML of OpenCV's FileStorage.
    """
    start = text.lstrip("\ufeff \t\r\n")[:1]
    if start == "<":
        return [_opencv_xml(text)]
    if start in ("{", "["):
        try:
            return [parse_json(text.lstrip("\ufeff"))]
        except ValueError as error:
            return _yaml_or(text, error)  # Python's own way to print a mapping is YAML
    text = _ECHO_CHATTER.sub("", _YAML_DIRECTIVE.sub("", text))
    try:
        return parse_yaml_documents(text)
    except ValueError as error:
        # A stream that was interrupted ends within a message; those before it are whole.
        end = text.rfind("\n---")
        if end < 0:
            raise
        return _yaml_or(text[:end], error)


def _yaml_or(text: str, first: ValueError) -> list[Any]:
    try:
        return parse_yaml_documents(text)
    except ValueError:
        raise first from None


def _opencv_xml(text: str) -> Any:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ValueError("it defines entities, which no camera file needs")
    try:
        root = ElementTree.fromstring(text.lstrip("\ufeff"))
    except (ElementTree.ParseError, ValueError, RecursionError) as error:
        raise ValueError(f"as XML: {error}") from error
    if root.tag != "opencv_storage":
        return f"XML with the root <{root.tag}>"
    return {child.tag: _opencv_node(child) for child in root}


def _opencv_node(node: ElementTree.Element) -> Any:
    children = list(node)
    if children and all(child.tag == "_" for child in children):
        return [_opencv_node(child) for child in children]
    if children:
        values = {child.tag: _opencv_node(child) for child in children}
        if "data" in values and not isinstance(values["data"], (list, dict)):
            values["data"] = [] if values["data"] is None else [values["data"]]
        return values
    text = (node.text or "").strip()
    if text.startswith('"') or not text:
        return text.strip('"') or None
    words = text.split()
    return words[0] if len(words) == 1 else words
