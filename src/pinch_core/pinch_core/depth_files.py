# SPDX-License-Identifier: Apache-2.0
"""Depth images, masks and intrinsics on disk."""

from __future__ import annotations

import io
import json
import struct
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pinch_core.calibrated_depth import DepthCalibration, DepthSource, calibrated_frame
from pinch_core.depth_format import DepthFormat
from pinch_core.depth_frame import DepthFrame
from pinch_core.errors import DamagedFileError, IntrinsicsError, InvalidDepthError, MaskError, PinchError
from pinch_core.geometry.camera import CameraIntrinsics, DistortionModel
from pinch_core.plain_text import parse_json, parse_yaml

Array = NDArray[np.generic]
Bool = NDArray[np.bool_]

MAX_PNG_DEPTH_M = 65.535


@dataclass(frozen=True)
class CameraFile:
    """``raw``: K and distortion. ``projection``: P, where the file has it. ``depth_scale``: metres per
    unit of integer images, where the file has it.
    """

    raw: CameraIntrinsics
    projection: CameraIntrinsics | None = None
    depth_scale: float | None = None

    @property
    def describes_rectified(self) -> bool:
        return self.projection is not None

    def intrinsics(self, *, rectified: bool) -> CameraIntrinsics:
        """Of the rectified image, or of the raw one."""
        if not rectified:
            return self.raw
        return self.projection or self.raw.rectified()


# Where a PNG stores width and height, and the largest compression ratio of its format.
_PNG_SIZE, _PNG_SIZE_AT = struct.Struct(">II"), 16
_DEFLATE_LIMIT = 1032


def load_frame(depth: Path, camera: Path, depth_format: DepthFormat | None = None) -> DepthFrame:
    """A depth image with its intrinsics; see :func:`read_depth` and :func:`read_camera_file`."""
    return frame_from_file(depth, read_camera_file(camera), depth_format or DepthFormat(), camera)


def frame_from_file(
    depth: Path,
    calibration: DepthCalibration,
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
    content = _read_bytes(path, InvalidDepthError, "a depth image (.npy, 16-bit .png or .tiff)")
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
    image = _decode_image(_read_bytes(path, MaskError, "an 8-bit one-channel PNG"), path)
    if image.ndim != 2 or image.dtype != np.uint8:
        channels = image.shape[2] if image.ndim == 3 else 1
        raise MaskError(
            f"{path} holds pixels of {image.dtype} x {channels}; a segmask has one 8-bit channel."
        )
    return image


def read_intrinsics(path: Path) -> CameraIntrinsics:
    """Intrinsics from pinch's JSON (see :func:`write_intrinsics`), a Berkeley ``.intr`` JSON, or the YAML
    that ROS camera calibration writes (its camera matrix and distortion, so that of the raw image).

    Raises:
        IntrinsicsError: missing, of another format, or impossible values.
        DamagedFileError: not readable as JSON or YAML.
    """
    values = read_camera_values(path)
    for keys, parse in (("fx", _own), ("_fx", _berkeley), ("camera_matrix", _ros_calibration)):
        if keys in values:
            try:
                return parse(values)
            except KeyError as error:
                raise IntrinsicsError(f"{path} lacks the key {error}; add it.") from error
            except (TypeError, ValueError, OverflowError) as error:  # OverflowError: infinity as a size
                raise IntrinsicsError(
                    f"{path} holds a value of the wrong kind: {error}; correct it."
                ) from error
            except IntrinsicsError as error:
                raise IntrinsicsError(f"{path}: {error}") from error
    raise IntrinsicsError(
        f"{path} holds no camera intrinsics; give JSON with width, height, fx, fy, cx, cy or a ROS camera "
        "calibration YAML."
    )


def read_camera_file(path: Path) -> CameraFile:
    """The calibration in a camera file; see :func:`read_intrinsics`.

    Raises:
        IntrinsicsError, DamagedFileError: as named there.
    """
    raw, values = read_intrinsics(path), read_camera_values(path)
    return CameraFile(raw, _projection(values, raw, path), _depth_scale(values, path))


def read_camera_values(path: Path) -> dict[str, Any]:
    """What a JSON or YAML file of a camera holds, empty where that is no mapping.

    Raises:
        IntrinsicsError: missing.
        DamagedFileError: not readable as JSON or YAML.
    """
    text = _read_bytes(path, IntrinsicsError, "camera intrinsics (.json, .intr or .yaml)")
    try:
        # JSON is a subset of YAML except for tabs, which JSON writers like.
        values = parse_json(text) if text.lstrip()[:1] == b"{" else parse_yaml(text)
    except ValueError as error:
        raise DamagedFileError(
            f"{path} is neither JSON nor YAML ({error}); write the intrinsics again.", path
        ) from error
    return values if isinstance(values, dict) else {}


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


def _projection(values: dict[str, Any], raw: CameraIntrinsics, path: Path) -> CameraIntrinsics | None:
    if "projection_matrix" not in values:
        return None
    try:
        p = [float(value) for value in values["projection_matrix"]["data"]]
    except (KeyError, TypeError, ValueError) as error:
        raise IntrinsicsError(
            f"{path} holds no numbers in projection_matrix ({error}); correct it."
        ) from error
    if len(p) != 12:
        raise IntrinsicsError(f"{path}: projection_matrix has {len(p)} values; it is 3 x 4.")
    if not any(p):
        return None
    return replace(
        raw, fx=p[0], fy=p[5], cx=p[2], cy=p[6], distortion_model=DistortionModel.NONE, distortion=()
    )


def _depth_scale(values: dict[str, Any], path: Path) -> float | None:
    """librealsense writes metres per unit, BOP millimetres per unit, Open3D and TUM units per metre; what
    depth cameras have (0.01 to 10 mm) does not overlap.
    """
    found = values.get("depth_scale")
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, (int, float)) or not 1e-5 <= found <= 1e5:
        raise IntrinsicsError(
            f"{path} has depth_scale = {found}; give metres, or millimetres, per unit of the depth image."
        )
    if found < 0.01:
        return float(found)
    return float(found) * 1e-3 if found <= 10.0 else 1.0 / float(found)


def _own(values: dict[str, Any]) -> CameraIntrinsics:
    return _build(
        (values["width"], values["height"]),
        (values["fx"], values["fy"], values["cx"], values["cy"]),
        values.get("distortion_model", ""),
        values.get("distortion", ()),
    )


def _berkeley(values: dict[str, Any]) -> CameraIntrinsics:
    if float(values.get("_skew", 0.0)) != 0.0:
        raise IntrinsicsError(
            f"a skew of {values['_skew']} is not supported; rectify the images to zero skew."
        )
    size = (values["_width"], values["_height"])
    return _build(size, (values["_fx"], values["_fy"], values["_cx"], values["_cy"]), "", ())


def _ros_calibration(values: dict[str, Any]) -> CameraIntrinsics:
    matrix = [float(value) for value in values["camera_matrix"]["data"]]
    if len(matrix) != 9:
        raise IntrinsicsError(f"camera_matrix has {len(matrix)} values; it is 3 x 3.")
    coefficients = values.get("distortion_coefficients", {"data": ()})["data"]
    return _build(
        (values["image_width"], values["image_height"]),
        (matrix[0], matrix[4], matrix[2], matrix[5]),
        values.get("distortion_model", "") if len(coefficients) else "",
        coefficients,
    )


def _build(size: tuple[Any, Any], pinhole: tuple[Any, ...], model: str, distortion: Any) -> CameraIntrinsics:
    known = [m.value for m in DistortionModel]
    if model not in known:
        raise IntrinsicsError(
            f"distortion model '{model}' is not supported; known: {', '.join(filter(None, known))}."
        )
    width, height = (int(n) for n in size)
    fx, fy, cx, cy = (float(n) for n in pinhole)
    return CameraIntrinsics(
        width, height, fx, fy, cx, cy, DistortionModel(model), tuple(float(c) for c in distortion)
    )


def _read_bytes(path: Path, missing: type[PinchError], expected: str) -> bytes:
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: no file has NUL in its name, a table of files may
        reason = error.strerror if isinstance(error, OSError) else error
        raise missing(f"{path} cannot be read ({reason}); give {expected}.") from error
    if not content:
        raise DamagedFileError(f"{path} is empty (0 bytes); record or copy it again.", path)
    return content


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
