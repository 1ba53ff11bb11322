# SPDX-License-Identifier: Apache-2.0
"""Intel RealSense D400 cameras through librealsense, without a driver node."""
