# SPDX-License-Identifier: Apache-2.0
"""A bin as its file in config/bins describes it: its sizes, and where it stands."""

from __future__ import annotations

from pathlib import Path

from pinch_core.bin import Bin
from pinch_core.config import configclass, load_yaml, setting
from pinch_core.config_kinds import BIN
from pinch_core.errors import ConfigError
from pinch_core.geometry.transform import Transform


@configclass
class PlacedBin(Bin):
    """A bin and its place: a TF ``frame``, or a pose in the robot's base; with neither it is found in the
    image.
    """

    frame: str = setting(
        default="", help="TF frame in the middle of the floor, x along the length, z up; empty: see position"
    )
    position: tuple[float, float, float] | None = setting(
        default=None,
        unit="m",
        help="middle of the floor in the robot's base frame; none: the bin is found in the image",
        lower=-10.0,
        upper=10.0,
    )
    rpy: tuple[float, float, float] = setting(
        default=(0.0, 0.0, 0.0),
        unit="rad",
        help="roll, pitch and yaw of the bin in the robot's base frame",
        lower=-6.3,
        upper=6.3,
    )

    def __post_init__(self) -> None:
        if self.frame and self.position is not None:
            raise ConfigError(
                f"the bin has both frame = '{self.frame}' and position = {self.position}; give one of them."
            )

    @property
    def T_base_bin(self) -> Transform | None:
        """The bin in the robot's base, where its file says so."""
        return None if self.position is None else Transform.from_rpy(self.rpy, self.position)


def read_bin(path: Path) -> PlacedBin:
    """The bin of a YAML file.

    Raises:
        ConfigError: a key is unknown, missing or out of its bounds; the message names the file.
    """
    return load_yaml(PlacedBin, path, BIN)
