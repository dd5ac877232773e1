"""The worker's client against the embedded server, in both encodings of the reply."""

from __future__ import annotations

import numpy as np
import pytest

from nhance_enhance.model_client import Model, ModelClient
from nhance_kit.errors import ModelNotServed, ModelRejected

from .servables import Running

MATRIX = np.eye(3, 4, dtype=np.float32)
LUMA = np.arange(2 * 5 * 7, dtype=np.uint8).reshape(2, 5, 7, 1)
CHROMA = np.arange(2 * 3 * 4 * 2, dtype=np.uint8).reshape(2, 3, 4, 2)


@pytest.fixture(params=["shared", "shared_content"])
def client(request: pytest.FixtureRequest) -> ModelClient:
    server: Running = request.getfixturevalue(request.param)
    return ModelClient(server.address)


@pytest.fixture
def model(client: ModelClient) -> Model:
    return client.model("tiny")


def test_signatures(client: ModelClient) -> None:
    info = client.signatures("tiny")
    assert (info.name, info.version) == ("tiny", 1)
    assert info.has_look
    assert info.signatures["enhance"].inputs["luma"].shape == (-1, -1, -1, 1)
    assert info.signatures["enhance"].inputs["strength"].shape == ()


def test_enhance_and_look(model: Model) -> None:
    look = model.look(LUMA, CHROMA, MATRIX)
    np.testing.assert_allclose(look[:, 0], LUMA.mean((1, 2, 3)))
    assert look[:, 1].tolist() == [0.5, 0.5]
    luma, chroma = model.enhance(LUMA, CHROMA, MATRIX, 2.0, look)
    np.testing.assert_array_equal(luma, LUMA + 2)
    np.testing.assert_array_equal(chroma, CHROMA)


def test_two_calls_in_flight(model: Model) -> None:
    look = model.look(LUMA, CHROMA, MATRIX)
    pending = [model.start_enhance(LUMA, CHROMA, MATRIX, strength, look) for strength in (1, 2)]
    assert [int(p.result()[0][0, 0, 0, 0]) for p in pending] == [1, 2]


def test_what_is_not_there(client: ModelClient, model: Model) -> None:
    with pytest.raises(ModelNotServed, match=r"Latest\(nope\)"):
        client.model("nope")
    with pytest.raises(ModelNotServed, match=r"Specific\(tiny, 7\)"):
        client.model("tiny", 7)
    with pytest.raises(ModelRejected, match="Unrecognized servable version label"):
        client.model("tiny", "stable")
    with pytest.raises(ModelRejected, match=r"Missing but required: \{look\}"):
        model.enhance(LUMA, CHROMA, MATRIX, 1.0)
