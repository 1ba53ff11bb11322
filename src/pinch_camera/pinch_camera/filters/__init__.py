# SPDX-License-Identifier: Apache-2.0
"""Filters of depth frames, free of ROS: each maps a frame to a frame, ``chain`` fixes their order."""
