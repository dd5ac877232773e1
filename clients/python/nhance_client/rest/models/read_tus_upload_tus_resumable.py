from typing import Literal

ReadTusUploadTusResumable = Literal["1.0.0"]

READ_TUS_UPLOAD_TUS_RESUMABLE_VALUES: set[ReadTusUploadTusResumable] = {
    "1.0.0",
}


def check_read_tus_upload_tus_resumable(value: str) -> ReadTusUploadTusResumable:
    if value in READ_TUS_UPLOAD_TUS_RESUMABLE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {READ_TUS_UPLOAD_TUS_RESUMABLE_VALUES!r}"
    )
