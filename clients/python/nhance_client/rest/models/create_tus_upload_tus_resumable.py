from typing import Literal

CreateTusUploadTusResumable = Literal["1.0.0"]

CREATE_TUS_UPLOAD_TUS_RESUMABLE_VALUES: set[CreateTusUploadTusResumable] = {
    "1.0.0",
}


def check_create_tus_upload_tus_resumable(value: str) -> CreateTusUploadTusResumable:
    if value in CREATE_TUS_UPLOAD_TUS_RESUMABLE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {CREATE_TUS_UPLOAD_TUS_RESUMABLE_VALUES!r}"
    )
