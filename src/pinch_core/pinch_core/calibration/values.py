# SPDX-License-Identifier: Apache-2.0
"""Numbers and matrices as camera files write them."""

from __future__ import annotations

from typing import Any

from pinch_core.errors import IntrinsicsError
from pinch_core.plain_text import shown


def number(value: Any, key: str) -> float:
    """A number, also one that YAML took for text, as it does with ``1e-05``.

    Raises:
        IntrinsicsError: it is none.
    """
    if isinstance(value, bool):
        raise IntrinsicsError(f"'{key}' holds a value of the wrong kind: {value} is no number; correct it.")
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise IntrinsicsError(
            f"'{key}' holds a value of the wrong kind: {shown(value)} is no number; correct it."
        ) from error


def whole_number(value: Any, key: str) -> int:
    """A whole number.

    Raises:
        IntrinsicsError: it is none.
    """
    as_float = number(value, key)
    if not as_float.is_integer():
        raise IntrinsicsError(
            f"'{key}' holds a value of the wrong kind: {as_float:g} is no whole number; correct it."
        )
    return int(as_float)


def numbers(value: Any, key: str) -> tuple[float, ...]:
    """Numbers of a list, of a list of rows, or of a mapping with ``data`` (and ``rows``, ``cols``).

    Raises:
        IntrinsicsError: it is none of these, or ``rows`` and ``cols`` say another count.
    """
    flat = value
    if isinstance(value, dict):
        if "data" not in value:
            raise IntrinsicsError(f"'{key}' lacks the key 'data'; add it.")
        flat = value["data"]
    if not isinstance(flat, (list, tuple)):
        raise IntrinsicsError(
            f"'{key}' holds a value of the wrong kind: {shown(flat)} is no list of numbers; correct it."
        )
    if any(isinstance(one, (list, tuple)) for one in flat):
        if not all(isinstance(one, (list, tuple)) and len(one) == len(flat[0]) for one in flat):
            raise IntrinsicsError(f"'{key}' has rows of different lengths; correct it.")
        flat = [one for row in flat for one in row]
    return tuple(number(one, key) for one in flat)


def matrix_of(value: Any, rows: int, columns: int, key: str) -> tuple[float, ...]:
    """A matrix, row by row.

    Raises:
        IntrinsicsError: it is none of this size.
    """
    flat = numbers(value, key)
    if len(flat) != rows * columns:
        raise IntrinsicsError(f"{key} has {len(flat)} values; it is {rows} x {columns}.")
    if isinstance(value, dict) and {"rows", "cols"} <= value.keys():
        said = whole_number(value["rows"], key), whole_number(value["cols"], key)
        if said != (rows, columns):
            raise IntrinsicsError(f"{key} is said to be {said[0]} x {said[1]}; it is {rows} x {columns}.")
    if isinstance(value, (list, tuple)) and isinstance(value[0], (list, tuple)) and len(value) != rows:
        raise IntrinsicsError(f"{key} has {len(value)} rows; it is {rows} x {columns}.")
    return flat
