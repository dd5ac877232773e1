from typing import Literal

Comparison = Literal["none", "side", "split", "swipe"]

COMPARISON_VALUES: set[Comparison] = {
    "none",
    "side",
    "split",
    "swipe",
}


def check_comparison(value: str) -> Comparison:
    if value in COMPARISON_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {COMPARISON_VALUES!r}")
