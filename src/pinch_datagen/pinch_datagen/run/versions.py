# SPDX-License-Identifier: Apache-2.0
"""Versions of what decides the bytes of a dataset."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

LIBRARIES = ("pinch_datagen", "numpy", "scipy", "trimesh", "manifold3d", "embreex", "coal")


def versions() -> dict[str, str]:
    """Library -> version, "unknown" for one that runs without being installed."""
    import cv2

    return {**{name: _version(name) for name in LIBRARIES}, "opencv": cv2.__version__}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"
