from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import (
    get_model_status_pb2,
    model_management_pb2,
    predict_pb2,
    prediction_log_pb2,
)

from .servables import Running, eventually, running, save

START, LOADING, AVAILABLE, UNLOADING, END = 10, 20, 30, 40, 50
Install = Callable[[str, int], Path]
X = tf.make_tensor_proto(np.ones((2, 2), np.float32))


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def server(install: Install, models: Path) -> Iterator[Running]:
    """A server of its own, with version 1 of ``tiny``."""
    install("tiny", 1)
    with running(models) as server:
        yield server


def states(server: Running, name: str = "tiny") -> dict[int, int]:
    request = get_model_status_pb2.GetModelStatusRequest()
    request.model_spec.name = name
    try:
        reply = server.models.GetModelStatus(request)
    except grpc.RpcError:
        return {}
    return {status.version: status.state for status in reply.model_version_status}


def predict(server: Running, version: int | str | None = None, name: str = "tiny") -> int:
    """The version that answered."""
    request = predict_pb2.PredictRequest(inputs={"x": X})
    request.model_spec.name = name
    if isinstance(version, str):
        request.model_spec.version_label = version
    elif version is not None:
        request.model_spec.version.value = version
    return int(server.prediction.Predict(request).model_spec.version.value)


def test_labelled_versions_are_served(server: Running, models: Path, install: Install) -> None:
    labels = models / "tiny" / "labels.json"
    labels.write_text('{"stable": 1, "canary": 2}')
    for version in (2, 3):
        install("tiny", version)
    eventually(lambda: states(server) == {1: AVAILABLE, 2: AVAILABLE})
    assert [1, 2] == [predict(server, version) for version in (1, 2)]
    labels.write_text('{"stable": 3}')
    eventually(lambda: states(server) == {1: END, 2: END, 3: AVAILABLE})


def test_the_canarys_share_is_no_version(server: Running, models: Path, install: Install) -> None:
    labels = models / "tiny" / "labels.json"
    labels.write_text('{"stable": 2, "canary": 3, "canary_share": 1}')
    for version in (2, 3):
        install("tiny", version)
    eventually(lambda: states(server) == {1: END, 2: AVAILABLE, 3: AVAILABLE})
    labels.write_text('{"canary_share": 0}')
    eventually(lambda: states(server) == {1: END, 2: END, 3: AVAILABLE})


def reload(server: Running, *models: dict[str, object]) -> None:
    request = model_management_pb2.ReloadConfigRequest()
    for model in models:
        request.config.model_config_list.config.add(**model)
    assert server.models.HandleReloadConfigRequest(request).status.error_code == 0


def tiny(models: Path, **more: object) -> dict[str, object]:
    return {
        "name": "tiny",
        "base_path": str(models / "tiny"),
        "model_platform": "tensorflow",
        **more,
    }


def test_new_version_takes_over(server: Running, install: Install) -> None:
    assert predict(server) == 1
    install("tiny", 2)
    eventually(lambda: states(server) == {2: AVAILABLE, 1: END})
    assert predict(server) == 2
    with pytest.raises(grpc.RpcError, match=r"Specific\(tiny, 1\)"):
        predict(server, 1)


def test_statuses_list_the_highest_version_first(server: Running, install: Install) -> None:
    install("tiny", 10)
    eventually(lambda: list(states(server)) == [10, 1])


def test_there_is_no_gap_while_versions_change(server: Running, install: Install) -> None:
    answered: set[int] = set()
    install("tiny", 2)
    while 2 not in answered:
        answered.add(predict(server))
    assert answered <= {1, 2}


def test_new_model_appears_without_a_restart_and_goes_with_its_files(
    server: Running, install: Install, models: Path
) -> None:
    path = install("other", 3)
    eventually(lambda: states(server, "other") == {3: AVAILABLE})
    assert predict(server, name="other") == 3
    path.rename(models.parent / "gone")
    eventually(lambda: states(server, "other") == {3: END})
    assert predict(server) == 1


def test_what_is_no_version_is_ignored(server: Running, models: Path) -> None:
    (models / "tiny" / "2").mkdir()  # no SavedModel in it
    (models / "tiny" / "latest").mkdir()
    (models / "notes.txt").write_text("")
    server.server.repository.reconfigure({})  # one whole round
    assert states(server) == {1: END}


def test_version_that_fails_to_load_ends_and_is_retried_when_its_files_change(
    server: Running, saved: Path, models: Path
) -> None:
    broken = models / "tiny" / "2"
    broken.mkdir()
    (broken / "saved_model.pb").write_bytes(b"nonsense")
    eventually(lambda: states(server) == {2: END, 1: AVAILABLE})
    request = get_model_status_pb2.GetModelStatusRequest()
    request.model_spec.name = "tiny"
    request.model_spec.version.value = 2
    status = server.models.GetModelStatus(request).model_version_status[0].status
    assert status.error_code != 0
    assert "SavedModel" in status.error_message
    assert predict(server) == 1

    (broken / "variables").mkdir()
    for part in (saved / "variables").iterdir():
        (broken / "variables" / part.name).write_bytes(part.read_bytes())
    (broken / "saved_model.pb").write_bytes((saved / "saved_model.pb").read_bytes())
    eventually(lambda: states(server) == {2: AVAILABLE, 1: END})
    assert predict(server) == 2


def test_call_under_way_on_an_unloading_version_finishes(server: Running, install: Install) -> None:
    request = predict_pb2.PredictRequest(inputs={"seconds": tf.make_tensor_proto(1.0)})
    request.model_spec.name = "tiny"
    request.model_spec.signature_name = "slow"
    answers: list[predict_pb2.PredictResponse] = []
    call = threading.Thread(target=lambda: answers.append(server.prediction.Predict(request)))
    call.start()
    install("tiny", 2)
    eventually(lambda: states(server) == {2: AVAILABLE, 1: UNLOADING})
    assert predict(server) == 2
    call.join()
    assert answers[0].model_spec.version.value == 1
    eventually(lambda: states(server) == {2: AVAILABLE, 1: END})


def test_policies_and_labels(server: Running, install: Install, models: Path) -> None:
    install("tiny", 2)
    install("tiny", 3)
    eventually(lambda: states(server).get(3) == AVAILABLE)
    reload(server, tiny(models, model_version_policy={"specific": {"versions": [1, 3]}}))
    eventually(lambda: {v for v, state in states(server).items() if state == AVAILABLE} == {1, 3})

    reload(
        server,
        tiny(
            models,
            model_version_policy={"specific": {"versions": [1, 3]}},
            version_labels={"stable": 1, "canary": 3},
        ),
    )
    assert (predict(server, "stable"), predict(server, "canary"), predict(server)) == (1, 3, 3)

    with pytest.raises(grpc.RpcError, match="version 2 of model tiny, which is not currently"):
        reload(server, tiny(models, version_labels={"stable": 2}))
    assert predict(server, "stable") == 1

    reload(server, tiny(models, model_version_policy={"all": {}}))
    eventually(lambda: set(states(server).values()) == {AVAILABLE})
    reload(server, tiny(models, model_version_policy={"latest": {"num_versions": 2}}))
    eventually(lambda: states(server) == {3: AVAILABLE, 2: AVAILABLE, 1: END})


def test_reload_serves_exactly_the_models_it_lists(
    server: Running, install: Install, models: Path
) -> None:
    install("other", 1)
    eventually(lambda: states(server, "other") == {1: AVAILABLE})
    reload(server, tiny(models) | {"name": "renamed"})
    assert predict(server, name="renamed") == 1
    eventually(lambda: states(server, "other") == {1: END} == states(server))


@pytest.mark.parametrize(
    ("change", "code", "expected"),
    [
        ({"base_path": "tiny"}, grpc.StatusCode.INVALID_ARGUMENT, "absolute path"),
        ({"model_platform": ""}, grpc.StatusCode.INVALID_ARGUMENT, "Illegal setting neither"),
        ({"model_platform": "jax"}, grpc.StatusCode.INVALID_ARGUMENT, "unsupported platform"),
        ({"model_type": 1}, grpc.StatusCode.INVALID_ARGUMENT, "Illegal setting both"),
        (
            {"name": "new", "base_path": "/nowhere"},
            grpc.StatusCode.UNKNOWN,
            "did not become available",
        ),
    ],
)
def test_configurations_that_are_refused(
    server: Running, models: Path, change: dict[str, object], code: grpc.StatusCode, expected: str
) -> None:
    with pytest.raises(grpc.RpcError, match=expected) as caught:
        reload(server, tiny(models) | change)
    assert code is caught.value.code()


def test_configuration_with_a_model_twice_or_without_a_list(server: Running, models: Path) -> None:
    with pytest.raises(grpc.RpcError, match="multiple times"):
        reload(server, tiny(models), tiny(models))
    with pytest.raises(grpc.RpcError, match="Only ModelConfigList is currently supported"):
        server.models.HandleReloadConfigRequest(model_management_pb2.ReloadConfigRequest())
    assert predict(server) == 1


def write_warmup(path: Path, signature: str) -> None:
    prediction = prediction_log_pb2.PredictionLog()
    prediction.predict_log.request.model_spec.name = "tiny"
    prediction.predict_log.request.model_spec.signature_name = signature
    prediction.predict_log.request.inputs["x"].CopyFrom(X)
    (path / "assets.extra").mkdir()
    requests = path / "assets.extra" / "tf_serving_warmup_requests"
    with tf.io.TFRecordWriter(str(requests)) as writer:
        writer.write(prediction.SerializeToString())


def test_warm_up_requests_run_before_a_version_is_served(tmp_path: Path) -> None:
    write_warmup(save(tmp_path, "good", 1), "serving_default")
    write_warmup(save(tmp_path, "bad", 1), "nope")
    garbled = save(tmp_path, "garbled", 1) / "assets.extra"
    garbled.mkdir()
    (garbled / "tf_serving_warmup_requests").write_bytes(b"no record" * 9)
    with running(tmp_path) as server:
        assert states(server, "good") == {1: AVAILABLE}
        assert states(server, "bad") == {1: END}
        assert states(server, "garbled") == {1: END}


def test_warming_up_ends_when_its_time_is_up(tmp_path: Path) -> None:
    write_warmup(save(tmp_path, "bad", 1), "nope")
    with running(tmp_path, warm_up_s=0) as server:
        assert states(server, "bad") == {1: AVAILABLE}, "its request was not run"


def test_a_server_without_models_gets_ready(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        assert states(server) == {}
