# SPDX-License-Identifier: Apache-2.0
"""ROS images to and from NumPy arrays: the Python part of cv_bridge, with the same names and behaviour."""

from cv_bridge.bridge import CvBridge
from cv_bridge.encodings import CvBridgeError

__all__ = ["CvBridge", "CvBridgeError"]
