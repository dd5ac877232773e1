from typing import Literal

JobFormPreset = Literal[
    "fast", "faster", "medium", "slow", "slower", "superfast", "ultrafast", "veryfast", "veryslow"
]

JOB_FORM_PRESET_VALUES: set[JobFormPreset] = {
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


def check_job_form_preset(value: str) -> JobFormPreset:
    if value in JOB_FORM_PRESET_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {JOB_FORM_PRESET_VALUES!r}")
