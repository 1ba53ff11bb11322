# SPDX-License-Identifier: Apache-2.0
"""Depth images as compressed_depth_image_transport sends them."""

from __future__ import annotations

import struct

import cv2
import numpy as np
from numpy.typing import NDArray
from sensor_msgs.msg import CompressedImage
from std_msgs.msg import Header


def compressed_depth_message(millimetres: NDArray[np.uint16], header: Header) -> CompressedImage:
    """UInt16[H, W] [mm] as PNG, behind the 12 bytes that only 32FC1 images make use of."""
    _, png = cv2.imencode(".png", millimetres)
    data = struct.pack("<iff", 0, 0.0, 0.0) + png.tobytes()
    return CompressedImage(header=header, format="16UC1; compressedDepth png", data=data)
