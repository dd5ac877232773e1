"""One Predict call on one servable: check it against the signature, run it, build the reply.

Checks, codes and messages follow tensorflow_serving/servables/tensorflow/predict_util.cc and
tensorflow/cc/saved_model/util.cc.
"""

from __future__ import annotations

from collections.abc import Iterable

import grpc
from tensorflow.core.framework import tensor_pb2, types_pb2
from tensorflow.core.protobuf import meta_graph_pb2
from tensorflow_serving.apis import predict_pb2

from nhance_serving.errors import ServingError, failed_precondition, invalid_argument
from nhance_serving.servable import Servable
from nhance_serving.tensors import Array, fill, to_array

DEFAULT_SIGNATURE = "serving_default"
_CALLABLE = ("predict", "classify", "regress")
_METHODS = frozenset(f"tensorflow/serving/{name}" for name in _CALLABLE)


def run_predict(
    servable: Servable, request: predict_pb2.PredictRequest, as_content: bool
) -> predict_pb2.PredictResponse:
    """Answer ``request``; ``as_content`` puts the outputs into ``tensor_content``.

    Raises ServingError: FAILED_PRECONDITION for an unknown signature, INVALID_ARGUMENT for inputs
    or outputs that do not fit it, else what TensorFlow reports.
    """
    signature_name = request.model_spec.signature_name or DEFAULT_SIGNATURE
    signature = servable.signatures.get(signature_name)
    if signature is None:
        raise failed_precondition(f'Serving signature key "{signature_name}" not found.')
    if signature.method_name not in _METHODS:
        raise ServingError(
            grpc.StatusCode.INTERNAL,
            "Expected prediction signature method_name to be one of "
            f"{_braces(sorted(_METHODS))}. Was: {signature.method_name}",
        )
    feeds = _feeds(signature, request)
    wanted = _wanted_outputs(signature, request.output_filter)
    fetched = servable.run(feeds, [signature.outputs[alias].name for alias in wanted])

    response = predict_pb2.PredictResponse()
    response.model_spec.name = request.model_spec.name
    response.model_spec.version.value = servable.version
    response.model_spec.signature_name = signature_name
    for alias, value in zip(wanted, fetched, strict=True):
        dtype = signature.outputs[alias].dtype
        fill(response.outputs[alias], value, dtype, as_content)
    return response


def _feeds(
    signature: meta_graph_pb2.SignatureDef, request: predict_pb2.PredictRequest
) -> dict[str, Array]:
    """Tensor name in the graph to array, for every input of the signature."""
    _check_input_names(signature, request)
    feeds: dict[str, Array] = {}
    for index, alias in enumerate(sorted(signature.inputs)):
        info = signature.inputs[alias]
        proto = request.inputs[alias] if alias in request.inputs else signature.defaults[alias]
        if proto.dtype != info.dtype:
            raise invalid_argument(
                f"Expects arg[{index}] to be {_type_name(info.dtype)} "
                f"but {_type_name(proto.dtype)} is provided (input {alias})"
            )
        feeds[info.name] = _parse(alias, proto)
        _check_shape(alias, info, feeds[info.name].shape)
    return feeds


def _check_input_names(
    signature: meta_graph_pb2.SignatureDef, request: predict_pb2.PredictRequest
) -> None:
    sent, expected = set(request.inputs), set(signature.inputs)
    if len(sent) > len(expected) or (len(sent) < len(expected) and not signature.defaults):
        raise invalid_argument(
            f"input size does not match signature: {len(sent)}!={len(expected)} "
            f"len({_braces(sent)}) != len({_braces(expected)}). "
            f"Sent extra: {_braces(sent - expected)}. "
            f"Missing but required: {_braces(expected - sent)}."
        )
    for alias in sorted(expected - sent - set(signature.defaults)):
        raise invalid_argument(
            f"Signature input alias: {alias}(feed name: {signature.inputs[alias].name}) not found "
            "in request and no default value provided. Inputs expected to be in the request "
            f"{_braces(sent)}, or default input alias set: {','.join(sorted(signature.defaults))}"
        )
    if sent - expected:
        raise invalid_argument(
            "Inputs contains invalid name. Used request inputs: "
            f"{','.join(sorted(sent & expected))}, request input: {','.join(sorted(sent))}"
        )


def _parse(alias: str, proto: tensor_pb2.TensorProto) -> Array:
    try:
        return to_array(proto)
    except ValueError as error:
        raise invalid_argument(f"tensor parsing error: {alias}: {error}") from error


def _check_shape(alias: str, info: meta_graph_pb2.TensorInfo, shape: tuple[int, ...]) -> None:
    if info.tensor_shape.unknown_rank:
        return
    expected = [dim.size for dim in info.tensor_shape.dim]
    fits = len(expected) == len(shape) and all(
        want in (-1, got) for want, got in zip(expected, shape, strict=True)
    )
    if not fits:
        raise invalid_argument(
            f"input {alias} has shape {list(shape)}, which does not fit the signature's {expected}"
        )


def _wanted_outputs(
    signature: meta_graph_pb2.SignatureDef, output_filter: Iterable[str]
) -> list[str]:
    wanted: list[str] = []
    for alias in output_filter:
        if alias not in signature.outputs:
            raise invalid_argument(
                f"output tensor alias not found in signature: {alias} "
                f"Outputs expected to be in the set {_braces(signature.outputs)}."
            )
        if alias in wanted:
            raise invalid_argument(f"duplicate output tensor alias: {alias}")
        wanted.append(alias)
    return wanted or sorted(signature.outputs)


def _braces(names: Iterable[str]) -> str:
    return "{" + ",".join(sorted(names)) + "}"


def _type_name(dtype: int) -> str:
    name: str = types_pb2.DataType.Name(dtype) if dtype in types_pb2.DataType.values() else "?"
    return name.removeprefix("DT_").lower()
