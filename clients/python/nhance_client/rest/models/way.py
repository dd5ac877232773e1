from typing import Literal

Way = Literal["parts", "tus"]

WAY_VALUES: set[Way] = {
    "parts",
    "tus",
}


def check_way(value: str) -> Way:
    if value in WAY_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {WAY_VALUES!r}")
