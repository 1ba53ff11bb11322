# SPDX-License-Identifier: Apache-2.0
"""Numbers in attributes."""

from __future__ import annotations

import math
from xml.etree import ElementTree

from pinch_core.plain_text import shown
from pinch_core.robot_description.xml_source import XmlSource


def number(source: XmlSource, element: ElementTree.Element, key: str, what: str, name: str) -> float:
    """The attribute ``key`` as a finite number. Raises RobotDescriptionError."""
    text = element.get(key)
    if text is None:
        raise source.error(f"{what} gives no {key}; add it.", element, name)
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise source.error(
            f"{what} has {key} = {shown(text)}, which is no finite number; correct it.", element, name
        )
    return value


def check_vector(
    source: XmlSource, element: ElementTree.Element | None, keys: tuple[str, ...], what: str, name: str
) -> None:
    """That those of the attributes ``keys`` that are given hold three finite numbers.

    Raises:
        RobotDescriptionError: one does not.
    """
    for key in keys:
        text = None if element is None else element.get(key)
        if text is None:
            continue
        try:
            values = [float(part) for part in text.split()]
        except ValueError:
            values = []
        if len(values) != 3 or not all(map(math.isfinite, values)):
            raise source.error(
                f"{what} has {key} = {shown(text)}, which is not three numbers; correct it.", element, name
            )
