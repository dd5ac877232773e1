from typing import Literal

UploadedJobRequestPreset = Literal[
    "fast", "faster", "medium", "slow", "slower", "superfast", "ultrafast", "veryfast", "veryslow"
]

UPLOADED_JOB_REQUEST_PRESET_VALUES: set[UploadedJobRequestPreset] = {
    "fast",
    "faster",
    "medium",
    "slow",
    "slower",
    "superfast",
    "ultrafast",
    "veryfast",
    "veryslow",
}


def check_uploaded_job_request_preset(value: str) -> UploadedJobRequestPreset:
    if value in UPLOADED_JOB_REQUEST_PRESET_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {UPLOADED_JOB_REQUEST_PRESET_VALUES!r}"
    )
