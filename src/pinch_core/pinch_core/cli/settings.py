# SPDX-License-Identifier: Apache-2.0
"""Command-line options from config dataclasses: same names, help, units and defaults as everywhere else."""

from __future__ import annotations

import dataclasses
import math
import typing
from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

import tyro

from pinch_core.config import FieldInfo, field_info, from_mapping

C = TypeVar("C")


def parse(config: type[C], argv: Sequence[str], prog: str, description: str) -> C:
    """Options of a config dataclass (nested ones with dots) to a validated instance.

    Unparsable options end the process with exit code 2 and usage on stderr, as ``argparse`` does.

    Raises:
        ConfigError: a value is out of its bounds.
    """
    values = tyro.cli(
        _with_help(config),
        args=list(argv),
        prog=prog,
        description=description,
        config=(tyro.conf.FlagCreatePairsOff, tyro.conf.EnumChoicesFromValues),
    )
    return from_mapping(config, dataclasses.asdict(values), "the command line")


def _with_help(config: type) -> type[Any]:
    """The same dataclass with every setting's help where tyro looks for it, without validation."""
    hints = typing.get_type_hints(config)
    fields: list[Any] = []
    for field in dataclasses.fields(config):
        info, hint = field_info(field), hints[field.name]
        if dataclasses.is_dataclass(hint):
            nested = _with_help(typing.cast(type, hint))
            fields.append((field.name, nested, dataclasses.field(default_factory=nested)))
            continue
        text = "" if info is None else info.help + (f" [{info.unit}]" if info.unit else "") + _bounds(info)
        annotated = Annotated[hint, tyro.conf.arg(help=text)]  # type: ignore[valid-type]
        default = field.default
        fields.append((field.name, annotated, dataclasses.field(default=default)))
    made = dataclasses.make_dataclass(config.__name__, fields)
    made.__doc__ = (config.__doc__ or "").partition("\n")[0]
    return made


def _bounds(info: FieldInfo) -> str:
    if math.isinf(info.lower) and math.isinf(info.upper):
        return ""
    return f", {info.lower:g} and more" if math.isinf(info.upper) else f", {info.lower:g} to {info.upper:g}"
