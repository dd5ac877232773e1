"""What the client makes of a model server's answers, good and bad, without one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
import numpy as np
import pytest

from nhance_enhance.model_client import Model, ModelClient, ModelInfo, frames_per_rpc
from nhance_enhance.tensors import fill, from_proto
from nhance_kit.errors import ModelNotServed, ModelRejected, ModelUnavailable
from nhance_proto.serving import DataType, PredictRequest, PredictResponse, TensorProto

MATRIX = np.eye(3, 4, dtype=np.float32)
LUMA = np.zeros((2, 4, 6, 1), np.uint8)
CHROMA = np.zeros((2, 2, 3, 2), np.uint8)
Answer = Callable[[PredictRequest, grpc.ServicerContext], PredictResponse]


def to_proto(array: np.ndarray) -> TensorProto:
    proto = TensorProto()
    fill(proto, array)
    return proto


class FakeServer:
    """Predict, answered by whatever ``answer`` is at the time; listens once started."""

    def __init__(self) -> None:
        self.calls = 0
        self.answer: Answer = lambda request, context: PredictResponse(outputs=request.inputs)
        self._server = grpc.server(
            ThreadPoolExecutor(4),
            options=[
                ("grpc.max_receive_message_length", -1),
                ("grpc.max_send_message_length", -1),
            ],
        )
        handler = grpc.unary_unary_rpc_method_handler(
            self._predict, PredictRequest.FromString, PredictResponse.SerializeToString
        )
        self._server.add_generic_rpc_handlers(
            [
                grpc.method_handlers_generic_handler(
                    "tensorflow.serving.PredictionService", {"Predict": handler}
                )
            ]
        )

    def start(self, address: str) -> int:
        port: int = self._server.add_insecure_port(address)
        self._server.start()
        return port

    def stop(self) -> None:
        self._server.stop(0).wait()

    def _predict(self, request: PredictRequest, context: grpc.ServicerContext) -> PredictResponse:
        self.calls += 1
        return self.answer(request, context)


@pytest.fixture
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"unix:{tmp_path_factory.mktemp('s')}/m.sock"


@pytest.fixture
def server() -> Iterator[FakeServer]:
    fake = FakeServer()
    yield fake
    fake.stop()


@pytest.fixture
def model(address: str) -> Iterator[Model]:
    with ModelClient(address, deadline_s=30.0) as client:
        yield Model(client, ModelInfo("fake", 3, {}))


def failing(code: grpc.StatusCode, times: int) -> Answer:
    left = [times]

    def answer(request: PredictRequest, context: grpc.ServicerContext) -> PredictResponse:
        left[0] -= 1
        if left[0] >= 0:
            context.abort(code, "not now")
        return PredictResponse(outputs=request.inputs)

    return answer


def answering(**outputs: np.ndarray | None) -> Answer:
    protos = {name: to_proto(array) for name, array in outputs.items() if array is not None}
    return lambda request, context: PredictResponse(outputs=protos)


def test_several_servers_take_turns_and_one_that_goes_is_passed_over() -> None:
    """By addresses that stand in for what DNS says of a headless Service."""
    servers = [FakeServer(), FakeServer()]
    ports = [server.start("127.0.0.1:0") for server in servers]
    address = "ipv4:" + ",".join(f"127.0.0.1:{port}" for port in ports)
    info = ModelInfo("fake", 3, {})
    with ModelClient(address, deadline_s=30.0) as client:

        def call() -> None:
            Model(client, info).enhance(LUMA, CHROMA, MATRIX, 1.0)

        # Connections are made one after the other; turns are taken once both are there.
        deadline = time.monotonic() + 20
        while not all(server.calls for server in servers) and time.monotonic() < deadline:
            call()
        before = [server.calls for server in servers]
        for _ in range(10):
            call()
        assert [5, 5] == [server.calls - n for server, n in zip(servers, before, strict=True)]

        servers[0].stop()
        for _ in range(3):
            call()
    servers[1].stop()


@pytest.mark.parametrize(
    ("height", "width", "expected"),
    [(720, 1280, 5), (360, 640, 23), (1080, 1920, 2), (2160, 3840, 1), (1, 1, 2_666_666)],
)
def test_frames_per_rpc(height: int, width: int, expected: int) -> None:
    assert expected == frames_per_rpc(height, width)


@pytest.mark.parametrize(
    "dtype", ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?"]
)
def test_tensors_survive_the_wire(dtype: str) -> None:
    array = np.arange(6).reshape(2, 3).astype(dtype)
    read = from_proto(TensorProto.FromString(to_proto(array).SerializeToString()))
    assert array.dtype == read.dtype
    np.testing.assert_array_equal(read, array)


def test_value_fields_are_read_and_filled_up() -> None:
    proto = TensorProto(dtype=DataType.DT_UINT8, int_val=[1, 200])
    proto.tensor_shape.dim.add(size=3)
    assert from_proto(proto).tolist() == [1, 200, 200]
    assert np.uint8 == from_proto(proto).dtype
    half = TensorProto(dtype=DataType.DT_HALF, half_val=[0x3C00])
    assert from_proto(half).item() == 1.0


def test_request_names_the_version_and_the_signature(
    server: FakeServer, model: Model, address: str
) -> None:
    seen: list[PredictRequest] = []

    def answer(request: PredictRequest, context: grpc.ServicerContext) -> PredictResponse:
        seen.append(request)
        return PredictResponse(outputs=request.inputs)

    server.answer = answer
    server.start(address)
    luma, chroma = model.enhance(LUMA, CHROMA, MATRIX, 0.5, np.zeros((2, 4), np.float32))
    assert (
        seen[0].model_spec.name,
        seen[0].model_spec.version.value,
        seen[0].model_spec.signature_name,
    ) == ("fake", 3, "enhance")
    assert {"luma", "chroma", "yuv_to_rgb", "strength", "look"} == set(seen[0].inputs)
    assert (LUMA.shape, CHROMA.shape) == (luma.shape, chroma.shape)


def test_waits_for_a_server_that_starts_late(
    server: FakeServer, model: Model, address: str
) -> None:
    timer = threading.Timer(1.0, server.start, [address])
    timer.start()
    large = np.zeros((20, 720, 1280, 1), np.uint8)  # more than gRPC buffers for retries by default
    luma, _ = model.enhance(large, CHROMA, MATRIX, 1.0)
    timer.join()
    assert large.shape == luma.shape


@pytest.mark.parametrize(
    "code",
    [
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
    ],
)
def test_transient_codes_are_tried_again(
    server: FakeServer, model: Model, address: str, code: grpc.StatusCode
) -> None:
    server.answer = failing(code, times=1)
    server.start(address)
    model.enhance(np.zeros((2, 720, 1280, 1), np.uint8), CHROMA, MATRIX, 1.0)
    assert server.calls == 2


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (grpc.StatusCode.INVALID_ARGUMENT, ModelRejected),
        (grpc.StatusCode.FAILED_PRECONDITION, ModelRejected),
        (grpc.StatusCode.INTERNAL, ModelUnavailable),
        (grpc.StatusCode.UNKNOWN, ModelUnavailable),
        (grpc.StatusCode.ABORTED, ModelUnavailable),
        (grpc.StatusCode.NOT_FOUND, ModelNotServed),
        (grpc.StatusCode.CANCELLED, ModelUnavailable),
    ],
)
def test_no_call_is_repeated_for_other_codes(
    server: FakeServer,
    model: Model,
    address: str,
    code: grpc.StatusCode,
    expected: type[Exception],
) -> None:
    server.answer = failing(code, times=100)
    server.start(address)
    with pytest.raises(expected, match="not now"):
        model.enhance(LUMA, CHROMA, MATRIX, 1.0)
    assert server.calls == 1


def test_deadline_bounds_the_whole_call(server: FakeServer, address: str) -> None:
    server.answer = failing(grpc.StatusCode.UNAVAILABLE, times=100)
    server.start(address)
    with ModelClient(address, deadline_s=0.5) as client:
        started = time.monotonic()
        with pytest.raises(ModelUnavailable):
            Model(client, ModelInfo("fake", 3, {})).look(LUMA, CHROMA, MATRIX)
        assert time.monotonic() - started < 1.5


def test_call_can_be_given_up(model: Model) -> None:
    pending = model.start_enhance(LUMA, CHROMA, MATRIX, 1.0)
    pending.cancel()
    with pytest.raises(ModelUnavailable, match="given up"):
        pending.result()


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        ({"luma": None}, "without luma"),
        ({"luma": LUMA.astype(np.float32)}, "luma float32 .* instead of uint8"),
        ({"luma": LUMA[:1]}, r"luma uint8 \[1, 4, 6, 1\] instead of uint8 \[2, 4, 6, 1\]"),
        ({"chroma": CHROMA[..., :1]}, "chroma uint8"),
    ],
)
def test_unusable_frames_are_refused(
    server: FakeServer,
    model: Model,
    address: str,
    outputs: dict[str, np.ndarray | None],
    expected: str,
) -> None:
    server.answer = answering(**({"luma": LUMA, "chroma": CHROMA} | outputs))
    server.start(address)
    with pytest.raises(ModelRejected, match=expected):
        model.enhance(LUMA, CHROMA, MATRIX, 1.0)


@pytest.mark.parametrize(
    ("look", "expected"),
    [
        (np.array([[0, np.nan], [0, 0]], np.float32), "not finite"),
        (np.array([[0, np.inf], [0, 0]], np.float32), "not finite"),
        (np.zeros((3, 2), np.float32), "instead of float32"),
        (np.zeros(2, np.float32), "instead of float32"),
        (np.zeros((2, 2), np.float64), "instead of float32"),
    ],
)
def test_unusable_looks_are_refused(
    server: FakeServer, model: Model, address: str, look: np.ndarray, expected: str
) -> None:
    server.answer = answering(look=look)
    server.start(address)
    with pytest.raises(ModelRejected, match=expected):
        model.look(LUMA, CHROMA, MATRIX)


def test_malformed_tensor_is_refused(server: FakeServer, model: Model, address: str) -> None:
    look = TensorProto(dtype=DataType.DT_FLOAT, tensor_content=b"abc")
    server.answer = lambda request, context: PredictResponse(outputs={"look": look})
    server.start(address)
    with pytest.raises(ModelRejected, match="malformed look"):
        model.look(LUMA, CHROMA, MATRIX)
