"""Numpy arrays as TensorFlow's tensors on the wire, and back."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nhance_proto.serving import DataType, TensorProto

Array = NDArray[Any]

# dtype on the wire: the numpy type, and the field that holds elements outside tensor_content.
_TYPES: dict[DataType, tuple[type[np.generic], str]] = {
    DataType.DT_FLOAT: (np.float32, "float_val"),
    DataType.DT_DOUBLE: (np.float64, "double_val"),
    DataType.DT_HALF: (np.float16, "half_val"),
    DataType.DT_UINT8: (np.uint8, "int_val"),
    DataType.DT_INT8: (np.int8, "int_val"),
    DataType.DT_UINT16: (np.uint16, "int_val"),
    DataType.DT_INT16: (np.int16, "int_val"),
    DataType.DT_INT32: (np.int32, "int_val"),
    DataType.DT_INT64: (np.int64, "int64_val"),
    DataType.DT_BOOL: (np.bool_, "bool_val"),
    DataType.DT_UINT32: (np.uint32, "uint32_val"),
    DataType.DT_UINT64: (np.uint64, "uint64_val"),
}
_WIRE_TYPES = {np.dtype(dtype): wire for wire, (dtype, _) in _TYPES.items()}


def fill(proto: TensorProto, array: Array) -> None:
    """Write ``array``, of any type in the table above, into an empty message's tensor_content."""
    proto.dtype = _WIRE_TYPES[array.dtype]
    proto.tensor_shape.SetInParent()  # a scalar's shape is present and empty
    for size in array.shape:
        proto.tensor_shape.dim.add(size=size)
    proto.tensor_content = array.tobytes()


def from_proto(proto: TensorProto) -> Array:
    """The tensor as an array, read from ``tensor_content`` or the ``*_val`` field of its type.

    As TensorFlow does, a short ``*_val`` field is filled up with its last value. Raises ValueError
    for a type that is not in the table above and for data that do not fill the shape.
    """
    if proto.dtype not in _TYPES:
        raise ValueError(f"tensors of type {proto.dtype} are not read")
    dtype, field_name = _TYPES[proto.dtype]
    shape = [dim.size for dim in proto.tensor_shape.dim]
    content = proto.tensor_content  # every reading copies it
    if content:
        return np.frombuffer(content, dtype).reshape(shape)
    values = getattr(proto, field_name)
    if dtype is np.float16:  # bit patterns
        flat: Array = np.array(values, np.uint16).view(np.float16)
    else:
        flat = np.array(values, dtype)
    missing = math.prod(shape) - flat.size
    if missing > 0:
        flat = np.pad(flat, (0, missing), "edge") if flat.size else np.zeros(missing, dtype)
    return flat.reshape(shape)
