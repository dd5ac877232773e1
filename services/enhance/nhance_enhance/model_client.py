"""The model server's client: frames in, enhanced frames out, as numpy arrays.

Pixels are NV12 as the servables take them: ``luma`` uint8 [N,H,W,1] and ``chroma`` uint8
[N,⌈H/2⌉,⌈W/2⌉,2].
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Generic, NoReturn, Self, TypeVar

import grpc
import numpy as np
from numpy.typing import NDArray
from opentelemetry import trace
from opentelemetry.context import Context, get_current

from nhance_enhance.tensors import Array, fill, from_proto
from nhance_kit import tracing
from nhance_kit.errors import ModelNotServed, ModelRejected, ModelUnavailable
from nhance_proto.serving import (
    GetModelMetadataRequest,
    ModelSpec,
    PredictionServiceStub,
    PredictRequest,
    PredictResponse,
    SignatureDefMap,
    TensorInfo,
)

Uint8 = NDArray[np.uint8]
Float32 = NDArray[np.float32]
Value = TypeVar("Value")

TARGET_BYTES_PER_RPC = 8_000_000
RETRY_BUFFER_BYTES = 128 * 2**20
TRANSIENT = {
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
}
# What is wrong with one call or one machine, as far as is known: elsewhere it may succeed.
FAILED = {
    grpc.StatusCode.ABORTED,
    grpc.StatusCode.DATA_LOSS,
    grpc.StatusCode.INTERNAL,
    grpc.StatusCode.UNKNOWN,
}
RETRY_POLICY = {
    "maxAttempts": 5,  # the most that gRPC allows; backoff is jittered by it (gRFC A6)
    "initialBackoff": "0.5s",
    "maxBackoff": "15s",
    "backoffMultiplier": 3,
    "retryableStatusCodes": sorted(code.name for code in TRANSIENT),
}
CHANNEL_OPTIONS: list[tuple[str, Any]] = [
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", -1),
    (
        "grpc.service_config",
        json.dumps(
            {
                # Where the address names several servers, they take turns.
                "loadBalancingConfig": [{"round_robin": {}}],
                "methodConfig": [{"name": [{}], "retryPolicy": RETRY_POLICY}],
            }
        ),
    ),
    ("grpc.per_rpc_retry_buffer_size", RETRY_BUFFER_BYTES),  # else large requests get one try
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 2000),
]


def frames_per_rpc(height: int, width: int) -> int:
    """How many NV12 frames of this size to send in one call: about 8 MB, at least one."""
    frame_bytes = height * width + 2 * math.ceil(height / 2) * math.ceil(width / 2)
    return max(1, TARGET_BYTES_PER_RPC // frame_bytes)


@dataclass(frozen=True)
class Tensor:
    """An input or output of a signature; -1: a size that is not fixed, None: a rank that is not."""

    dtype: int
    shape: tuple[int, ...] | None


@dataclass(frozen=True)
class Signature:
    inputs: Mapping[str, Tensor]
    outputs: Mapping[str, Tensor]


@dataclass(frozen=True)
class ModelInfo:
    """What a version of a model can do."""

    name: str
    version: int
    signatures: Mapping[str, Signature]

    @property
    def has_look(self) -> bool:
        """Whether there is a ``look`` signature, and so a ``look`` input to ``enhance``."""
        return "look" in self.signatures


class Pending(Generic[Value]):
    """An answer that is on its way."""

    def __init__(
        self, call: grpc.Future[PredictResponse], read: Callable[[PredictResponse], Value]
    ) -> None:
        self._call = call
        self._read = read

    def result(self) -> Value:
        """Wait for the answer. Raises what the method that started the call raises."""
        try:
            response = self._call.result()
        except grpc.FutureCancelledError as error:
            raise ModelUnavailable("The call to the model server was given up.") from error
        except grpc.RpcError as error:
            _reraise(error)
        return self._read(response)

    def cancel(self) -> None:
        """Give the call up; ``result`` then raises ModelUnavailable."""
        self._call.cancel()


class ModelClient:
    """A connection to a model server; safe to share between threads.

    A call that fails for a transient reason is tried up to five times within its deadline, by
    gRPC itself. What is raised in the end: ModelUnavailable and ModelNotServed (transient), and
    ModelRejected (permanent).
    """

    def __init__(self, address: str, *, deadline_s: float = 300.0) -> None:
        """``address`` is ``unix:/path`` or ``host:port``; ``deadline_s`` bounds each call."""
        self._channel = grpc.insecure_channel(address, CHANNEL_OPTIONS)
        self._stub = PredictionServiceStub(self._channel)
        self._deadline_s = deadline_s

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._channel.close()

    def signatures(self, model: str, version: int | str | None = None) -> ModelInfo:
        """The signatures of a version, of a label's version or (None) of the latest one."""
        request = GetModelMetadataRequest(
            model_spec=_spec(model, version), metadata_field=["signature_def"]
        )
        try:
            response = self._stub.GetModelMetadata(request, timeout=self._deadline_s)
        except grpc.RpcError as error:
            _reraise(error)
        found = SignatureDefMap.FromString(response.metadata["signature_def"].value)
        signatures = {
            name: Signature(_tensors(signature.inputs), _tensors(signature.outputs))
            for name, signature in found.signature_def.items()
        }
        return ModelInfo(model, response.model_spec.version.value, signatures)

    def model(self, name: str, version: int | str | None = None) -> Model:
        """A model with its version resolved now, once, so that all its calls get the same one."""
        return Model(self, self.signatures(name, version))

    def predict(
        self,
        info: ModelInfo,
        signature: str,
        inputs: Mapping[str, Array],
        context: Context | None = None,
    ) -> grpc.Future[PredictResponse]:
        """Start a Predict call; ``context`` has the span that it belongs to."""
        request = PredictRequest(model_spec=_spec(info.name, info.version))
        request.model_spec.signature_name = signature
        for name, array in inputs.items():
            fill(request.inputs[name], array)
        call = tracing.started("Predict", context)
        call.set_attributes({"nhance.model": info.name, "nhance.signature": signature})
        parent = tracing.carried(trace.set_span_in_context(call, context))
        metadata = ((tracing.HEADER, parent),) if parent else None
        future = self._stub.Predict.future(request, timeout=self._deadline_s, metadata=metadata)
        future.add_done_callback(lambda _: call.end())
        return future


class Model:
    """One version of one model; made by ``ModelClient.model``."""

    def __init__(self, client: ModelClient, info: ModelInfo) -> None:
        self._client = client
        self.info = info
        # Calls come from threads of the pipeline, which know nothing of whom they work for.
        self._context = get_current()

    def enhance(
        self,
        luma: Uint8,
        chroma: Uint8,
        yuv_to_rgb: Float32,
        strength: float,
        look: Float32 | None = None,
    ) -> tuple[Uint8, Uint8]:
        """Enhanced ``luma`` and ``chroma``, of the same shapes (and read-only).

        ``yuv_to_rgb`` is float32 [3,4], ``strength`` 0…1, ``look`` float32 [N,K] for a model that
        has one. Raises ModelUnavailable, ModelNotServed, and ModelRejected if the model refuses the
        input or answers with another type or shape.
        """
        return self.start_enhance(luma, chroma, yuv_to_rgb, strength, look).result()

    def start_enhance(
        self,
        luma: Uint8,
        chroma: Uint8,
        yuv_to_rgb: Float32,
        strength: float,
        look: Float32 | None = None,
    ) -> Pending[tuple[Uint8, Uint8]]:
        """``enhance`` without waiting, so that two calls can be in flight."""
        inputs: dict[str, Array] = {
            "luma": luma,
            "chroma": chroma,
            "yuv_to_rgb": yuv_to_rgb,
            "strength": np.array(strength, np.float32),
        }
        if look is not None:
            inputs["look"] = look

        def read(response: PredictResponse) -> tuple[Uint8, Uint8]:
            return (
                self._output(response, "luma", np.uint8, luma.shape),
                self._output(response, "chroma", np.uint8, chroma.shape),
            )

        return Pending(self._client.predict(self.info, "enhance", inputs, self._context), read)

    def look(self, luma: Uint8, chroma: Uint8, yuv_to_rgb: Float32) -> Float32:
        """The look of each frame, float32 [N,K], finite. Raises as ``enhance`` does."""
        return self.start_look(luma, chroma, yuv_to_rgb).result()

    def start_look(self, luma: Uint8, chroma: Uint8, yuv_to_rgb: Float32) -> Pending[Float32]:
        """``look`` without waiting."""
        inputs: dict[str, Array] = {"luma": luma, "chroma": chroma, "yuv_to_rgb": yuv_to_rgb}

        def read(response: PredictResponse) -> Float32:
            look = self._output(response, "look", np.float32, (len(luma), -1))
            if not np.isfinite(look).all():
                raise ModelRejected(f"{self} answered with a look that is not finite.")
            return look

        return Pending(self._client.predict(self.info, "look", inputs, self._context), read)

    def __str__(self) -> str:
        return f"Model {self.info.name}, version {self.info.version},"

    def _output(
        self, response: PredictResponse, name: str, dtype: type[np.generic], shape: tuple[int, ...]
    ) -> Array:
        if name not in response.outputs:
            raise ModelRejected(f"{self} answered without {name}.")
        try:
            array = from_proto(response.outputs[name])
        except ValueError as error:
            raise ModelRejected(f"{self} answered with a malformed {name}: {error}.") from error
        same_shape = array.ndim == len(shape) and all(
            want in (-1, got) for want, got in zip(shape, array.shape, strict=True)
        )
        if array.dtype != dtype or not same_shape:
            raise ModelRejected(
                f"{self} answered with {name} {array.dtype} {list(array.shape)} "
                f"instead of {np.dtype(dtype)} {list(shape)}."
            )
        return array


def _spec(model: str, version: int | str | None) -> ModelSpec:
    spec = ModelSpec(name=model)
    if isinstance(version, str):
        spec.version_label = version
    elif version is not None:
        spec.version.value = version
    return spec


def _tensors(infos: Mapping[str, TensorInfo]) -> dict[str, Tensor]:
    return {
        name: Tensor(
            info.dtype,
            None
            if info.tensor_shape.unknown_rank
            else tuple(dim.size for dim in info.tensor_shape.dim),
        )
        for name, info in infos.items()
    }


def _reraise(error: grpc.RpcError) -> NoReturn:
    """Raise a failed call in nhance's terms."""
    code, details = error.code(), (error.details() or "no details").rstrip(".")
    if code is grpc.StatusCode.NOT_FOUND:
        raise ModelNotServed(f"The model server does not have this model: {details}.") from error
    if code in TRANSIENT or code is grpc.StatusCode.CANCELLED:  # cancelled: it was shut down
        raise ModelUnavailable(f"The model server did not answer: {details}.") from error
    if code in FAILED:
        raise ModelUnavailable(f"The model server failed ({code.name}): {details}.") from error
    raise ModelRejected(f"The model server refused ({code.name}): {details}.") from error
