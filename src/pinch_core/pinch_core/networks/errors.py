# SPDX-License-Identifier: Apache-2.0
"""What networks and their files raise on purpose."""

from __future__ import annotations

from pinch_core.errors import DamagedFileError, PinchError


class NetworkError(PinchError):
    """A network cannot do what is asked of it: another architecture, crop size or padding, or no network
    file at all.
    """


class DamagedWeightsError(DamagedFileError):
    """A network file is truncated or corrupt, or holds weights that are not finite or do not fit."""
