from typing import Literal

UploadState = Literal["complete", "failed", "uploading", "verifying"]

UPLOAD_STATE_VALUES: set[UploadState] = {
    "complete",
    "failed",
    "uploading",
    "verifying",
}


def check_upload_state(value: str) -> UploadState:
    if value in UPLOAD_STATE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {UPLOAD_STATE_VALUES!r}")
