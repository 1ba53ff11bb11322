# SPDX-License-Identifier: Apache-2.0
"""What pinch understands of a file: the protocol of the kinds that ``pinch check`` knows.

Each package offers its kinds as entry points of the group ``pinch.checks``: objects that have the methods of
:class:`Check`, in modules that import what is heavy only when a file is read.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from pinch_core.depth_format import DepthFormat
from pinch_core.plain_text import parse_json, parse_yaml

# Entry points by this name.
CHECKS = "pinch.checks"

# Longer texts are data, not settings; how much of a file tells what it is.
_LONGEST_TEXT = 2_000_000
_HEAD_BYTES = 4096


@dataclass(frozen=True, eq=False)
class Checked:
    """What was understood of one file.

    ``kind``: what it is. ``lines``: name and value of each fact, in the order of reading. ``warnings``: one
    sentence each, with what to do. ``figures``: the facts as plain data in SI units, for programs.
    ``draw``: makes a PNG, None where there is nothing to see. ``refused``: why pinch would not take the file,
    though it can be shown; empty where it would.
    """

    kind: str
    lines: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)
    draw: Callable[[], bytes] | None = None
    refused: str = ""


@dataclass(frozen=True)
class SeenFile:
    """A file or folder as it shows itself before it is read."""

    path: Path

    @cached_property
    def head(self) -> bytes:
        """The first bytes; empty for a folder and for what cannot be read."""
        try:
            with self.path.open("rb") as file:
                return file.read(_HEAD_BYTES)
        except (OSError, ValueError):
            return b""

    @property
    def suffix(self) -> str:
        """The name's ending in lower case, with its dot."""
        return self.path.suffix.lower()

    @cached_property
    def mapping(self) -> Mapping[Any, Any]:
        """The mapping that a JSON or YAML file holds, the first one of a stream; empty for other files."""
        if b"\0" in self.head or not self.head:
            return {}
        try:
            if self.path.stat().st_size > _LONGEST_TEXT:
                return {}
            text = self.path.read_text(encoding="utf-8-sig")
            values = parse_json(text) if text.lstrip()[:1] == "{" else parse_yaml(text.split("\n---")[0])
        except (OSError, ValueError):
            return {}
        return values if isinstance(values, dict) else {}


class Check(Protocol):
    """How one kind of file is recognised and understood."""

    @property
    def kind(self) -> str:
        """Its name in the output."""
        ...

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Endings of files of this kind whose content is too damaged to tell."""
        ...

    def recognises(self, seen: SeenFile) -> bool:
        """Whether the content is of this kind."""
        ...

    def check(self, path: Path, beside: Beside) -> Checked:
        """Read the file as the planner would.

        Raises:
            PinchError: it cannot be used; DamagedFileError where it is damaged.
        """
        ...


@dataclass(frozen=True)
class Beside:
    """What was named with a file: ``paths``, kind -> the other files, in order, and ``depth_format``, how
    depth images are to be read.
    """

    paths: Mapping[str, Sequence[Path]] = field(default_factory=dict)
    depth_format: DepthFormat = field(default_factory=DepthFormat)

    def of(self, kind: str) -> Sequence[Path]:
        """The files of a kind."""
        return self.paths.get(kind, ())

    def format_options(self) -> str:
        """The command-line options that say how ``depth_format`` differs from the default, a space before
        each.
        """
        words = []
        for one in dataclasses.fields(DepthFormat):
            value = getattr(self.depth_format, one.name)
            if value != one.default:
                values = value if isinstance(value, tuple) else (getattr(value, "value", value),)
                words += [f"--depth-format.{one.name.replace('_', '-')}", *map(str, values)]
        return "".join(f" {word}" for word in words)


def recognise(seen: SeenFile, checks: Sequence[Check]) -> Check | None:
    """The kind of a file: by its content, else by its name, which a damaged file keeps."""
    by_content = next((check for check in checks if check.recognises(seen)), None)
    if by_content is not None or seen.mapping or not seen.path.is_file():
        return by_content
    return next((check for check in checks if seen.suffix in check.suffixes), None)
