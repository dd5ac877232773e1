from typing import Literal

ModelLabel = Literal["canary", "stable"]

MODEL_LABEL_VALUES: set[ModelLabel] = {
    "canary",
    "stable",
}


def check_model_label(value: str) -> ModelLabel:
    if value in MODEL_LABEL_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {MODEL_LABEL_VALUES!r}")
