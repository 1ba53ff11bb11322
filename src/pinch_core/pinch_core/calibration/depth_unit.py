# SPDX-License-Identifier: Apache-2.0
"""What a depth scale in a camera file is in metres per stored unit."""

from __future__ import annotations

from typing import Any

from pinch_core.calibration.values import number
from pinch_core.errors import IntrinsicsError

# The same key means three things. 16 bits of a unit below 10 micrometres would end at 0.65 m, and no camera
# has steps of 100 mm: so below and above, the number cannot be millimetres per unit.
_MILLIMETRES = (0.009, 100.0)
_UNITS_PER_METRE = (1.0, 1e6)


def depth_scale_of(value: Any, key: str, *, per_metre: bool) -> tuple[float, str]:
    """Metres per stored unit, and how the number was taken, for the user.

    Args:
        per_metre: the key always means units per metre, as ORB-SLAM's ``DepthMapFactor`` does. Otherwise the
            number decides between metres per unit (librealsense, 0.001), millimetres per unit (BOP, 0.1) and
            units per metre (Open3D, 1000).

    Raises:
        IntrinsicsError: not a number, not positive, or of no unit that a camera has.
    """
    if isinstance(value, (list, tuple)) and len(value) == 1:
        return depth_scale_of(value[0], key, per_metre=per_metre)
    if isinstance(value, str) and value.strip().lower() in _UNITS:
        return _UNITS[value.strip().lower()], f"'{key}: {value}' is the unit of stored depth"
    scale = number(value, key)
    low, high = _MILLIMETRES
    if not 1e-6 <= scale <= _UNITS_PER_METRE[1] or (per_metre and scale < _UNITS_PER_METRE[0]):
        raise IntrinsicsError(
            f"'{key}' is {scale:g}; give millimetres per stored unit (0.1 for tenths of a millimetre), or "
            "remove it and give the scale with the image."
        )
    if per_metre or scale >= high:
        return 1.0 / scale, f"'{key}: {scale:g}' is read as {scale:g} units per metre"
    if scale < low:
        return scale, f"'{key}: {scale:g}' is read as {scale:g} metres per unit"
    return scale * 1e-3, f"'{key}: {scale:g}' is read as {scale:g} millimetres per unit, as in BOP"


_UNITS = {"m": 1.0, "meter": 1.0, "meters": 1.0, "metre": 1.0, "metres": 1.0, "mm": 1e-3,
          "millimeter": 1e-3, "millimeters": 1e-3, "millimetre": 1e-3, "millimetres": 1e-3,
          "um": 1e-6, "micrometer": 1e-6, "micrometers": 1e-6,
          "micrometre": 1e-6, "micrometres": 1e-6}  # fmt: skip
