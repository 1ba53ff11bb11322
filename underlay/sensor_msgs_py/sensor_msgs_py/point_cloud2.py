# SPDX-License-Identifier: Apache-2.0
"""sensor_msgs/PointCloud2 to and from NumPy arrays.

Errors are AssertionError, as in upstream's module.
"""

from __future__ import annotations

import sys
from array import array
from collections import namedtuple
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.recfunctions import structured_to_unstructured, unstructured_to_structured
from numpy.typing import NDArray
from sensor_msgs.msg import PointCloud2, PointField
from std_msgs.msg import Header

_DTYPES: Mapping[int, np.dtype[Any]] = {
    PointField.INT8: np.dtype(np.int8),
    PointField.UINT8: np.dtype(np.uint8),
    PointField.INT16: np.dtype(np.int16),
    PointField.UINT16: np.dtype(np.uint16),
    PointField.INT32: np.dtype(np.int32),
    PointField.UINT32: np.dtype(np.uint32),
    PointField.FLOAT32: np.dtype(np.float32),
    PointField.FLOAT64: np.dtype(np.float64),
}

MAX_COUNT = 10_000  # values in one field: each becomes a column, and a damaged message may ask for billions


def _require(condition: bool, sentence: str) -> None:
    if not condition:
        raise AssertionError(sentence)


def dtype_from_fields(fields: Iterable[PointField], point_step: int | None = None) -> np.dtype[Any]:
    """The structured type of one point, `point_step` bytes long (None: as long as its fields).

    A field of count n > 1 becomes n columns, name_0 to name_(n-1); a field without a name becomes
    unnamed_field_<index>.
    """
    names: list[str] = []
    formats: list[np.dtype[Any]] = []
    offsets: list[int] = []
    for index, field in enumerate(fields):
        name = field.name or f"unnamed_field_{index}"
        _require(
            field.datatype in _DTYPES, f"point field '{name}' has datatype {field.datatype}; 1 to 8 are known"
        )
        _require(
            0 < field.count <= MAX_COUNT,
            f"point field '{name}' has count {field.count}; it must be 1 to {MAX_COUNT}",
        )
        dtype = _DTYPES[field.datatype]
        end = field.offset + field.count * dtype.itemsize
        _require(
            point_step is None or end <= point_step,
            f"point field '{name}' ends at byte {end}, beyond point_step {point_step}",
        )
        names += [name] if field.count == 1 else [f"{name}_{part}" for part in range(field.count)]
        formats += [dtype] * field.count
        offsets += [field.offset + part * dtype.itemsize for part in range(field.count)]
    _require(len(set(names)) == len(names), f"point fields {names} repeat a name; each must be unique")
    layout: dict[str, Any] = {"names": names, "formats": formats, "offsets": offsets}
    if point_step is not None:
        layout["itemsize"] = point_step
    point: np.dtype[Any] = np.dtype(layout)  # type: ignore[call-overload]  # NumPy's stubs want literal keys
    return point


def read_points(
    cloud: PointCloud2,
    field_names: Sequence[str] | None = None,
    skip_nans: bool = False,
    uvs: Iterable[int] | None = None,
    reshape_organized_cloud: bool = False,
) -> NDArray[Any]:
    """The points as a structured array of shape (N,), of all fields or of `field_names`.

    `skip_nans` drops points with a NaN in any of these fields, unless the cloud says that it is dense. `uvs`
    picks points by index. `reshape_organized_cloud` gives an organised cloud the shape (width, height), in
    that order, as upstream does. Without row padding, foreign byte order or a selection the array is a view
    of the message's data.
    """
    _require(isinstance(cloud, PointCloud2), f"cloud is a {type(cloud).__name__}; it must be a PointCloud2")
    points = _all_points(cloud)
    if field_names is not None:
        missing = set(field_names) - set(points.dtype.names or ())
        _require(
            not missing, f"cloud has no field {sorted(missing)}; it has {list(points.dtype.names or ())}"
        )
        points = points[list(field_names)]
    if skip_nans and not cloud.is_dense:
        keep = np.ones(len(points), dtype=bool)
        for name in points.dtype.names or ():
            keep &= ~np.isnan(points[name])
        points = points[keep]
    if uvs is not None:
        points = points[uvs if isinstance(uvs, np.ndarray) else np.fromiter(uvs, int)]
    if reshape_organized_cloud and cloud.height > 1:
        points = points.reshape(cloud.width, cloud.height)
    return points


def _all_points(cloud: PointCloud2) -> NDArray[Any]:
    dtype = dtype_from_fields(cloud.fields, cloud.point_step)
    tight = cloud.width * cloud.point_step
    # Some publishers leave row_step at 0; only a longer one says that rows are padded.
    row_step = max(cloud.row_step, tight)
    needed = row_step * (cloud.height - 1) + tight if cloud.height and cloud.width else 0
    _require(
        len(cloud.data) >= needed,
        f"cloud of {cloud.width} x {cloud.height} points in frame '{cloud.header.frame_id}' "
        f"holds {len(cloud.data)} bytes, {needed} are needed; the message is cut short",
    )
    if needed == 0 or dtype.itemsize == 0:
        _require(needed == 0, "cloud has points, but point_step is 0")
        return np.empty(0, dtype)
    shape, strides = (cloud.height, cloud.width), (row_step, cloud.point_step)
    points: NDArray[Any] = np.ndarray(shape, dtype, cloud.data, strides=strides).reshape(-1)
    if bool(cloud.is_bigendian) == (sys.byteorder == "little"):
        points = points.astype(dtype)  # a copy: the message's data must not be changed
        for name in points.dtype.names or ():
            points[name] = points[name].byteswap()
    return points


def read_points_numpy(
    cloud: PointCloud2,
    field_names: Sequence[str] | None = None,
    skip_nans: bool = False,
    uvs: Iterable[int] | None = None,
    reshape_organized_cloud: bool = False,
) -> NDArray[Any]:
    """As read_points, as a plain array of shape (N, fields); all fields read must be of one type."""
    points = read_points(cloud, field_names, skip_nans, uvs, reshape_organized_cloud)
    types = {points.dtype[name] for name in points.dtype.names or ()}
    _require(
        len(types) == 1, f"the fields are of {len(types)} types; read_points_numpy needs one, use read_points"
    )
    return np.asarray(structured_to_unstructured(points))


def read_points_list(
    cloud: PointCloud2,
    field_names: Sequence[str] | None = None,
    skip_nans: bool = False,
    uvs: Iterable[int] | None = None,
) -> list[NamedTuple]:
    """As read_points, as a list of named tuples: for few points only."""
    points = read_points(cloud, field_names, skip_nans, uvs)
    names = list(points.dtype.names or ())
    point = namedtuple("Point", names)  # type: ignore[misc]  # upstream's interface: fields known at run time only
    return [point._make(values) for values in points.tolist()]


def create_cloud(
    header: Header, fields: Iterable[PointField], points: Iterable[Any], point_step: int | None = None
) -> PointCloud2:
    """A cloud of `points`: an array (N, fields) of one type, a structured array of these fields, or tuples.

    A structured (W, H) or plain (W, H, fields) array makes an organised cloud of that width and height, in
    that order, as upstream does; row-major images are better passed flat, setting height, width and row_step
    afterwards.
    """
    fields = list(fields)
    dtype = dtype_from_fields(fields, point_step)
    if not isinstance(points, np.ndarray):
        points = np.array([tuple(point) for point in points], dtype=dtype)
    elif points.dtype.names is None:
        _require(
            len({field.datatype for field in fields}) == 1,
            "the fields are of several types; pass a structured array or tuples",
        )
        _require(
            points.ndim >= 2 and points.shape[-1] == len(dtype.names or ()),
            f"points have shape {points.shape}; the last axis must hold the {len(dtype.names or ())} fields",
        )
        points = unstructured_to_structured(points, dtype=dtype)
    else:
        _require(points.dtype == dtype, f"points are of type {points.dtype}, the fields say {dtype}")
    _require(points.ndim in (1, 2), f"points have {points.ndim} axes; a cloud has one or two")
    width, height = points.shape[0], points.shape[1] if points.ndim == 2 else 1
    cloud = PointCloud2(
        header=header,
        height=height,
        width=width,
        fields=fields,
        is_bigendian=sys.byteorder == "big",
        is_dense=False,
        point_step=dtype.itemsize,
        row_step=dtype.itemsize * width,
    )
    data = array("B")
    data.frombytes(points.tobytes())
    cloud.data = data  # an array of bytes is taken as it is; the constructor would look at each element
    return cloud


def create_cloud_xyz32(header: Header, points: Iterable[Any]) -> PointCloud2:
    """A cloud of x, y, z [m] as 32-bit floats from an array (N, 3) or an iterable of three numbers each."""
    fields = [
        PointField(name=name, offset=4 * index, datatype=PointField.FLOAT32, count=1)
        for index, name in enumerate("xyz")
    ]
    return create_cloud(header, fields, points)
