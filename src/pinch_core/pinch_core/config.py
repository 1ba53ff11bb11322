# SPDX-License-Identifier: Apache-2.0
"""Settings: frozen dataclasses whose fields carry unit, help and bounds.

One description serves every reader: construction validates against it, ``pinch_ros`` declares it as ROS
parameters with ranges, the command line takes its help from it.
"""

from __future__ import annotations

import dataclasses
import math
import sys
import types
import typing
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

import yaml
from typing_extensions import dataclass_transform

from pinch_core.config_kinds import ConfigKind, mixed_up
from pinch_core.errors import ConfigError, MissingKeyError, OutOfBoundsError, UnknownKeyError, together
from pinch_core.plain_text import parse_yaml, shown

_METADATA_KEY = "pinch"
C = TypeVar("C")
T = TypeVar("T")


@dataclasses.dataclass(frozen=True)
class FieldInfo:
    """What a setting means: ``unit`` ("" for none), one sentence of ``help``, inclusive bounds."""

    unit: str
    help: str
    lower: float
    upper: float


def setting(
    *,
    default: Any = dataclasses.MISSING,
    unit: str = "",
    help: str,
    lower: float = -math.inf,
    upper: float = math.inf,
) -> Any:
    """A dataclass field with its meaning; numbers must be in [lower, upper], element by element in
    tuples.
    """
    metadata = {_METADATA_KEY: FieldInfo(unit, help, lower, upper)}
    if dataclasses.is_dataclass(default) or isinstance(default, (list, dict)):
        raise TypeError("a composite default needs its own field(default_factory=...)")
    return dataclasses.field(default=default, metadata=metadata)


@dataclass_transform(frozen_default=True, field_specifiers=(setting, dataclasses.field))
def configclass(cls: type[C]) -> type[C]:
    """A frozen dataclass of settings that checks every number's bounds before its own ``__post_init__``.

    Construction raises ConfigError if a value is not finite or out of bounds.
    """
    # Its own, or the one it inherits.
    further = getattr(cls, "__post_init__", None)

    def __post_init__(self: Any) -> None:
        _validate(self)
        if further is not None:
            further(self)

    cls.__post_init__ = __post_init__  # type: ignore[attr-defined]
    return dataclasses.dataclass(frozen=True)(cls)


def field_info(field: dataclasses.Field[Any]) -> FieldInfo | None:
    """The meaning of a field made by :func:`setting`, None for nested configs and plain fields."""
    return field.metadata.get(_METADATA_KEY)


def _validate(config: Any) -> None:
    """Check every number of a config against its bounds; raises OutOfBoundsError about all that are not."""
    faults = []
    for field in dataclasses.fields(config):
        info = field_info(field)
        if info is None:
            continue
        value = getattr(config, field.name)
        for number in value if isinstance(value, tuple) else (value,):
            if isinstance(number, bool) or not isinstance(number, (int, float)):
                continue
            if not (info.lower <= number <= info.upper):
                fault = OutOfBoundsError(
                    f"{type(config).__name__}.{field.name}",
                    number,
                    info.lower,
                    info.upper,
                    unit=info.unit,
                    meaning=info.help,
                )
                faults.append(fault)
    if faults:
        raise together(faults)


def from_mapping(cls: type[C], values: Any, where: str) -> C:
    """Build a config from plain data (YAML, ROS parameters): unknown and missing keys are errors; all that is
    wrong is told at once.

    Args:
        cls: config dataclass, possibly holding further ones.
        values: mapping of field name to value; lists become tuples.
        where: the file or node the values come from, for the message.
    """
    if not isinstance(values, dict):
        raise ConfigError(
            f"{where} holds {shown(values)} where {cls.__name__} needs a mapping of its fields."
        )
    hints = typing.get_type_hints(cls)
    fields = {f.name: f for f in dataclasses.fields(cls) if f.init}  # type: ignore[arg-type]
    faults: list[ConfigError] = []
    unknown = [key for key in values if key not in fields]
    if unknown:
        keys = "the unknown key" if len(unknown) == 1 else "the unknown keys"
        message = (
            f"{where} has {keys} {', '.join(map(shown, unknown))} in {cls.__name__}; known keys: "
            f"{', '.join(sorted(fields))}."
        )
        faults.append(UnknownKeyError(message, unknown[0], fields))
    missing = [name for name, field in fields.items() if _is_required(field) and name not in values]
    if missing:
        key, them = ("key", "it") if len(missing) == 1 else ("keys", "them")
        names = ", ".join(f"'{name}'" for name in missing)
        faults.append(
            MissingKeyError(f"{where} lacks the {key} {names} of {cls.__name__}; add {them}.", missing[0])
        )
    converted = {}
    for key in values:
        if key in fields:
            try:
                converted[key] = _convert(values[key], hints[key], f"{where}, key '{key}'")
            except ConfigError as fault:
                faults.append(fault)
    if faults:
        raise together(faults)
    return cls(**converted)


def _is_required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def load_yaml(cls: type[C], path: Path, kind: ConfigKind | None = None) -> C:
    """Build a config from a YAML file, see :func:`from_mapping` and :func:`from_file`."""
    return from_file(path, lambda values: from_mapping(cls, values, str(path)), kind)


def from_file(path: Path, build: Callable[[Any], T], kind: ConfigKind | None = None) -> T:
    """What ``build`` makes of a YAML file; where a setting is refused, the sentence names the file.

    Args:
        kind: what the file should be: one of another kind is named for what it is.
    """
    try:
        return build(read_mapping(path))
    except ConfigError as error:
        if kind is not None and (sentence := mixed_up(path, kind)):
            raise ConfigError(sentence) from error
        if str(path) not in str(error):
            error.args = (f"{path}: {error}", *error.args[1:])
        raise


def read_mapping(path: Path) -> Any:
    """What a YAML file holds; an empty file holds an empty mapping.

    Raises:
        ConfigError: the file cannot be read, or is not YAML.
    """
    try:
        values = parse_yaml(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read ({error.strerror}); give an existing config file."
        ) from error
    except ValueError as error:
        raise ConfigError(f"{path} is not valid YAML: {error}.") from error
    return {} if values is None else values


def to_mapping(config: Any) -> dict[str, Any]:
    """Every field of a config as plain data, from which :func:`from_mapping` builds its equal."""
    return typing.cast("dict[str, Any]", _plain(dataclasses.asdict(config)))


def dump_yaml(config: Any) -> str:
    """The YAML from which :func:`load_yaml` builds the config's equal; equal configs give equal text."""
    return yaml.safe_dump(to_mapping(config), sort_keys=False, allow_unicode=True)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    return str(value) if isinstance(value, Path) else value


def _convert(value: Any, hint: Any, where: str) -> Any:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        if value is None and type(None) in args:
            return None
        return _convert(value, next(a for a in args if a is not type(None)), where)
    if dataclasses.is_dataclass(hint):
        return from_mapping(typing.cast(type, hint), value, where)
    if origin is tuple:
        if not isinstance(value, (list, tuple)):
            raise ConfigError(f"{where} = {shown(value)} must be a list.")
        if len(args) == 2 and args[1] is Ellipsis:
            return tuple(_convert(item, args[0], where) for item in value)
        if len(value) != len(args):
            raise ConfigError(f"{where} = {shown(value)} must be a list of {len(args)} values.")
        return tuple(_convert(item, arg, where) for item, arg in zip(value, args, strict=True))
    if origin is dict:
        if not isinstance(value, dict):
            raise ConfigError(f"{where} = {shown(value)} must be a mapping.")
        return {_convert(k, args[0], where): _convert(v, args[1], where) for k, v in value.items()}
    if isinstance(value, int) and abs(value) > sys.float_info.max:  # which no bound could be compared with
        raise ConfigError(f"{where} = {shown(value)} must be a number of fewer digits.")
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if hint is Path and isinstance(value, str):
        return Path(value)
    if isinstance(hint, type) and issubclass(hint, Enum):
        # YAML 1.1 reads yes, no, on and off as booleans.
        word = ("yes" if value else "no") if isinstance(value, bool) else value
        try:
            return hint(word)
        except ValueError:
            known = ", ".join(str(one.value) for one in hint)
            raise ConfigError(f"{where} = {shown(value)} is not known; set one of: {known}.") from None
    if hint in (bool, int, float, str) and type(value) is not hint:
        raise ConfigError(f"{where} = {shown(value)} must be of type {hint.__name__}.")
    return value
