# SPDX-License-Identifier: Apache-2.0
"""Errors of networks and their files."""

from __future__ import annotations

from pinch_core.errors import DamagedFileError, PinchError


class NetworkError(PinchError):
    """A network cannot be used here: another architecture, crop size or padding, or not a network file."""


class DamagedWeightsError(DamagedFileError):
    """A network file is truncated or corrupt, or holds weights that are not finite or do not fit."""
