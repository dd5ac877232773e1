"""Object keys. They derive from the task alone, so doing a task twice writes the same object."""

from __future__ import annotations


def job_prefix(tenant: str, job_id: str) -> str:
    return f"{tenant}/{job_id}/"


def source(tenant: str, job_id: str) -> str:
    return f"{tenant}/{job_id}/source"


def upload_prefix(tenant: str, upload_id: str) -> str:
    return f"{tenant}/uploads/{upload_id}/"


def upload(tenant: str, upload_id: str) -> str:
    return f"{tenant}/uploads/{upload_id}/whole"


def upload_tail(tenant: str, upload_id: str) -> str:
    """What came over tus of a part that is not full yet."""
    return f"{tenant}/uploads/{upload_id}/tail"


def batches_prefix(tenant: str, job_id: str) -> str:
    return f"{tenant}/{job_id}/batches/"


def batch(tenant: str, job_id: str, index: int) -> str:
    return f"{tenant}/{job_id}/batches/{index:06d}"


def enhanced_prefix(tenant: str, job_id: str) -> str:
    return f"{tenant}/{job_id}/enhanced/"


def enhanced(tenant: str, job_id: str, index: int) -> str:
    return f"{tenant}/{job_id}/enhanced/{index:06d}"


def measured_prefix(tenant: str, job_id: str) -> str:
    return f"{tenant}/{job_id}/measured/"


def measured(tenant: str, job_id: str, index: int) -> str:
    return f"{tenant}/{job_id}/measured/{index:06d}"


def passing_prefixes(tenant: str, job_id: str) -> list[str]:
    """Of what only the tasks of a job need."""
    found = (batches_prefix, enhanced_prefix, compared_prefix, measured_prefix)
    return [prefix(tenant, job_id) for prefix in found]


def output(tenant: str, job_id: str, extension: str) -> str:
    """``extension`` is one of ``nhance_kit.jobs.Container``."""
    return f"{tenant}/{job_id}/output.{extension}"


def comparison(tenant: str, job_id: str) -> str:
    return f"{tenant}/{job_id}/comparison.mp4"


def compared_prefix(tenant: str, job_id: str) -> str:
    return f"{tenant}/{job_id}/compared/"


def compared(tenant: str, job_id: str, index: int) -> str:
    return f"{tenant}/{job_id}/compared/{index:06d}"


def poster(tenant: str, job_id: str) -> str:
    return f"{tenant}/{job_id}/poster.jpg"


def report(tenant: str, job_id: str) -> str:
    return f"{tenant}/{job_id}/report.json"
