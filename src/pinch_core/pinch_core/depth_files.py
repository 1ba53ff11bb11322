# SPDX-License-Identifier: Apache-2.0
"""Depth images, masks and intrinsics on disk."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pinch_core.calibrated_depth import DepthSource, calibrated_frame
from pinch_core.calibration import Calibration, read_calibration
from pinch_core.depth_format import DepthFormat
from pinch_core.depth_frame import DepthFrame
from pinch_core.errors import InvalidDepthError, PinchError
from pinch_core.file_content import read_content
from pinch_core.file_kinds import Wanted, foreign_sentence
from pinch_core.geometry.camera import CameraIntrinsics
from pinch_core.mask_file import read_segmask
from pinch_core.stored_array import DEPTH_SUFFIXES, decode_array

Array = NDArray[np.generic]
Bool = NDArray[np.bool_]

__all__ = [
    "frame_from_file",
    "load_frame",
    "read_depth",
    "read_intrinsics",
    "read_segmask",
    "write_depth_npy",
    "write_depth_png",
    "write_image",
    "write_intrinsics",
]

MAX_PNG_DEPTH_M = 65.535
_HEADERLESS = (".raw", ".bin", ".dat")


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
    """Depth as stored, from .npy (any number), .pfm, .png (16-bit) or .tiff (16-bit or more, floating point).
    ``DepthFormat`` says what the values mean.

    Raises:
        InvalidDepthError: missing, or of another kind.
        DamagedFileError: truncated or corrupt.
    """
    content = read_content(path, InvalidDepthError, Wanted.DEPTH.value)
    suffix = path.suffix.lower()
    if suffix not in DEPTH_SUFFIXES:
        raise InvalidDepthError(
            foreign_sentence(content, path, Wanted.DEPTH, own=())
            or f"{path} ends in '{path.suffix}', which is no depth format known here; {_remedy(path)}."
        )
    image = decode_array(content, path, Wanted.DEPTH)
    if suffix != ".npy" and (image.ndim == 3 or image.dtype.itemsize < 2):
        raise InvalidDepthError(_pixels_without_depth(image, path))
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


def _remedy(path: Path) -> str:
    if path.suffix.lower() in _HEADERLESS:
        return (
            'pixels without a header say neither type nor size: save them with: python3 -c "import numpy as '
            f"np; np.save('{path.stem}.npy', np.fromfile('{path}', 'uint16').reshape(HEIGHT, WIDTH))\""
        )
    return "give .npy, .pfm, 16-bit .png or .tiff"


def _pixels_without_depth(image: Array, path: Path) -> str:
    channels = image.shape[2] if image.ndim == 3 else 1
    what = f"{path} holds pixels of {image.dtype} x {channels}"
    if image.dtype == np.uint8 and channels == 1:
        return (
            f"{what}: a preview in 256 shades for the eye, or a mask, from which depth cannot be restored; "
            "save the depth image with 16 bits per pixel where it is recorded."
        )
    kind = "a colour image, or depth in false colours," if image.dtype == np.uint8 else "several channels,"
    return (
        f"{what}: {kind} from which depth cannot be restored; give the depth image itself, which has one "
        "channel of 16-bit integers or floating-point numbers."
    )
