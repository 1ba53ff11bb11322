# SPDX-License-Identifier: Apache-2.0
"""Tell how far a camera's calibration is off, from points that the robot touched."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pinch_core.cli.settings import parse
from pinch_core.config import setting


@dataclass(frozen=True)
class CheckTouchOptions:
    """The pairs of points, and the calibration to judge."""

    points: Path = setting(
        help="CSV without header, a point a line: touched x, y, z in the calibration's parent frame, seen "
        "x, y, z in its child frame, metres"
    )
    calibration: Path = setting(help="calibration file, easy_handeye2's or plain YAML")


def main(argv: Sequence[str]) -> int:
    """``pinch check_touch``."""
    options = parse(CheckTouchOptions, argv, "pinch check_touch", (__doc__ or "").strip())
    from pinch_camera.calibration.touch_check import check_touch
    from pinch_ros.calibration_file import load_calibration
    from pinch_ros.errors import CalibrationError

    try:
        pairs = np.loadtxt(options.points, delimiter=",", ndmin=2)
    except (OSError, ValueError) as error:
        raise CalibrationError(f"{options.points} cannot be read as points ({error}); see --help.") from error
    if pairs.shape[1:] != (6,):
        raise CalibrationError(
            f"{options.points} has {pairs.shape[1]} numbers a line; it takes six, see --help."
        )
    calibration = load_calibration(options.calibration)
    check = check_touch(pairs[:, :3], calibration.T_parent_child @ pairs[:, 3:])
    corrected = check.T_touched_seen @ calibration.T_parent_child
    print(f"{len(pairs)} points; seen and touched differ by {check.rms_m * 1e3:.2f} mm rms")
    print(
        f"calibration error: {check.translation_m * 1e3:.2f} mm at the points' middle, "
        f"{math.degrees(check.rotation_rad):.3f} degrees; "
        f"{check.residual_rms_m * 1e3:.2f} mm rms would remain"
    )
    print(f"corrected pose of {calibration.child} in {calibration.parent}:")
    print(f"translation: {[round(float(v), 6) for v in corrected.translation]}")
    print(f"rotation: {[round(float(v), 6) for v in corrected.quaternion]}")
    return 0
