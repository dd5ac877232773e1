from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.framework import tensor_pb2, types_pb2

from nhance_serving.tensors import fill, to_array

TYPES = [
    tf.float16,
    tf.bfloat16,
    tf.float32,
    tf.float64,
    tf.int8,
    tf.int16,
    tf.int32,
    tf.int64,
    tf.uint8,
    tf.uint16,
    tf.uint32,
    tf.uint64,
    tf.bool,
    tf.complex64,
    tf.complex128,
]


@pytest.mark.parametrize("as_content", [False, True])
@pytest.mark.parametrize("dtype", TYPES, ids=lambda dtype: str(dtype.name))
def test_every_type_survives_both_encodings(dtype: tf.DType, as_content: bool) -> None:
    array = np.array([[0, 1, 2], [3, 4, 5]]).astype(dtype.as_numpy_dtype)
    proto = tensor_pb2.TensorProto()
    fill(proto, array, dtype.as_datatype_enum, as_content)
    assert as_content == bool(proto.tensor_content)
    read = to_array(proto)
    assert array.dtype == read.dtype
    np.testing.assert_array_equal(read, array)
    np.testing.assert_array_equal(tf.make_ndarray(proto), array)


@pytest.mark.parametrize("as_content", [False, True])
def test_strings_keep_their_zero_bytes(as_content: bool) -> None:
    proto = tensor_pb2.TensorProto()
    fill(proto, b"a\0", types_pb2.DT_STRING, as_content)
    assert list(proto.string_val) == [b"a\0"]
    assert to_array(proto).item() == b"a\0"


def test_short_value_fields_repeat_their_last_value() -> None:
    proto = tensor_pb2.TensorProto(dtype=types_pb2.DT_UINT8, int_val=[3, 7])
    proto.tensor_shape.dim.add(size=4)
    assert to_array(proto).tolist() == [3, 7, 7, 7]


@pytest.mark.parametrize(
    "proto",
    [
        tensor_pb2.TensorProto(dtype=types_pb2.DT_FLOAT, tensor_content=b"abc"),
        tensor_pb2.TensorProto(dtype=types_pb2.DT_UINT8, int_val=[1, 2, 3]),
        tensor_pb2.TensorProto(dtype=types_pb2.DT_RESOURCE),
        tensor_pb2.TensorProto(
            dtype=types_pb2.DT_FLOAT, tensor_shape={"unknown_rank": True}, float_val=[1.0]
        ),
        tensor_pb2.TensorProto(
            dtype=types_pb2.DT_FLOAT, tensor_shape={"dim": [{"size": -1}]}, float_val=[1.0]
        ),
    ],
    ids=["short-content", "too-many-values", "resource", "unknown-rank", "negative-size"],
)
def test_malformed_tensors_are_refused(proto: tensor_pb2.TensorProto) -> None:
    with pytest.raises(ValueError, match=r".+"):
        to_array(proto)
