# SPDX-License-Identifier: Apache-2.0
"""A message as a storage file holds it, and the fault that ends the reading of one."""

from __future__ import annotations

from typing import NamedTuple

from pinch_core.errors import DamagedFileError
from pinch_ros.bags.definition import NO_DEFINITION, Definition


class StoredMessage(NamedTuple):
    """``data``: serialized (CDR), recorded at ``time_ns``; ``type`` as in ``sensor_msgs/msg/Image``, and as
    ``definition`` says that it was made.
    """

    topic: str
    type: str
    time_ns: int
    data: bytes
    definition: Definition = NO_DEFINITION


class StorageFault(DamagedFileError):
    """Where a storage file cannot be read on; what came before was yielded."""
