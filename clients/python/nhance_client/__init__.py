"""Have videos enhanced by an nhance service; ``rest`` is its whole API, generated."""

from nhance_client.connecting import connect
from nhance_client.downloading import download
from nhance_client.enhancing import enhance
from nhance_client.errors import JobEnded, NhanceError, NotReached, ProblemReported
from nhance_client.following import ended
from nhance_client.uploading import upload

__all__ = [
    "JobEnded",
    "NhanceError",
    "NotReached",
    "ProblemReported",
    "connect",
    "download",
    "ended",
    "enhance",
    "upload",
]
