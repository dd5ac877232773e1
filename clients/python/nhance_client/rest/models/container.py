from typing import Literal

Container = Literal["mkv", "mov", "mp4", "webm"]

CONTAINER_VALUES: set[Container] = {
    "mkv",
    "mov",
    "mp4",
    "webm",
}


def check_container(value: str) -> Container:
    if value in CONTAINER_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {CONTAINER_VALUES!r}")
