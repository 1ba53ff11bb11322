# SPDX-License-Identifier: Apache-2.0
"""Depth images, masks and intrinsics on disk."""

from __future__ import annotations

import io
import json
import struct
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pinch_core.calibrated_depth import DepthSource, calibrated_frame
from pinch_core.calibration import Calibration, read_calibration
from pinch_core.depth_format import DepthFormat
from pinch_core.depth_frame import DepthFrame
from pinch_core.errors import DamagedFileError, InvalidDepthError, MaskError, PinchError
from pinch_core.file_content import read_content
from pinch_core.geometry.camera import CameraIntrinsics

Array = NDArray[np.generic]
Bool = NDArray[np.bool_]

MAX_PNG_DEPTH_M = 65.535

# Where a PNG stores width and height, and the largest compression ratio of its format.
_PNG_SIZE, _PNG_SIZE_AT = struct.Struct(">II"), 16
_DEFLATE_LIMIT = 1032


def load_frame(depth: Path, camera: Path, depth_format: DepthFormat | None = None) -> DepthFrame:
    """A depth image with its intrinsics; see :func:`read_depth` and :func:`read_calibration`."""
    return frame_from_file(depth, read_calibration(camera), depth_format or DepthFormat(), camera)


def frame_from_file(
    depth: Path,
    calibration: Calibration,
    depth_format: DepthFormat,
    camera: Path,
    *,
    frame_id: str = "camera",
) -> DepthFrame:
    """A depth image of a calibration that was read before from ``camera``."""
    source = DepthSource(str(depth), str(camera))
    return calibrated_frame(read_depth(depth), calibration, depth_format, source, frame_id=frame_id)


def read_depth(path: Path) -> Array:
    """Depth as stored, from .npy (any number), .png (16-bit) or .tiff (16-bit or more, floating point).
    ``DepthFormat`` says what the values mean.

    Raises:
        InvalidDepthError: missing, or of another kind.
        DamagedFileError: truncated or corrupt.
    """
    content = read_content(path, InvalidDepthError, "a depth image (.npy, 16-bit .png or .tiff)")
    if path.suffix.lower() == ".npy":
        return _decode_npy(content, path)
    if path.suffix.lower() in (".png", ".tif", ".tiff"):
        image = _decode_image(content, path)
        if image.ndim == 3 or image.dtype.itemsize < 2:
            raise InvalidDepthError(
                f"{path} holds pixels of {image.dtype} x {image.shape[2] if image.ndim == 3 else 1}; a depth "
                "image has one channel of 16-bit integers or floating-point numbers."
            )
        return image
    raise InvalidDepthError(
        f"{path} ends in '{path.suffix}', which is no depth format known here; give .npy, 16-bit .png or "
        ".tiff."
    )


def read_segmask(path: Path) -> Array:
    """A mask as stored: 8-bit, one channel, non-zero = object.

    Raises:
        MaskError: missing, or of another kind.
        DamagedFileError: truncated or corrupt.
    """
    image = _decode_image(read_content(path, MaskError, "an 8-bit one-channel PNG"), path)
    if image.ndim != 2 or image.dtype != np.uint8:
        channels = image.shape[2] if image.ndim == 3 else 1
        raise MaskError(
            f"{path} holds pixels of {image.dtype} x {channels}; a segmask has one 8-bit channel."
        )
    return image


def read_intrinsics(path: Path) -> CameraIntrinsics:
    """Intrinsics from a camera file of any kind, of the image that it leaves no choice but to mean; see
    :func:`pinch_core.calibration.read_calibration` and :meth:`Calibration.intrinsics`.

    Raises:
        IntrinsicsError: missing, of another format, or impossible values.
        DamagedFileError: not readable as JSON, YAML or XML.
    """
    return read_calibration(path).intrinsics()


def write_depth_npy(path: Path, frame: DepthFrame) -> None:
    """float32 metres, NaN = no return: lossless."""
    np.save(path, frame.depth, allow_pickle=False)


def write_depth_png(path: Path, frame: DepthFrame) -> None:
    """16-bit millimetres, 0 = no return: small, rounded to the millimetre.

    Raises:
        InvalidDepthError: a depth is too large for 16 bits.
    """
    deepest = float(np.nanmax(frame.depth))
    if deepest > MAX_PNG_DEPTH_M:
        raise InvalidDepthError(
            f"{frame.source} reaches {deepest:.1f} m, but a 16-bit PNG in millimetres ends at "
            f"{MAX_PNG_DEPTH_M} m; save .npy."
        )
    millimetres = np.rint(np.nan_to_num(frame.depth) * 1e3).astype(np.uint16)
    write_image(path, millimetres)


def write_image(path: Path, image: Array) -> None:
    """Write any image that OpenCV can encode, by the file's ending.

    Raises:
        PinchError: the ending is unknown or the folder cannot be written to.
    """
    try:
        encoded, content = cv2.imencode(path.suffix or ".png", np.asarray(image, dtype=image.dtype))
        if not encoded:
            raise OSError("the image cannot be encoded")
        path.write_bytes(content.tobytes())
    except (OSError, cv2.error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "unknown image format"
        raise PinchError(
            f"{path} cannot be written ({reason}); give a .png file in an existing folder."
        ) from error


def write_intrinsics(path: Path, intrinsics: CameraIntrinsics) -> None:
    """JSON with width, height, fx, fy, cx, cy [px], distortion_model and distortion."""
    k = intrinsics
    values = {name: getattr(k, name) for name in ("width", "height", "fx", "fy", "cx", "cy")}
    values |= {"distortion_model": k.distortion_model.value, "distortion": list(k.distortion)}
    path.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")


def _decode_npy(content: bytes, path: Path) -> Array:
    try:
        array = np.load(io.BytesIO(content), allow_pickle=False)
    except Exception as error:  # numpy raises many kinds of errors on damaged bytes
        raise DamagedFileError(
            f"{path} is not a whole .npy array ({' '.join(str(error).split())}); record or copy it again.",
            path,
        ) from error
    if not isinstance(array, np.ndarray):
        raise InvalidDepthError(
            f"{path} is an archive of several arrays; give a .npy file with one depth image."
        )
    return array


def _decode_image(content: bytes, path: Path) -> Array:
    if _is_hollow(content):
        raise DamagedFileError(
            f"{path} ({len(content)} bytes) holds less than the image that it announces; record or copy it "
            "again.",
            path,
        )
    logging = cv2.utils.logging
    previous = logging.getLogLevel()
    logging.setLogLevel(logging.LOG_LEVEL_SILENT)  # silences the decoder's own message
    try:
        image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        image = None
    finally:
        logging.setLogLevel(previous)
    if image is None:
        raise DamagedFileError(
            f"{path} ({len(content)} bytes) is not a whole image; record or copy it again.", path
        )
    return np.asarray(image)


def _is_hollow(content: bytes) -> bool:
    """Whether a PNG's header announces more pixels than its bytes can hold; OpenCV would allocate them
    all, gigabytes if a byte of the size is damaged.
    """
    if not content.startswith(b"\x89PNG") or len(content) < _PNG_SIZE.size + _PNG_SIZE_AT:
        return False
    width, height = _PNG_SIZE.unpack_from(content, _PNG_SIZE_AT)
    return bool(width * height > len(content) * _DEFLATE_LIMIT * 8)
