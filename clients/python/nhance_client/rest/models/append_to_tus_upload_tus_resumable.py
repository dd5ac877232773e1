from typing import Literal

AppendToTusUploadTusResumable = Literal["1.0.0"]

APPEND_TO_TUS_UPLOAD_TUS_RESUMABLE_VALUES: set[AppendToTusUploadTusResumable] = {
    "1.0.0",
}


def check_append_to_tus_upload_tus_resumable(value: str) -> AppendToTusUploadTusResumable:
    if value in APPEND_TO_TUS_UPLOAD_TUS_RESUMABLE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {APPEND_TO_TUS_UPLOAD_TUS_RESUMABLE_VALUES!r}"
    )
