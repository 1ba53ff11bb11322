# SPDX-License-Identifier: Apache-2.0
"""Names that files and drivers use for lens distortion, and what each of them means."""

from __future__ import annotations

import re

from pinch_core.errors import IntrinsicsError
from pinch_core.geometry.camera import DistortionModel

# By normalised name: lower case, words joined by an underscore, prefixes of librealsense removed.
_MODELS = {
    "plumb_bob": DistortionModel.PLUMB_BOB,
    "radtan": DistortionModel.PLUMB_BOB,
    "brown_conrady": DistortionModel.PLUMB_BOB,
    "opencv": DistortionModel.PLUMB_BOB,
    "rational_polynomial": DistortionModel.RATIONAL_POLYNOMIAL,
    "equidistant": DistortionModel.EQUIDISTANT,
    "equi": DistortionModel.EQUIDISTANT,
    "fisheye": DistortionModel.EQUIDISTANT,
    "opencv_fisheye": DistortionModel.EQUIDISTANT,
    "kannala_brandt4": DistortionModel.EQUIDISTANT,
}
_NO_DISTORTION = frozenset({"", "none", "pinhole", "perspective"})

# Only one model takes so many coefficients; four are those of plumb_bob and of a fisheye lens.
_BY_COUNT = {
    5: DistortionModel.PLUMB_BOB,
    8: DistortionModel.RATIONAL_POLYNOMIAL,
    12: DistortionModel.RATIONAL_POLYNOMIAL,
    14: DistortionModel.RATIONAL_POLYNOMIAL,
}


def distortion_of(name: str, coefficients: tuple[float, ...]) -> tuple[DistortionModel, tuple[float, ...]]:
    """The model and the coefficients in OpenCV's order.

    Coefficients that are all zero, or none at all, mean no distortion, but not of a fisheye lens: its zeros
    still bend rays. Without a name, the number of coefficients decides where only one model takes so many.

    Raises:
        IntrinsicsError: an unknown name, or a choice that only the user can make.
    """
    key = _normalised(name)
    model = _MODELS.get(key)
    bends = any(c != 0.0 for c in coefficients)
    if model is DistortionModel.EQUIDISTANT and not bends:
        given = "only coefficients of zero" if coefficients else "no coefficients"
        raise IntrinsicsError(
            f"the distortion model is '{name}', a fisheye lens, with {given} (distortion_coefficients, d); "
            "give its four, or name plumb_bob if the lens has no distortion."
        )
    if not bends:
        return DistortionModel.NONE, ()
    if model is not None:
        return model, coefficients
    if key not in _NO_DISTORTION:
        raise IntrinsicsError(
            f"the distortion model '{name}' is not supported with coefficients that are not zero; known: "
            f"{', '.join(sorted(_MODELS))}: rectify the image, or calibrate with one of these."
        )
    if key or len(coefficients) not in _BY_COUNT:
        said = f"the distortion model is '{name}'" if key else "the key distortion_model is missing or empty"
        raise IntrinsicsError(
            f"{said}, but there are {len(coefficients)} distortion coefficients that are not all zero; add "
            "distortion_model: plumb_bob (4 or 5 coefficients), rational_polynomial (8, 12 or 14), or "
            "equidistant (a fisheye lens, 4)."
        )
    return _BY_COUNT[len(coefficients)], coefficients


def model_by_count(coefficients: tuple[float, ...]) -> DistortionModel | None:
    """The only model that takes so many coefficients, where they bend rays at all."""
    return _BY_COUNT.get(len(coefficients)) if any(coefficients) else None


def is_known_model(name: str) -> bool:
    """Whether a camera or distortion model is one that :func:`distortion_of` takes."""
    return _normalised(name) in _NO_DISTORTION or _normalised(name) in _MODELS


def _normalised(name: str) -> str:
    key = re.sub(r"[^a-z0-9]+", "_", name.strip().lower().rpartition(".")[2]).strip("_")
    return key.removeprefix("rs2_distortion_").removeprefix("distortion_")
