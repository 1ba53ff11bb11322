# SPDX-License-Identifier: Apache-2.0
"""The errors that pinch_core raises.

Messages are one sentence: the value that is wrong, the place it came from, and what to do about it. What a
program may want of it is an attribute.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar


class PinchError(Exception):
    """Base of all errors that a user can cause or fix."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Errors cross process borders whatever their constructors take."""
        return _rebuilt, (type(self), self.args, self.__dict__)


def _rebuilt(cls: type[PinchError], args: tuple[Any, ...], attributes: dict[str, Any]) -> PinchError:
    error = cls.__new__(cls, *args)
    error.__dict__.update(attributes)
    return error


class ConfigError(PinchError):
    """A setting is unknown, of the wrong type or out of its bounds."""


class OutOfBoundsError(ConfigError):
    """A number is outside the bounds of its setting.

    Attributes:
        setting: the config and its field.
        value, lower, upper: in the setting's unit.
    """

    def __init__(
        self, setting: str, value: float, lower: float, upper: float, *, unit: str, meaning: str
    ) -> None:
        super().__init__(
            f"{setting} = {value:g}{f' {unit}' if unit else ''} is outside [{lower:g}, {upper:g}]: "
            f"{meaning}; set a value inside the range."
        )
        self.setting, self.value, self.lower, self.upper = setting, value, lower, upper


class UnknownKeyError(ConfigError):
    """A mapping has a key that the config has no field for.

    Attributes:
        key: as it was given.
        known: names of the config's fields.
    """

    def __init__(self, message: str, key: object, known: Iterable[str]) -> None:
        super().__init__(message)
        self.key, self.known = key, tuple(known)


class MissingKeyError(ConfigError):
    """A mapping lacks the ``key`` of a field without default."""

    def __init__(self, message: str, key: str) -> None:
        super().__init__(message)
        self.key = key


class InvalidDepthError(PinchError):
    """A depth image cannot be used: wrong shape, dtype or unit, or no valid pixel."""


class IntrinsicsError(PinchError):
    """Camera intrinsics are impossible or belong to an image of another size."""


class MaskError(PinchError):
    """A segmentation mask cannot be used with the depth image it came with."""


class RegionError(PinchError):
    """A region of interest does not lie inside the image."""


class NoTableError(PinchError):
    """No supporting plane was found."""


class NoObjectError(PinchError):
    """No object stands on the table inside the workspace."""


class BinNotFoundError(PinchError):
    """The bin is not where it is said to be, or too little of it is seen."""


class GripperTooLargeError(PinchError):
    """The gripper does not fit into the bin."""


class PlanCancelled(PinchError):
    """Planning stopped because the caller asked for it."""


class UnknownNameError(PinchError):
    """A named thing (gripper, policy, robot, command) does not exist; the message lists those that do.

    Attributes:
        name: the one that was asked for, empty where none was.
        known: those that exist, as far as they can be listed.
    """

    def __init__(self, message: str, name: str = "", known: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.name, self.known = name, tuple(known)


class OutputError(PinchError):
    """A file or folder cannot be written: the disk is full, the folder not writable, or the path in use.
    ``path``: the file or folder, if there is one.
    """

    def __init__(self, message: str, path: Path | None = None) -> None:
        super().__init__(message)
        self.path = path


class DamagedFileError(PinchError):
    """A file exists but its content is truncated or corrupt. ``path``: the file, where it is one."""

    def __init__(self, message: str, path: Path | None = None) -> None:
        super().__init__(message)
        self.path = path


E = TypeVar("E", bound=PinchError)
# Sentences of one message: more are not read.
_TOLD = 8


def together(errors: Sequence[E]) -> E:
    """The first of several errors that do not depend on each other, telling all of them, so that one run
    shows what is to be corrected; the last are counted where there are many.
    """
    first = errors[0]
    sentences = list(dict.fromkeys(map(str, errors)))
    if len(sentences) > 1:
        told = sentences if len(sentences) <= _TOLD else sentences[: _TOLD - 1]
        rest = len(sentences) - len(told)
        more = [f"There are {rest} more of such faults."] if rest else []
        first.args = (" ".join([*told, *more]), *first.args[1:])
    return first
