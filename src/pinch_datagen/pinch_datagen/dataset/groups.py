# SPDX-License-Identifier: Apache-2.0
"""Groups of examples that belong together, named by numbers that do not depend on where they lie on disk."""

from __future__ import annotations

import hashlib
from enum import Enum


class SplitUnit(str, Enum):
    """What training and test data may not share, from weak to strict.

    Objects of nearly one shape count as one object.
    """

    IMAGE = "image"
    STABLE_POSE = "stable_pose"
    OBJECT = "object"


def group_id(*name: str | int) -> int:
    """A hash of 63 bits: a million groups share one with a chance of 1 in 20 million."""
    text = "\0".join(map(str, name)).encode(errors="surrogatepass")  # file names need not be valid UTF-8
    digest = hashlib.blake2b(text, digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1
