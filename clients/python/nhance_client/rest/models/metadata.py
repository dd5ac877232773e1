from typing import Literal

Metadata = Literal["keep", "strip", "strip-location"]

METADATA_VALUES: set[Metadata] = {
    "keep",
    "strip",
    "strip-location",
}


def check_metadata(value: str) -> Metadata:
    if value in METADATA_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {METADATA_VALUES!r}")
