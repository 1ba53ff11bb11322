# SPDX-License-Identifier: Apache-2.0
"""Command-line options from config dataclasses: same names, help, units and defaults as everywhere else."""

from __future__ import annotations

import contextlib
import dataclasses
import inspect
import io
import math
import re
import typing
from collections.abc import Sequence
from typing import Any, TypeVar

import tyro
from tyro.constructors import (
    MISSING,
    ConstructorRegistry,
    StructConstructorSpec,
    StructFieldSpec,
    StructTypeInfo,
)

from pinch_core.cli.option_words import OptionError, refuse_wrong_options
from pinch_core.config import field_info, from_mapping

C = TypeVar("C")

_REGISTRY = ConstructorRegistry()
# What the parser draws around a complaint.
_BOX = re.compile(r"[│╭╮╰╯─]|\[/?bold\]")


def parse(config: type[C], argv: Sequence[str], prog: str, description: str) -> C:
    """Options of a config dataclass (nested ones with dots) to a validated instance.

    ``--help`` prints them and ends the process.

    Raises:
        OptionError: an option that does not exist, lacks values, or is missing.
        ConfigError: a value is out of its bounds.
    """
    refuse_wrong_options(config, argv, prog)
    complaint = io.StringIO()
    try:
        with contextlib.redirect_stderr(complaint):
            values: Any = tyro.cli(
                config,
                args=list(argv),
                prog=prog,
                description=description,
                config=(tyro.conf.FlagCreatePairsOff, tyro.conf.EnumChoicesFromValues),
                registry=_REGISTRY,
            )
    except SystemExit as ended:
        if ended.code:
            raise OptionError(" ".join(_BOX.sub(" ", complaint.getvalue()).split()) + ".") from ended
        raise
    return from_mapping(config, values, "the command line")


@_REGISTRY.struct_rule
def _as_mapping(info: StructTypeInfo) -> StructConstructorSpec | None:
    """How tyro reads a config dataclass: with every setting's help, to a mapping that is validated at the
    end, so that a message names the option.
    """
    if not dataclasses.is_dataclass(info.type):
        return None
    hints = typing.get_type_hints(info.type)
    fields = dataclasses.fields(info.type)
    return StructConstructorSpec(
        dict,
        tuple(StructFieldSpec(f.name, hints[f.name], _default(f), _help(f, hints[f.name])) for f in fields),
    )


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default is not dataclasses.MISSING:
        return field.default
    return MISSING if field.default_factory is dataclasses.MISSING else field.default_factory()


def _help(field: dataclasses.Field[Any], hint: Any) -> str:
    """Help text: of a setting its meaning, unit and bounds; of a nested config its purpose."""
    info = field_info(field)
    if info is None:
        return (inspect.getdoc(hint) or "").partition("\n\n")[0].replace("\n", " ")
    unit = f" [{info.unit}]" if info.unit else ""
    if math.isinf(info.lower) and math.isinf(info.upper):
        return info.help + unit
    bounds = f"{info.lower:g} and more" if math.isinf(info.upper) else f"{info.lower:g} to {info.upper:g}"
    return f"{info.help}{unit}, {bounds}"
