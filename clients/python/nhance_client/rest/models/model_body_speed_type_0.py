from typing import Literal

ModelBodySpeedType0 = Literal["fast", "live", "slow"]

MODEL_BODY_SPEED_TYPE_0_VALUES: set[ModelBodySpeedType0] = {
    "fast",
    "live",
    "slow",
}


def check_model_body_speed_type_0(value: str) -> ModelBodySpeedType0:
    if value in MODEL_BODY_SPEED_TYPE_0_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {MODEL_BODY_SPEED_TYPE_0_VALUES!r}"
    )
