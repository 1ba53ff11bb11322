# SPDX-License-Identifier: Apache-2.0
"""Damage as files from elsewhere have it, and the one answer that is allowed besides reading them."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator

import numpy as np
from hypothesis import strategies as st

from pinch_core.errors import PinchError

# What stands for a value where another was expected: of another kind, out of every range, or no value at all.
VALUES = (
    *(b"nan", b"NaN", b".nan", b"inf", b".inf", b"Infinity", b"1e999", b"-1", b"0", b"1.5", b"true", b"null"),
    *(b"[]", b"{}", b'""', b"text", b"9" * 400, b"1e300", b"2001-99-99", b"0b_", b"*a", b"&a [*a]", b"\0"),
    *(b"[" * 1200, b'{"a":' * 1200, b"!!python/object/apply:os.system [id]"),
)
WORDS = (*VALUES, b"{", b"\n", b"\xff")
TOKEN = re.compile(rb"[\w.+-]+")


@st.composite
def damaged(draw: st.DrawFn, valid: bytes, binary: bool = False) -> bytes:
    """Bytes at random, the file cut short, some of its bytes changed, or words in the place of others.

    Args:
        binary: the file has no words.
    """
    how = draw(
        st.sampled_from(
            ["random", "cut", "bytes"] if binary else ["random", "cut", "bytes", "words", "value"]
        )
    )
    if how == "random" or not valid:
        return draw(st.binary(max_size=200))
    if how == "cut":
        return valid[: draw(st.integers(0, len(valid)))]
    if how == "bytes":
        changed = bytearray(valid)
        for place in draw(st.lists(st.integers(0, len(valid) - 1), min_size=1, max_size=8)):
            changed[place] = draw(st.integers(0, 255))
        return bytes(changed)
    if how == "words":
        start = draw(st.integers(0, len(valid) - 1))
        return valid[:start] + draw(st.sampled_from(WORDS)) + valid[start + draw(st.integers(0, 8)) :]
    token = draw(st.sampled_from(list(TOKEN.finditer(valid))))
    return valid[: token.start()] + draw(st.sampled_from(VALUES)) + valid[token.end() :]


def _foreign_arrays() -> list[np.ndarray]:
    shapes: list[tuple[int, ...]] = [
        (),
        (0,),
        (1,),
        (6,),
        (7,),
        (6, 7),
        (6, 32, 32, 1),
        (6, 8),
        (32, 32),
        (60, 80),
    ]
    numbers = [np.full(shape, 0.7) for shape in shapes]
    values = (np.nan, np.inf, 1e300, 2 + 1j, "text", b"x", True)
    odd = [np.full(n.shape, value) for n in numbers for value in values]
    return [
        *numbers,
        *odd,
        np.zeros(6, [("a", "f4")]),
        np.zeros(6, "M8[s]"),
        np.array([{}] * 6, dtype=object),
    ]


FOREIGN_ARRAYS = _foreign_arrays()


def foreign_array(suffix: str) -> st.SearchStrategy[bytes]:
    """A whole file of numpy's, .npy or .npz, with another array in it than was expected."""

    def content(array: np.ndarray) -> bytes:
        buffer = io.BytesIO()
        np.save(buffer, array) if suffix == ".npy" else np.savez(buffer, array)
        return buffer.getvalue()

    return st.sampled_from(FOREIGN_ARRAYS).map(content)


@contextlib.contextmanager
def refused_in_one_sentence() -> Iterator[None]:
    """What is inside may succeed, or refuse; any other error, and any other way to say it, is a fault."""
    try:
        yield
    except PinchError as error:
        said = str(error)
        assert said.endswith(".") and "\n" not in said, said
