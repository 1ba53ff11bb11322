# SPDX-License-Identifier: Apache-2.0
"""XML with the line of each element: what a description's errors point at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree
from xml.parsers import expat

from pinch_core.errors import DamagedFileError
from pinch_core.plain_text import shown
from pinch_core.robot_description.errors import RobotDescriptionError

# What expat reports when a document ends too early.
_CUT_OFF = frozenset(
    expat.errors.codes[message]
    for message in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )
)


class Element(ElementTree.Element):
    """An element and the line on which it begins; prefixes of namespaces stay in the tags."""

    line: int = 0


@dataclass(frozen=True, eq=False)
class XmlSource:
    """A parsed file. ``is_expanded``: xacro wrote the text, so that its lines are not those of the file."""

    path: Path
    root: Element
    is_expanded: bool = False

    def error(
        self, message: str, element: ElementTree.Element | None = None, name: str = ""
    ) -> RobotDescriptionError:
        """``message`` behind the file and line of ``element``."""
        line = 0 if self.is_expanded else getattr(element, "line", 0)
        return RobotDescriptionError(f"{self.where(element)}: {message}", self.path, line, name)

    def where(self, element: ElementTree.Element | None = None) -> str:
        """The file, and the line of ``element`` in it."""
        if self.is_expanded:
            return f"{self.path} (expanded by xacro)"
        line = getattr(element, "line", 0)
        return f"{self.path}, line {line}" if line else str(self.path)


def read_bytes(path: Path) -> bytes:
    """A file's content.

    Raises:
        RobotDescriptionError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise RobotDescriptionError(
            f"{path} cannot be read ({error.strerror}); give a readable robot description.", path
        ) from error


def parse_xml(content: bytes, path: Path, expected: str) -> Element:
    """The root element of a file's ``content``.

    Args:
        expected: what the file should be, for messages, e.g. "a URDF".

    Raises:
        DamagedFileError: it is empty or ends too early.
        RobotDescriptionError: it is not XML, or not well-formed.
    """
    if not content.strip():
        raise DamagedFileError(f"{path} is empty; copy {expected} there again.", path)
    parser = expat.ParserCreate()
    open_elements: list[tuple[str, int]] = []
    builder = ElementTree.TreeBuilder(element_factory=Element)

    def start(tag: str, attributes: dict[str, str]) -> None:
        element = builder.start(tag, attributes)
        assert isinstance(element, Element)
        element.line = parser.CurrentLineNumber
        open_elements.append((_opening(tag, attributes), element.line))

    def end(tag: str) -> None:
        builder.end(tag)
        open_elements.pop()

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        problem = expat.errors.messages.get(error.code, str(error))
        if (
            not open_elements
            and error.code in _CUT_OFF
            and content.lstrip().startswith((b"<?xml", b"<robot"))
        ):
            raise DamagedFileError(
                f"{path} is cut off at line {error.lineno}, before its root element is whole; copy the file "
                "again.",
                path,
            ) from error
        if not open_elements:
            raise RobotDescriptionError(
                f"{path} is not XML (line {error.lineno}: {problem}; it begins with "
                f"{shown(content[:40].decode('utf-8', 'replace'))}); name {expected} instead.",
                path,
                error.lineno,
            ) from error
        # The innermost element that has a name is the easiest to find.
        inside, since = next(
            (item for item in reversed(open_elements) if "name=" in item[0]), open_elements[0]
        )
        if error.code in _CUT_OFF:
            raise DamagedFileError(
                f"{path} is cut off at line {error.lineno}, inside {inside} of line {since}; copy the file "
                "again.",
                path,
            ) from error
        raise RobotDescriptionError(
            f"{path}, line {error.lineno}: the XML is not well-formed ({problem}) inside {inside} of line "
            f"{since}; correct it there.",
            path,
            error.lineno,
        ) from error
    except ValueError as error:  # an encoding that expat does not know
        raise RobotDescriptionError(
            f"{path} cannot be decoded ({' '.join(str(error).split())}); save it as UTF-8.", path
        ) from error
    root = builder.close()
    assert isinstance(root, Element)
    return root


def _opening(tag: str, attributes: dict[str, str]) -> str:
    name = attributes.get("name")
    return f'<{tag} name="{name}">' if name else f"<{tag}>"
