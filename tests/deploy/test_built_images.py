"""The images as they are built: small, nobody's, and a stack that does a job."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from nhance_local import probes, stack
from nhance_local.addresses import free_port
from nhance_local.postgres import embedded_postgres
from nhance_local.s3 import embedded_s3
from nhance_local.settings import LocalSettings
from tests import api
from tests.clips import frames_of, write_clip
from tests.deploy.engine import NoEngine, base, engine, megabytes, run
from tests.deploy.rendered import DEPLOY, ROOT
from tests.local.supervised import Supervised

pytestmark = pytest.mark.slow

SERVICES = ("gateway", "ingest", "enhance", "mux", "serving")
ABOVE_BASE_MB = 250
HARDENED = ("--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--network=none")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, float]]:
    """Every service's image is there; its megabytes above the base."""
    try:
        with engine():
            on = base(tmp_path_factory.mktemp("base"))
            for service in SERVICES:
                run(
                    *("docker", "build", "--quiet", "--network=host", f"--build-arg=BASE={on}"),
                    f"--file=services/{service}/Dockerfile",
                    f"--tag=nhance/{service}:0.1.0",
                    str(ROOT),
                    DOCKER_BUILDKIT="0",
                )
            sizes = {s: megabytes(f"nhance/{s}:0.1.0") - megabytes(on) for s in SERVICES}
            for service, size in sizes.items():
                print(f"{service}: {size:.0f} MB above {on} ({megabytes(on):.0f} MB)")
            yield sizes
    except NoEngine as error:
        pytest.skip(f"skipped: {error}")


def test_images_are_small(built: dict[str, float]) -> None:
    assert {} == {
        service: built[service]
        for service in ("gateway", "ingest", "mux")
        if built[service] >= ABOVE_BASE_MB
    }


@pytest.mark.parametrize("service", SERVICES)
def test_an_image_runs_hardened_as_nobody(built: dict[str, float], service: str) -> None:
    image = f"nhance/{service}:0.1.0"
    code = f"import nhance_{service}, os; print(os.getuid(), os.getgid())"
    said = run("docker", "run", "--rm", *HARDENED, "--entrypoint=python", image, "-c", code)
    assert "10001 10001\n" == said
    labels = json.loads(run("docker", "inspect", "-f", "{{json .Config.Labels}}", image))
    assert f"nhance-{service}" == labels["org.opencontainers.image.title"]


@pytest.fixture
def stores(short_tmp: Path) -> Iterator[dict[str, str]]:
    """PostgreSQL and S3 on loopback; the variables that lead containers to them."""
    settings = LocalSettings().model_copy(update={"data": short_tmp / "images"})
    stack.make_data_dir(settings.data_dir)
    port = free_port()
    url = f"postgresql://postgres@127.0.0.1:{port}/nhance"
    program = embedded_postgres(settings.data_dir / "postgres").program({})
    listening = ("-c", "listen_addresses=127.0.0.1", "-c", f"port={port}")
    postgres = replace(
        program, command=[*program.command, *listening], ready=probes.postgres_ok(url)
    )
    s3 = embedded_s3(settings.data_dir / "s3", settings.data_dir, "nhance")
    with Supervised([postgres, s3.program({})], settings.logs_dir):
        yield {
            "NHANCE_DATABASE_URL": url,
            "NHANCE_S3_ENDPOINT": s3.endpoint,
            "NHANCE_S3_ACCESS_KEY_ID": s3.access_key_id,
            "NHANCE_S3_SECRET_ACCESS_KEY": s3.secret_access_key,
            "NHANCE_PORT": str(free_port()),
        }


def test_servables_go_to_s3_from_an_image_and_into_a_pods_volume(
    built: dict[str, float], stores: dict[str, str]
) -> None:
    environment = [f"--env={name}={value}" for name, value in stores.items()]
    hardened = [option for option in HARDENED if option != "--network=none"]

    def servables(*then: str, directory: str) -> str:
        return run(
            *("docker", "run", "--rm", "--network=host", *hardened, *environment),
            *("--tmpfs=/servables:uid=10001", "--tmpfs=/tmp", "--entrypoint=sh"),
            *(f"--env=NHANCE_SERVABLES_DIR={directory}", "nhance/enhance:0.1.0", "-ec", *then),
        )

    servables("python -m nhance_kit.servables publish", directory="/opt/servables")
    found = servables(
        "python -m nhance_kit.servables fetch >&2; cd /servables;"
        " cat models.config; diff -r look /opt/servables/look",
        directory="/servables",
    )
    assert 'base_path: "/servables/look"' in found
    assert 'base_path: "/servables/look-live"' in found


def is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz").status_code == 200
    except httpx.TransportError:
        return False


def test_the_stack_of_images_does_a_job(
    built: dict[str, float], stores: dict[str, str], tmp_path: Path
) -> None:
    compose = shutil.which("docker-compose")
    if compose is None:
        pytest.skip("skipped: no docker-compose")
    command = (compose, "-p", "nhance-check", "-f", DEPLOY / "compose.yaml")
    clip = write_clip(tmp_path / "clip.mp4")
    url = f"http://127.0.0.1:{stores['NHANCE_PORT']}"
    try:
        run(*command, "up", "-d", **stores)
        api.wait_for(lambda: is_ready(url), within_s=180)
        api.enhanced(url, clip, tmp_path)
        assert len(frames_of(clip)) == len(frames_of(tmp_path / "video.mp4"))
    except BaseException:
        print(run(*command, "logs", "--tail=30", **stores))
        raise
    finally:
        run(*command, "down", "-t", "20", **stores)
