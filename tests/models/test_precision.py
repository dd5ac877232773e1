"""Which card gets which precision. No GPU is needed: TensorFlow's word for one is made up."""

from __future__ import annotations

from collections.abc import Iterator

import keras
import pytest
import tensorflow as tf

from nhance_models import precision


@pytest.fixture
def no_float16_after() -> Iterator[None]:
    yield
    tf.config.optimizer.set_experimental_options({"auto_mixed_precision": False})


def card(monkeypatch: pytest.MonkeyPatch, *capability: int) -> None:
    found = [object()] if capability else []
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: found)
    details = {"compute_capability": capability}
    monkeypatch.setattr(tf.config.experimental, "get_device_details", lambda device: details)


@pytest.mark.parametrize(
    ("capability", "batch", "halved"),
    [((), 8, False), ((7, 5), 32, True), ((8, 0), 32, False), ((9, 0), 32, False)],
)
def test_a_card_decides(
    monkeypatch: pytest.MonkeyPatch, capability: tuple[int, ...], batch: int, halved: bool
) -> None:
    card(monkeypatch, *capability)

    assert batch == precision.batch(8)
    assert halved == precision.wants_float16()


def test_a_card_that_says_nothing_gets_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    card(monkeypatch, 7, 5)
    monkeypatch.setattr(tf.config.experimental, "get_device_details", lambda device: {})

    assert not precision.wants_float16()


def test_losses_are_scaled_where_gradients_are_float16(
    monkeypatch: pytest.MonkeyPatch, no_float16_after: None
) -> None:
    weights = {"one": tf.Variable([2.0])}
    card(monkeypatch, 7, 5)

    optimizer = precision.adam(0.1, weights)
    with tf.GradientTape() as tape:
        loss = optimizer.scale_loss(tf.reduce_sum(tf.square(weights["one"])))
    precision.descend(optimizer, tape, loss, weights)

    assert isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
    assert float(loss) > 4.0
    assert weights["one"].numpy() == pytest.approx(1.9, abs=1e-3), "one step of Adam, unscaled"
