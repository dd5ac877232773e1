from typing import Literal

JobOptionsPreset = Literal[
    "fast", "faster", "medium", "slow", "slower", "superfast", "ultrafast", "veryfast", "veryslow"
]

JOB_OPTIONS_PRESET_VALUES: set[JobOptionsPreset] = {
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


def check_job_options_preset(value: str) -> JobOptionsPreset:
    if value in JOB_OPTIONS_PRESET_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {JOB_OPTIONS_PRESET_VALUES!r}")
