from typing import Literal

DeleteTusUploadTusResumable = Literal["1.0.0"]

DELETE_TUS_UPLOAD_TUS_RESUMABLE_VALUES: set[DeleteTusUploadTusResumable] = {
    "1.0.0",
}


def check_delete_tus_upload_tus_resumable(value: str) -> DeleteTusUploadTusResumable:
    if value in DELETE_TUS_UPLOAD_TUS_RESUMABLE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {DELETE_TUS_UPLOAD_TUS_RESUMABLE_VALUES!r}"
    )
