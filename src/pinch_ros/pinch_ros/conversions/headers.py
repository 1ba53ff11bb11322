# SPDX-License-Identifier: Apache-2.0
"""The headers of an image and of the camera info that came with it: two sources, compared."""

from __future__ import annotations

from sensor_msgs.msg import CameraInfo
from std_msgs.msg import Header

from pinch_ros.conversions.time import stamp_to_ns


def header_warnings(image: Header, info: CameraInfo) -> tuple[str, ...]:
    """A sentence for each contradiction; a field that one of them leaves empty says nothing.

    They are warnings, not errors: a camera info of another time is that of the same lens unless it zoomed,
    and simulators name frames freely.
    """
    warnings = []
    if image.frame_id and info.header.frame_id and image.frame_id != info.header.frame_id:
        warnings.append(
            f"the depth image is in frame '{image.frame_id}' but its camera info in "
            f"'{info.header.frame_id}': if these are two sensors (depth and colour), grasps lie beside the "
            "object; give the camera info of the depth image."
        )
    apart_ns = stamp_to_ns(info.header.stamp) - stamp_to_ns(image.stamp)
    if apart_ns and stamp_to_ns(image.stamp) and stamp_to_ns(info.header.stamp):
        when = "after" if apart_ns > 0 else "before"
        warnings.append(
            f"the camera info was taken {abs(apart_ns) * 1e-6:.6g} ms {when} the depth image; give the one "
            "with the image's stamp, in case the lens or the resolution changed between them."
        )
    return tuple(warnings)
