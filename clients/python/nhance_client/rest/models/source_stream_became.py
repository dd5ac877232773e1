from typing import Literal

SourceStreamBecame = Literal["copied", "enhanced", "left out"]

SOURCE_STREAM_BECAME_VALUES: set[SourceStreamBecame] = {
    "copied",
    "enhanced",
    "left out",
}


def check_source_stream_became(value: str) -> SourceStreamBecame:
    if value in SOURCE_STREAM_BECAME_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {SOURCE_STREAM_BECAME_VALUES!r}")
