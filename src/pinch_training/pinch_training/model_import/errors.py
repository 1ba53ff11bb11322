# SPDX-License-Identifier: Apache-2.0
"""What the import of published models raises on purpose."""

from __future__ import annotations

from pinch_core.errors import PinchError


class UnsupportedModelError(PinchError):
    """A published model is sound but describes a network that pinch cannot run."""
