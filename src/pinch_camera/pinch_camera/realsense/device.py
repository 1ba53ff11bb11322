# SPDX-License-Identifier: Apache-2.0
"""A connected RealSense, found by its serial number, and the options of its depth sensor."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from pinch_camera.errors import CameraError
from pinch_camera.realsense.config import RealSenseConfig

# Below this two depth units are the same [m].
_SAME_UNITS = 1e-9


def load_librealsense() -> Any:
    """The module pyrealsense2.

    Raises:
        CameraError: it is not installed, or cannot be loaded.
    """
    try:
        return importlib.import_module("pyrealsense2")
    except ImportError as error:
        raise CameraError(
            f"source = realsense needs librealsense ({error}); install it with: pip install pyrealsense2, "
            "and libusb-1.0-0 from apt; or use source = relay with the driver realsense2_camera."
        ) from error


class RealSenseDevice:
    """One camera.

    Args:
        rs: the module pyrealsense2.

    Raises:
        CameraError: it is not connected, or there is more than one to choose from.
    """

    def __init__(self, rs: Any, serial: str) -> None:
        self._rs = rs
        devices = {str(d.get_info(rs.camera_info.serial_number)): d for d in rs.context().query_devices()}
        connected = ", ".join(sorted(devices)) or "none"
        if serial and serial not in devices:
            raise CameraError(
                f"no RealSense with realsense.serial = {serial} is connected (there are: {connected}); "
                "check its cable, or set another."
            )
        if not serial and len(devices) != 1:
            raise CameraError(
                f"one RealSense is needed, connected are: {connected}; plug one in, or set realsense.serial."
            )
        self.serial = serial or next(iter(devices))
        self._device = devices[self.serial]
        self._sensor = self._device.first_depth_sensor()

    @property
    def name(self) -> str:
        """Model, serial number and firmware."""
        info = self._rs.camera_info
        model, firmware = (self._device.get_info(which) for which in (info.name, info.firmware_version))
        return f"{model} {self.serial}, firmware {firmware}"

    @property
    def depth_scale(self) -> float:
        """Metres of one step of depth."""
        return float(self._sensor.get_depth_scale())

    def apply(self, config: RealSenseConfig) -> None:
        """Set preset, depth units and laser power.

        Raises:
            CameraError: this camera has no such preset, or does not take a value.
        """
        option = self._rs.option
        if config.visual_preset:
            self._set(option.visual_preset, self._preset(config.visual_preset), "realsense.visual_preset")
        if config.depth_units and abs(self.depth_scale - config.depth_units) > _SAME_UNITS:
            self._set(option.depth_units, config.depth_units, "realsense.depth_units")
        if config.laser_power:
            self._set(option.laser_power, config.laser_power, "realsense.laser_power")

    def readings(self) -> Mapping[str, str]:
        """Temperatures that the sensor tells; none where it is unplugged."""
        option = self._rs.option
        read = {}
        for key, which in (
            ("device temperature [C]", option.asic_temperature),
            ("projector temperature [C]", option.projector_temperature),
        ):
            try:
                if self._sensor.supports(which):
                    read[key] = f"{self._sensor.get_option(which):.0f}"
            except RuntimeError:
                return {}
        return read

    def hardware_reset(self) -> None:
        """Restart the camera as if it had been plugged in anew.

        Raises:
            CameraError: it is gone.
        """
        try:
            self._device.hardware_reset()
        except RuntimeError as error:
            raise CameraError(f"{self.serial} cannot be reset ({error}); plug it in anew.") from error

    def _preset(self, name: str) -> int:
        values = self._sensor.get_option_range(self._rs.option.visual_preset)
        names = {}
        for value in range(int(values.min), int(values.max) + 1):
            described = self._sensor.get_option_value_description(self._rs.option.visual_preset, value)
            if described:
                names[str(described).lower()] = value, str(described)
        if name.lower() not in names:
            known = ", ".join(described for _, described in names.values())
            raise CameraError(f"realsense.visual_preset = '{name}' is none of this camera's: {known}.")
        return names[name.lower()][0]

    def _set(self, option: Any, value: float, parameter: str) -> None:
        if not self._sensor.supports(option):
            raise CameraError(f"{parameter} = {value:g} cannot be set on {self.name}; leave it out.")
        allowed = self._sensor.get_option_range(option)
        if not allowed.min <= value <= allowed.max:
            raise CameraError(
                f"{parameter} = {value:g} is outside [{allowed.min:g}, {allowed.max:g}], which "
                f"{self.name} takes."
            )
        try:
            self._sensor.set_option(option, value)
        except RuntimeError as error:
            raise CameraError(f"{parameter} = {value:g} was refused by {self.name}: {error}.") from error
