# SPDX-License-Identifier: Apache-2.0
"""Every error that data generation raises on purpose: one sentence with the value, the place, the remedy."""

from __future__ import annotations

from pinch_core.errors import DamagedFileError, PinchError


class DatagenError(PinchError):
    """Base of what can go wrong while data is made or read."""


class BadMeshError(DatagenError):
    """A mesh file cannot be made into an object; the object is skipped and the reason reported."""


class DamagedMeshError(BadMeshError, DamagedFileError):
    """A mesh file contradicts itself or ends early."""


class NoObjectsError(DatagenError):
    """There is nothing to generate from."""


class DamagedDatasetError(DatagenError, DamagedFileError):
    """A dataset on disk is incomplete or differs from its checksums."""
