# SPDX-License-Identifier: Apache-2.0
"""What is wrong with the options of a command line, in a sentence each, before they are parsed.

The parser's own complaint is a box of several lines, which names types of Python and holds markup.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
import types
import typing
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import takewhile
from pathlib import Path
from typing import Any

from pinch_core.config import field_info
from pinch_core.errors import ConfigError

_HELP = ("-h", "--help")
_NUMBER = re.compile(r"-[.\d]|-inf")
_NAMES = {int: "whole number", float: "number", Path: "path"}
_ANY_COUNT = -1


class OptionError(ConfigError):
    """A command line that its command cannot take."""


@dataclass(frozen=True)
class Option:
    """``name`` with its dashes. ``kinds``: type of each value, or of all where ``count`` is any number.
    ``may_be_none``: takes the word None too.
    """

    name: str
    help: str
    kinds: tuple[Any, ...]
    count: int
    required: bool = False
    may_be_none: bool = False

    def fault(self, values: Sequence[str]) -> str:
        """What is wrong with the values; empty where nothing is."""
        if self.may_be_none and list(values) == ["None"]:
            return ""
        if self.count != _ANY_COUNT and len(values) != self.count:
            return f"{self.name} takes {self._wanted()}, but {_number_of(values)} ({self.help})"
        for value, kind in zip(values, self._kind_of_each(values), strict=True):
            if not _is_of(kind, value):
                return f"{self.name} {' '.join(values)}: '{value}' is no {_name(kind)} ({self.help})"
        return ""

    def _kind_of_each(self, values: Sequence[str]) -> Sequence[Any]:
        return self.kinds * len(values) if self.count == _ANY_COUNT else self.kinds

    def _wanted(self) -> str:
        if not self.kinds:
            return "no value"
        name = _name(self.kinds[0])
        return f"one {name}" if self.count == 1 else f"{self.count} values, each a {name}"


def refuse_wrong_options(config: type, argv: Sequence[str], prog: str) -> None:
    """Compare the words of a command line with the options of a config dataclass.

    Args:
        prog: usage of the command, of which those before the first in capitals are its name.

    Raises:
        OptionError: an option that does not exist, a wrong number or type of values, or a required option
            that is missing.
    """
    if any(word in _HELP for word in argv):
        return
    command = " ".join(takewhile(str.islower, prog.split()))
    more = f"{command} --help lists the options"
    options = {option.name: option for option in _options(config, "--")}
    given = list(_given(argv))
    for name, values in given:
        if not name:
            raise OptionError(f"'{values[0]}' belongs to no option of {command}; {more}.")
        if name not in options:
            near = difflib.get_close_matches(name, options, n=3, cutoff=0.6)
            meant = f"did you mean {' or '.join(near)}? " if near else ""
            raise OptionError(f"{name} is no option of {command}; {meant}{more}.")
        fault = options[name].fault(values)
        if fault:
            raise OptionError(f"{fault}; {more}.")
    missing = [one for one in options.values() if one.required and one.name not in dict(given)]
    if missing:
        named = " and ".join(f"{one.name} ({one.help})" for one in missing)
        raise OptionError(f"{command} is missing {named}; {more}.")


def _given(argv: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Each option with the words after it; the name is empty where words precede any option."""
    name, values = "", list[str]()
    for word in argv:
        if not word.startswith("-") or _NUMBER.match(word):
            values.append(word)
            continue
        if name or values:
            yield name, values
        name, equals, value = word.partition("=")
        name, values = name.replace("_", "-"), [value] if equals else []
    if name or values:
        yield name, values


def _options(config: type, prefix: str) -> Iterator[Option]:
    hints = typing.get_type_hints(config)
    for field in dataclasses.fields(config):
        name, hint = prefix + field.name.replace("_", "-"), _present(hints[field.name])
        if dataclasses.is_dataclass(hint):
            yield from _options(typing.cast(type, hint), f"{name}.")
            continue
        required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        info = field_info(field)
        text = "" if info is None else info.help + (f" [{info.unit}]" if info.unit else "")
        if hint is bool and not required:
            # As the parser has them: the option turns the default into its opposite.
            flag = re.sub(r"^(--(?:.*\.)?)", r"\1no-", name) if field.default else name
            yield Option(flag, text, (), 0)
        else:
            yield Option(name, text, *_values(hint), required, hint is not hints[field.name])


def _present(hint: Any) -> Any:
    """A hint without None."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return next(one for one in typing.get_args(hint) if one is not type(None))
    return hint


def _values(hint: Any) -> tuple[tuple[Any, ...], int]:
    """Types and number of an option's values."""
    args = typing.get_args(hint)
    if typing.get_origin(hint) is tuple:
        return (args[:1], _ANY_COUNT) if args[-1] is Ellipsis else (args, len(args))
    return (hint,), 1


def _is_of(kind: Any, value: str) -> bool:
    if isinstance(kind, type) and issubclass(kind, Enum):
        return value in _choices(kind)
    if kind not in (int, float):
        return True
    try:
        kind(value)
    except ValueError:
        return False
    return True


def _choices(kind: type[Enum]) -> list[str]:
    return [str(one.value) for one in kind]


def _name(kind: Any) -> str:
    if isinstance(kind, type) and issubclass(kind, Enum):
        return f"word of {', '.join(_choices(kind))}"
    return _NAMES.get(kind, "text")


def _number_of(values: Sequence[str]) -> str:
    verb = "is" if len(values) == 1 else "are"
    return f"{len(values) or 'none'} {verb} given" + (f" ('{' '.join(values)}')" if values else "")
