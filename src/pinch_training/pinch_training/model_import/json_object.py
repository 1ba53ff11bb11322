# SPDX-License-Identifier: Apache-2.0
"""A JSON file's objects, read with the type that each value must have."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pinch_core.errors import DamagedFileError
from pinch_core.plain_text import parse_json

_LARGEST = sys.float_info.max  # integers in JSON have no bound


@dataclass(frozen=True)
class JsonObject:
    """Values by key, and where they come from, for the messages.

    Each reader raises DamagedFileError where the key is missing or its value is of another type.
    """

    values: dict[str, Any]
    where: str

    def object(self, key: str) -> JsonObject:
        value = self.values.get(key)
        if not isinstance(value, dict):
            raise self._wrong(key, "an object")
        return JsonObject(value, f"{self.where}, '{key}'")

    def objects(self) -> dict[str, JsonObject]:
        """All values, each an object, in the file's order."""
        return {key: self.object(key) for key in self.values}

    def text(self, key: str, default: str | None = None) -> str:
        value = self.values.get(key, default)
        if not isinstance(value, str):
            raise self._wrong(key, "a text")
        return value

    def count(self, key: str, default: int | None = None, *, least: int = 1) -> int:
        value = self.values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise self._wrong(key, f"an integer from {least}")
        return value

    def number(self, key: str, default: float | None = None) -> float:
        value = self.values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= _LARGEST:
            raise self._wrong(key, "a number")
        return float(value)

    def _wrong(self, key: str, kind: str) -> DamagedFileError:
        held = f"{self.values[key]!r:.80}" if key in self.values else "nothing"
        return DamagedFileError(
            f"{self.where} holds {held} as '{key}' where {kind} must stand; fetch the model again."
        )


def read_json(path: Path) -> JsonObject:
    """The object that a JSON file holds.

    Raises:
        DamagedFileError: the file cannot be read or holds something else.
    """
    try:
        values = parse_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DamagedFileError(
            f"{path} cannot be read ({error.strerror}); give a published model's folder.", path
        ) from error
    except ValueError as error:
        raise DamagedFileError(f"{path} is not valid JSON ({error}); fetch the model again.", path) from error
    if not isinstance(values, dict):
        raise DamagedFileError(f"{path} holds no JSON object; give a published model's folder.", path)
    return JsonObject(values, str(path))
