# SPDX-License-Identifier: Apache-2.0
"""The bridge between sensor_msgs images and arrays."""

from __future__ import annotations

import sys
from array import array
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header

from cv_bridge.convert import convert
from cv_bridge.encodings import CvBridgeError, Encoding, of_array, parse

PASSTHROUGH = "passthrough"


def _as_bytes(image: NDArray[Any]) -> array[int]:
    """The array's bytes as the type that message fields take without looking at each element."""
    data = array("B")
    data.frombytes(np.ascontiguousarray(image).reshape(-1).view(np.uint8).data)
    return data


class CvBridge:
    """Converts between sensor_msgs images and arrays of shape (H, W) for one channel, (H, W, C) for more."""

    def encoding_to_dtype_with_channels(self, encoding: str) -> tuple[str, int]:
        """NumPy type name and number of channels of an encoding string."""
        parsed = parse(encoding)
        return parsed.dtype.name, parsed.channels

    def imgmsg_to_cv2(self, img_msg: Image, desired_encoding: str = PASSTHROUGH) -> NDArray[Any]:
        """The message's pixels, converted to `desired_encoding` unless that is 'passthrough'.

        Without conversion, padding or foreign byte order the array is a view: it shares memory with the
        message, is read-only where the message's data is (bytes), and writing to it writes to the message.
        Otherwise a copy. Raises CvBridgeError when the fields contradict each other or the conversion makes
        no sense.
        """
        encoding = parse(img_msg.encoding)
        image = self._pixels(img_msg, encoding)
        return image if desired_encoding == PASSTHROUGH else convert(image, encoding, parse(desired_encoding))

    @staticmethod
    def _pixels(msg: Image, encoding: Encoding) -> NDArray[Any]:
        row_bytes = msg.width * encoding.channels * encoding.dtype.itemsize
        where = f"{msg.width} x {msg.height} image '{msg.encoding}' in frame '{msg.header.frame_id}'"
        if msg.step < row_bytes:
            raise CvBridgeError(f"{where}: step is {msg.step} bytes, a row takes {row_bytes}; set step")
        if len(msg.data) < msg.step * msg.height:
            raise CvBridgeError(
                f"{where}: data holds {len(msg.data)} bytes, {msg.height} rows of {msg.step} bytes take "
                f"{msg.step * msg.height}; the message is cut short"
            )
        data = np.asarray(msg.data, dtype=np.uint8) if isinstance(msg.data, list) else msg.data
        rows = np.ndarray((msg.height, row_bytes), np.uint8, data, strides=(msg.step, 1))
        pixels = np.ascontiguousarray(rows).view(encoding.dtype)
        if bool(msg.is_bigendian) == (sys.byteorder == "little") and encoding.dtype.itemsize > 1:
            pixels = pixels.byteswap()
        shape = (msg.height, msg.width) + ((encoding.channels,) if encoding.channels > 1 else ())
        return pixels.reshape(shape)

    def cv2_to_imgmsg(
        self, cvim: NDArray[Any], encoding: str = PASSTHROUGH, header: Header | None = None
    ) -> Image:
        """A message of a copy of the pixels; 'passthrough' names the array's type (such as '32FC1').

        Raises CvBridgeError when the array's type or number of channels is not that of `encoding`: pixels are
        never converted.
        """
        if not isinstance(cvim, np.ndarray):
            raise CvBridgeError(f"image is a {type(cvim).__name__}; it must be a NumPy array")
        actual = of_array(cvim)
        wanted = actual if encoding == PASSTHROUGH else parse(encoding)
        if (wanted.dtype, wanted.channels) != (actual.dtype, actual.channels):
            raise CvBridgeError(
                f"image is of type {actual.name}, which encoding '{encoding}' does not fit; convert it"
            )
        height, width = cvim.shape[:2]
        msg = Image(height=height, width=width, encoding=wanted.name)
        if header is not None:
            msg.header = header
        # '=' and '|' are the machine's own order
        order = {">": "big", "<": "little"}.get(cvim.dtype.byteorder, sys.byteorder)
        msg.is_bigendian = int(order == "big")
        msg.step = width * wanted.channels * wanted.dtype.itemsize
        msg.data = _as_bytes(cvim)
        return msg

    def compressed_imgmsg_to_cv2(
        self, cmprs_img_msg: CompressedImage, desired_encoding: str = PASSTHROUGH
    ) -> NDArray[Any]:
        """The decoded picture (colours in OpenCV's order, blue first), converted unless 'passthrough'.

        Raises CvBridgeError when the data is not a picture that OpenCV can decode.
        """
        try:
            image = cv2.imdecode(np.frombuffer(cmprs_img_msg.data, np.uint8), cv2.IMREAD_UNCHANGED)
        except cv2.error:
            image = None
        if image is None:
            raise CvBridgeError(
                f"compressed image '{cmprs_img_msg.format}' in frame '{cmprs_img_msg.header.frame_id}': "
                f"{len(cmprs_img_msg.data)} bytes do not decode; check that the publisher sends png or jpeg"
            )
        if desired_encoding == PASSTHROUGH:
            return image
        source = of_array(image)
        colour = {1: "mono", 3: "bgr", 4: "bgra"}.get(source.channels)
        if colour is not None and source.dtype.kind == "u":
            source = parse(f"{colour}{8 * source.dtype.itemsize}")
        return convert(image, source, parse(desired_encoding))

    def cv2_to_compressed_imgmsg(self, cvim: NDArray[Any], dst_format: str = "jpg") -> CompressedImage:
        """The picture as a file of type `dst_format` (such as 'png'); blue comes first, as in OpenCV."""
        if not isinstance(cvim, np.ndarray):
            raise CvBridgeError(f"image is a {type(cvim).__name__}; it must be a NumPy array")
        where = f"image of type {cvim.dtype} and shape {cvim.shape} does not encode as '{dst_format}'"
        try:
            written, data = cv2.imencode(f".{dst_format}", cvim)
        except cv2.error as error:
            raise CvBridgeError(f"{where}: {error}") from error
        if not written:
            raise CvBridgeError(f"{where}; use another format")
        msg = CompressedImage(format=dst_format)
        msg.data = _as_bytes(data)
        return msg
