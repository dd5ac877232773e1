"""What schemathesis is told beside the document: it loads this module by SCHEMATHESIS_HOOKS.

Some of the files that it sends are videos, so that it gets as far as jobs that succeed, which call
names that nobody has (RFC 2606).
"""

from __future__ import annotations

import base64
import hashlib
import tempfile
from pathlib import Path

import schemathesis
from hypothesis import strategies as st

from nhance_gateway import cursors, tus_headers
from tests.bench.clip import bench_clip


def a_video() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return bench_clip(Path(folder) / "clip.mp4", (64, 64), 3).read_bytes()


def metadata(name: str) -> str:
    return f"filename {base64.b64encode(name.encode()).decode()},private"


def checksum(data: bytes) -> str:
    return f"sha256 {base64.b64encode(hashlib.sha256(data).digest()).decode()}"


FILES = st.sampled_from([a_video(), b"no video", b""])
IDS = st.uuids().map(lambda one: one.hex)
TIMES = st.datetimes(timezones=st.timezones())

schemathesis.openapi.format("binary", FILES)
schemathesis.openapi.format("cursor", st.builds(cursors.encode, TIMES, IDS))
schemathesis.openapi.format("sf-string", IDS.map(lambda one: f'"{one}"'))
schemathesis.openapi.format("uri", IDS.map(lambda one: f"https://{one}.invalid/hook"))
schemathesis.openapi.format("tus-checksum", FILES.map(checksum))
schemathesis.openapi.format("tus-metadata", st.text(max_size=50).map(metadata))
schemathesis.openapi.media_type(tus_headers.MEDIA_TYPE, FILES)
