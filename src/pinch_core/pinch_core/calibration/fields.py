# SPDX-License-Identifier: Apache-2.0
"""From the keys and values of a camera file or message to a calibration, whatever form they came in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pinch_core.calibration.calibration import Calibration
from pinch_core.calibration.depth_unit import depth_scale_of
from pinch_core.calibration.distortion import is_known_model, model_by_count
from pinch_core.calibration.sensor_window import SensorWindow
from pinch_core.calibration.values import matrix_of, number, numbers, whole_number
from pinch_core.camera_keys import (
    COEFFICIENTS,
    FISHEYE_COEFFICIENTS,
    Key,
    coefficient_name,
    is_without_consequence,
    meaning,
    normalised,
)
from pinch_core.errors import IntrinsicsError

# Values of two keys that say the same may be rounded differently.
_SAME_PX = 1e-2
# Where the values of single keys stand in K, row by row.
_PLACES = {Key.FX: 0, Key.FY: 4, Key.CX: 2, Key.CY: 5, Key.SKEW: 1}


def describes_camera(values: Mapping[Any, Any]) -> bool:
    """Whether a mapping has intrinsics itself, not in a mapping below it."""
    return any(
        meaning(key) is Key.FX or (meaning(key) in (Key.K, Key.K_BY_COLUMN) and _is_matrix(value))
        for key, value in values.items()
    )


def calibration_from_values(values: Mapping[Any, Any], source: str) -> Calibration:
    """The calibration that keys of any known form describe.

    Args:
        source: file or topic, for messages.

    Raises:
        IntrinsicsError: a key is missing, said twice with different values, or of the wrong kind.
    """
    try:
        return _Fields(values, source).calibration()
    except IntrinsicsError as error:
        if str(error).startswith(source):
            raise
        raise IntrinsicsError(f"{source}: {error}") from error


class _Fields:
    """Values by their meaning, and what was noted on the way."""

    def __init__(self, values: Mapping[Any, Any], source: str) -> None:
        self._source = source
        self._values: dict[Key, tuple[str, Any]] = {}
        self._coefficients: dict[str, float] = {}
        self._notes: list[str] = []
        self._unknown: list[str] = []
        for key, value in values.items():
            self._take(str(key), value)

    def calibration(self) -> Calibration:
        K = self._camera_matrix()
        width, height = self._size()
        scale, reading = self._depth_scale()
        model, D = self._distortion()
        return Calibration(
            width, height, K, model, D, self._matrix(Key.R, 3, 3), self._matrix(Key.P, 3, 4), self._window(),
            scale, reading, tuple(self._notes), tuple(self._unknown), self._source,
        )  # fmt: skip

    def _take(self, name: str, value: Any) -> None:
        key, coefficient = meaning(name), coefficient_name(name)
        if coefficient is not None and not isinstance(value, (list, dict)):
            self._coefficients[coefficient] = number(value, name)
        elif normalised(name) == "k" and not _is_matrix(value):
            return  # perception's .intr has a _K of 0, which it never reads
        elif key is None:
            if not is_without_consequence(name):
                self._unknown.append(name)
        elif key in self._values and self._values[key][1] != value:
            raise IntrinsicsError(
                f"it says '{self._values[key][0]}' and '{name}', which mean the same, with different values; "
                "keep the right one."
            )
        else:
            self._values[key] = (name, value)

    def _camera_matrix(self) -> tuple[float, ...]:
        by_row, by_column = self._matrix(Key.K, 3, 3), self._matrix_by_column()
        matrix = by_row or by_column
        if matrix is None:
            return self._pinhole()
        others = {"its single keys": self._pinhole(matrix), "its matrix by columns": by_column or matrix}
        for name, other in others.items():
            if max(abs(a - b) for a, b in zip(matrix, other, strict=True)) > _SAME_PX:
                raise IntrinsicsError(
                    f"its camera matrix says {_pinhole_text(matrix)}, {name} {_pinhole_text(other)}; keep "
                    "the right ones."
                )
        return matrix

    def _pinhole(self, matrix: tuple[float, ...] | None = None) -> tuple[float, ...]:
        """K of the single keys; what they leave out is that of ``matrix``, where there is one."""
        said = {
            key: self._number(key, key.name.lower())
            for key in _PLACES
            if key in self._values or (matrix is None and key is not Key.SKEW)
        }
        K = list(matrix or (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0))
        for key, value in said.items():
            K[_PLACES[key]] = value
        return tuple(K)

    def _matrix_by_column(self) -> tuple[float, ...] | None:
        """Open3D's matrix is flat and column by column; one that is row by row cannot be mistaken for it."""
        if Key.K_BY_COLUMN not in self._values:
            return None
        name, value = self._values[Key.K_BY_COLUMN]
        m = matrix_of(value, 3, 3, name)
        by_column = tuple(m[3 * column + row] for row in range(3) for column in range(3))
        if m[6] == m[7] == 0.0 and (m[2] != 0.0 or m[5] != 0.0):
            if not (isinstance(value, list) and isinstance(value[0], list)):
                self._notes.append(f"{name} is written row by row, Open3D writes it column by column")
            return m
        return by_column

    def _matrix(self, key: Key, rows: int, columns: int) -> tuple[float, ...] | None:
        name, value = self._values.get(key, ("", None))
        if value is None:
            if name and key is Key.K:
                raise IntrinsicsError(f"'{name}' is empty; give the 3 x 3 camera matrix.")
            return None
        if key is Key.P and isinstance(value, list) and not value:
            return None
        if key is Key.K and isinstance(value, list) and len(value) == 4:  # Kalibr's intrinsics
            fx, fy, cx, cy = numbers(value, name)
            return (fx, 0.0, cx, 0.0, fy, cy, 0.0, 0.0, 1.0)
        return matrix_of(value, rows, columns, name)

    def _size(self) -> tuple[int, int]:
        if Key.SIZE in self._values:
            name, value = self._values[Key.SIZE]
            size = numbers(value, name)
            if len(size) != 2:
                raise IntrinsicsError(f"'{name}' has {len(size)} values; it is width and height.")
            pair = whole_number(size[0], name), whole_number(size[1], name)
            if Key.WIDTH in self._values and Key.HEIGHT in self._values and pair != self._width_height():
                width, height = self._width_height()
                raise IntrinsicsError(
                    f"it says a size of {pair[0]} x {pair[1]} and of {width} x {height}; keep the right one."
                )
            return pair
        # A bare matrix, as in data sets and OpenCV's files, leaves the size to the image.
        bare = Key.K in self._values and not {Key.WIDTH, Key.HEIGHT} & self._values.keys()
        if bare or (Key.K_BY_COLUMN in self._values and Key.WIDTH not in self._values):
            return 0, 0
        return self._width_height()

    def _width_height(self) -> tuple[int, int]:
        width, height = (self._whole(key, key.name.lower()) for key in (Key.WIDTH, Key.HEIGHT))
        if width <= 0 or height <= 0:
            raise IntrinsicsError(f"it says the image is {width} x {height}; give its size in pixels.")
        return width, height

    def _distortion(self) -> tuple[str, tuple[float, ...]]:
        model = self._model()
        name, value = self._values.get(Key.D, ("", None))
        if name and value is None:
            self._notes.append(
                f"'{name}' is null, read as no distortion; write its coefficients, or data: [] for a lens "
                "without distortion"
            )
        if isinstance(value, dict) and value and all(map(coefficient_name, value)):
            for one, said in value.items():
                self._take(str(one), said)
            value = None
        elif isinstance(value, dict) and value.get("data") is None:
            if whole_number(value.get("rows", 0), name) * whole_number(value.get("cols", 0), name) > 0:
                raise IntrinsicsError(f"'{name}' lacks the key 'data'; add its coefficients.")
            value = None
        coefficients = () if value is None else numbers(value, name)
        if self._coefficients:
            single = self._single_coefficients(model)
            if coefficients and coefficients != single:
                raise IntrinsicsError(
                    f"'{name}' and the single coefficients {', '.join(self._coefficients)} differ; keep the "
                    "right ones."
                )
            coefficients = single
        derived = None if model else model_by_count(coefficients)
        if derived is not None:
            self._notes.append(
                f"the key distortion_model is missing or empty; {len(coefficients)} coefficients are "
                f"those of {derived.value}"
            )
        return model, coefficients

    def _single_coefficients(self, model: str) -> tuple[float, ...]:
        given = self._coefficients
        if {"k4"} & given.keys() and not {"p1", "p2", "k5", "k6"} & given.keys():
            return tuple(given.get(name, 0.0) for name in FISHEYE_COEFFICIENTS)
        count = 8 if {"k4", "k5", "k6"} & given.keys() else 5
        return tuple(given.get(name, 0.0) for name in COEFFICIENTS[:count])

    def _model(self) -> str:
        name, value = self._values.get(Key.MODEL) or self._values.get(Key.MODEL_OF_LENS_OR_DEVICE, ("", ""))
        camera_name, camera = self._values.get(Key.CAMERA_MODEL, ("", ""))
        for key, said in ((name, value), (camera_name, camera)):
            if said is not None and not isinstance(said, str):
                raise IntrinsicsError(f"'{key}' is {said!r}; it is the name of a model, such as plumb_bob.")
        if camera and not is_known_model(camera):
            raise IntrinsicsError(
                f"'{camera_name}' is '{camera}'; depth images of a pinhole or a fisheye camera can be "
                "planned on."
            )
        if not value and camera and normalised(camera) not in ("pinhole", "perspective"):
            self._notes.append(
                f"the key distortion_model is missing and was taken from '{camera_name}: {camera}'; add it"
            )
            return str(camera)
        model = value or ""
        flag_name, flag = self._values.get(Key.IS_FISHEYE, ("", 0))
        if not model and Key.IS_FISHEYE in self._values:
            return "equidistant" if number(int(flag), flag_name) else "plumb_bob"
        return str(model)

    def _window(self) -> SensorWindow:
        name, roi = self._values.get(Key.ROI, ("", None))
        if roi is None:
            roi = {}
        if not isinstance(roi, dict):
            raise IntrinsicsError(f"'{name}' is no mapping with x_offset, y_offset, width and height.")
        known = ("x_offset", "y_offset", "width", "height")
        self._unknown += [f"{name}.{key}" for key in roi if key not in (*known, "do_rectify")]
        column, row, width, height = (whole_number(roi.get(key, 0), f"{name}.{key}") for key in known)
        binning = (self._whole(Key.BINNING_X, "", 1), self._whole(Key.BINNING_Y, "", 1))
        return SensorWindow(column, row, width, height, bool(roi.get("do_rectify", False)), binning)

    def _depth_scale(self) -> tuple[float | None, str]:
        found = [
            depth_scale_of(value, name, per_metre=key is Key.UNITS_PER_METRE)
            for key in (Key.DEPTH_SCALE, Key.UNITS_PER_METRE)
            if key in self._values
            for name, value in (self._values[key],)
        ]
        if len(found) == 2 and abs(found[0][0] - found[1][0]) > 1e-6 * found[0][0]:
            raise IntrinsicsError(
                f"it says two depth scales, {found[0][0]:g} and {found[1][0]:g} m per unit; keep the right "
                "one."
            )
        return found[0] if found else (None, "")

    def _number(self, key: Key, plain_name: str) -> float:
        if key not in self._values:
            raise IntrinsicsError(f"it lacks the key '{plain_name}'; add it.")
        return number(self._values[key][1], self._values[key][0])

    def _whole(self, key: Key, plain_name: str, default: int | None = None) -> int:
        if key not in self._values:
            if default is not None:
                return default
            raise IntrinsicsError(f"it lacks the key '{plain_name}'; add it.")
        return whole_number(self._values[key][1], self._values[key][0])


def _pinhole_text(K: tuple[float, ...]) -> str:
    skew = f", skew {K[1]:g}" if K[1] else ""
    return f"fx {K[0]:g}, fy {K[4]:g}, cx {K[2]:g}, cy {K[5]:g}{skew}"


def _is_matrix(value: Any) -> bool:
    return isinstance(value, (list, tuple)) or (isinstance(value, dict) and "data" in value)
