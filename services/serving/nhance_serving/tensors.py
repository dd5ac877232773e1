"""TensorProto to numpy and back, as TensorFlow's C++ ``Tensor`` does it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tensorflow.core.framework import tensor_pb2, types_pb2

Array = NDArray[Any]


def _values(array: Array) -> list[Any]:
    return list(array.ravel().tolist())


def _bit_patterns(array: Array) -> list[int]:
    return list(array.ravel().view(np.uint16).tolist())


def _complex_parts(array: Array) -> list[float]:
    flat = array.ravel()
    return list(flat.view(flat.real.dtype).tolist())


# Tensor::AsProtoField: the field that holds the elements of a type, and how they get there.
_FIELDS: dict[int, tuple[str, Callable[[Array], list[Any]]]] = {
    types_pb2.DT_FLOAT: ("float_val", _values),
    types_pb2.DT_DOUBLE: ("double_val", _values),
    types_pb2.DT_INT32: ("int_val", _values),
    types_pb2.DT_UINT8: ("int_val", _values),
    types_pb2.DT_INT16: ("int_val", _values),
    types_pb2.DT_INT8: ("int_val", _values),
    types_pb2.DT_UINT16: ("int_val", _values),
    types_pb2.DT_INT64: ("int64_val", _values),
    types_pb2.DT_BOOL: ("bool_val", _values),
    types_pb2.DT_HALF: ("half_val", _bit_patterns),
    types_pb2.DT_BFLOAT16: ("half_val", _bit_patterns),
    types_pb2.DT_COMPLEX64: ("scomplex_val", _complex_parts),
    types_pb2.DT_COMPLEX128: ("dcomplex_val", _complex_parts),
    types_pb2.DT_UINT32: ("uint32_val", _values),
    types_pb2.DT_UINT64: ("uint64_val", _values),
    types_pb2.DT_STRING: ("string_val", _values),
}


def to_array(proto: tensor_pb2.TensorProto) -> Array:
    """The tensor as an array; ``tensor_content`` is viewed, not copied (and so read-only).

    Raises ValueError if type, shape and data do not fit together.
    """
    if proto.tensor_shape.unknown_rank or any(dim.size < 0 for dim in proto.tensor_shape.dim):
        raise ValueError("the shape is not fully known")
    content = proto.tensor_content  # every reading copies it
    if content and proto.dtype != types_pb2.DT_STRING:
        shape = [dim.size for dim in proto.tensor_shape.dim]
        dtype = np.dtype(tf.as_dtype(proto.dtype).as_numpy_dtype)
        if len(content) != math.prod(shape) * dtype.itemsize:
            raise ValueError(f"{len(content)} bytes do not fill {shape} of {dtype}")
        return np.frombuffer(content, dtype).reshape(shape)
    try:
        array: Array = tf.make_ndarray(proto)
    except (TypeError, KeyError) as error:
        raise ValueError(str(error)) from error
    return array


def fill(proto: tensor_pb2.TensorProto, value: Any, dtype: int, as_content: bool) -> None:
    """Write a fetched tensor into an empty message; ``dtype`` is its types_pb2.DataType.

    Strings stay in ``string_val`` either way: only C++ reads them out of ``tensor_content``.
    """
    numpy_dtype = object if dtype == types_pb2.DT_STRING else tf.as_dtype(dtype).as_numpy_dtype
    array: Array = np.asarray(value, numpy_dtype)
    proto.dtype = dtype
    proto.tensor_shape.SetInParent()  # a scalar's shape is present and empty
    for size in array.shape:
        proto.tensor_shape.dim.add(size=size)
    if dtype not in _FIELDS or (as_content and dtype != types_pb2.DT_STRING):
        proto.tensor_content = array.tobytes()
    else:
        name, elements = _FIELDS[dtype]
        getattr(proto, name).extend(elements(array))
