"""The whole stack on one machine: which programs, in which order, with which settings."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nhance_local import lock, probes
from nhance_local.addresses import free_port, is_free, socket_dir
from nhance_local.errors import LocalError
from nhance_local.postgres import embedded_postgres
from nhance_local.program import Program
from nhance_local.s3 import embedded_s3
from nhance_local.settings import HOST, LocalSettings
from nhance_local.supervisor import Supervisor

CALLS_OF_A_WORKER = 4  # to the model at once: two batches, two calls each
GITIGNORE = "*\n"  # a data directory within a repository is nobody's to commit


@dataclass(frozen=True)
class Parts:
    """The stores: programs to start, and the variables that lead every service to them."""

    programs: list[Program]
    environment: dict[str, str]


def stores(settings: LocalSettings) -> Parts:
    """PostgreSQL with its schema, and S3: embedded unless the settings name existing ones."""
    data_dir = settings.data_dir
    inherited = _inherited()
    environment = {**inherited, "NHANCE_S3_BUCKET": settings.s3_bucket}
    programs: list[Program] = []
    if settings.database_url is None:
        postgres = embedded_postgres(data_dir / "postgres")
        programs.append(postgres.program(inherited))
        environment["NHANCE_DATABASE_URL"] = postgres.url
    if settings.s3_endpoint is None:
        s3 = embedded_s3(data_dir / "s3", data_dir, settings.s3_bucket)
        programs.append(s3.program(inherited))
        environment["NHANCE_S3_ENDPOINT"] = s3.endpoint
        environment["NHANCE_S3_ACCESS_KEY_ID"] = s3.access_key_id
        environment["NHANCE_S3_SECRET_ACCESS_KEY"] = s3.secret_access_key
        origins = [f"http://{name}:{settings.port}" for name in (HOST, "localhost")]
        environment["NHANCE_UPLOAD_ORIGINS"] = json.dumps(origins)
    programs.append(
        Program(
            name="migrations",
            command=[sys.executable, "-m", "nhance_kit.migrations"],
            environment=environment,
            after=tuple(program.name for program in programs),
            once=True,
        )
    )
    return Parts(programs, environment)


def whole(settings: LocalSettings) -> list[Program]:
    """Every program of the stack."""
    parts = stores(settings)
    shared = {
        **parts.environment,
        "NHANCE_HOST": HOST,
        "NHANCE_HEARTBEAT_S": str(settings.heartbeat_s),
        "NHANCE_STALLED_S": str(settings.stalled_s),
        "NHANCE_SHUTDOWN_GRACE_S": str(settings.shutdown_grace_s),
        "NHANCE_LOG_FORMAT": "json",
        "NHANCE_SERVABLES_DIR": str(settings.servables_dir.absolute()),
    }
    programs = list(parts.programs)
    before_enhance = ["migrations"]
    if settings.serving_address is None:
        serving = _serving(settings, shared)
        programs.append(serving)
        before_enhance.append(serving.name)
        shared["NHANCE_SERVING_ADDRESS"] = serving.environment["NHANCE_SERVING_GRPC_ADDRESS"]
    taken: list[int] = []

    def service(name: str, module: str, port: int, after: list[str]) -> None:
        taken.append(port)
        programs.append(
            Program(
                name=name,
                command=[sys.executable, "-m", module],
                environment={**shared, "NHANCE_PORT": str(port)},
                ready=probes.http_ok(f"http://{HOST}:{port}/readyz"),
                after=tuple(after),
                grace_s=settings.shutdown_grace_s + 5.0,
            )
        )

    service("gateway", "nhance_gateway", settings.port, ["migrations"])
    service("ingest", "nhance_ingest", free_port(taken), ["migrations"])
    service("webhooks", "nhance_gateway.deliverer", free_port(taken), ["migrations"])
    service("mux", "nhance_mux", free_port(taken), ["migrations"])
    for number in range(1, settings.enhance_workers + 1):
        service(f"enhance-{number}", "nhance_enhance", free_port(taken), before_enhance)
    return programs


def _serving(settings: LocalSettings, shared: dict[str, str]) -> Program:
    port = free_port()
    address = f"unix:{socket_dir(settings.data_dir / 'run') / 'serving.sock'}"
    threads = threads_of_an_operation(settings, _cores())
    return Program(
        name="serving",
        command=[sys.executable, "-m", "nhance_serving"],
        environment={
            **shared,
            "NHANCE_SERVING_MODEL_BASE_PATH": shared["NHANCE_SERVABLES_DIR"],
            "NHANCE_SERVING_GRPC_ADDRESS": address,
            "NHANCE_SERVING_REST_PORT": str(port),
            "NHANCE_SERVING_TENSOR_CONTENT": "true",
            "NHANCE_SERVING_INTRA_OP_THREADS": str(threads),
            "NHANCE_SERVING_LOG_FORMAT": "json",
        },
        ready=probes.http_ok(f"http://{HOST}:{port}/readyz"),
    )


def threads_of_an_operation(settings: LocalSettings, cores: int) -> int:
    """How many threads TensorFlow divides an operation among; 0: as many as there are cores.

    With no core to spare, one: calls that divided theirs would only wait for each other. On two
    cores `look-live` passes a tenth to a fifth more frames then.
    """
    if settings.serving_intra_op_threads is not None:
        return settings.serving_intra_op_threads
    return 1 if cores <= CALLS_OF_A_WORKER * settings.enhance_workers else 0


def _cores() -> int:
    """That this process may use; Linux tells."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def url_of(settings: LocalSettings) -> str:
    return f"http://{HOST}:{settings.port}"


def make_data_dir(data_dir: Path) -> None:
    """Raises LocalError where it cannot be made or written."""
    try:
        (data_dir / "logs").mkdir(parents=True, exist_ok=True)
        (data_dir / ".gitignore").write_text(GITIGNORE)
    except OSError as error:
        raise LocalError(
            f"{data_dir} cannot be written ({error.strerror}); name another directory with --data."
        ) from error


async def run(
    settings: LocalSettings, say: Callable[[str], None], on_ready: Callable[[], None]
) -> None:
    """Run the stack until SIGINT or SIGTERM; a second one kills instead of asking.

    Raises LocalError: the data directory is in use, the port taken, a program does not start.
    """
    make_data_dir(settings.data_dir)
    with lock.held(settings.data_dir, url_of(settings)) as held:
        if not is_free(settings.port):
            raise LocalError(
                f"Port {settings.port} is taken by another program; name another with --port."
            )
        supervisor = Supervisor(whole(settings), settings.logs_dir, say)
        stopped = asyncio.Event()

        def on_signal() -> None:
            if stopped.is_set():
                supervisor.hurry()
            else:
                say("stopping")
            stopped.set()

        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, on_signal)

        def ready() -> None:
            held.tell(ready=True)
            on_ready()

        await supervisor.run(stopped, ready)


def _inherited() -> dict[str, str]:
    """This process's environment; what runs on this machine is reached without a proxy."""
    environment = dict(os.environ)
    for name in ("NO_PROXY", "no_proxy"):
        known = environment.get(name)
        environment[name] = ",".join(filter(None, [known, HOST, "localhost"]))
    return environment
