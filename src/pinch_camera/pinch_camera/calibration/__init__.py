# SPDX-License-Identifier: Apache-2.0
"""Where the camera is: calibration files, and how far off they are."""
