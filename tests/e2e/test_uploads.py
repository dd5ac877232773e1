"""Uploads by real clients, whose gateway is killed on the way, arrive whole and in bounded memory.

The full round sends 5 GB by each way and kills ten times; the short form, in CI, 60 MB and once.
"""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.bench.clip import bench_clip
from tests.e2e.interrupted import (
    Film,
    Killer,
    Memory,
    TakingIn,
    completed,
    persistently,
    posted,
    sent_by_tus,
    sent_in_parts,
)

NODE = shutil.which("node")
SCRIPT = Path(__file__).parent / "tus_js_client"
SHORT, SHORT_KILLS = 60_000_000, 1
LONG, LONG_KILLS = 5_000_000_000, 10
MEMORY_BYTES = 200_000_000
WAYS = ["post", "parts", "tus"]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bench_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", (160, 120), 25)


@pytest.fixture(scope="module")
def taking_in(short_tmp: Path) -> Iterator[TakingIn]:
    folder = short_tmp / "uploads"
    (folder / "servables/identity/1").mkdir(parents=True)
    with TakingIn(folder / "data", folder / "servables") as stack:
        yield stack


def kill_points(way: str, size: int, kills: int) -> list[int]:
    """After how many bytes read the gateway dies. A POST begins anew each time: it dies early."""
    chance = random.Random(size)
    if way == "post":
        pieces = [chance.randrange(size // 20, size // 10) for _ in range(kills)]
        return [sum(pieces[: n + 1]) for n in range(kills)]
    return [int((n + chance.random()) * 0.9 * size / kills) for n in range(kills)]


def sent(stack: TakingIn, way: str, clip: Path, size: int, kills: int) -> Killer:
    """Send a film; checks what has arrived, and that nothing of it stays when it is deleted."""
    sha256 = Film(clip, size).sha256()
    killer = Killer(stack, kill_points(way, size, kills))
    film = Film(clip, size, killer)
    began = time.monotonic()
    with Memory(stack) as memory:
        match way:
            case "post":
                arrived = posted(stack.url, film)
                path, source = f"/v1/jobs/{arrived['id']}", arrived["source"]
            case "parts":
                source = sent_in_parts(stack.url, film, size, sha256)
                path = f"/v1/uploads/{source['id']}"
            case _:
                source = sent_by_tus(stack.url, film, sha256)
                path = f"/v1/uploads/{source['id']}"
    killer.wait()
    took_s = time.monotonic() - began
    print(
        f"{way}: {size / 1e6:.0f} MB, killed {killer.kills} times, {took_s:.0f} s, "
        f"gateway at most {memory.peak / 1e6:.0f} MB"
    )
    assert (size, sha256) == (source["bytes"], source["sha256"])
    assert "failed" != source.get("state")
    assert 0 < memory.peak < MEMORY_BYTES
    persistently(lambda: httpx.delete(f"{stack.url}{path}", timeout=60)).raise_for_status()
    return killer


@pytest.mark.parametrize("way", WAYS)
def test_an_upload_survives_its_gateway(taking_in: TakingIn, clip: Path, way: str) -> None:
    killer = sent(taking_in, way, clip, SHORT, SHORT_KILLS)
    assert killer.kills == SHORT_KILLS


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_five_gigabytes_survive_ten_kills(taking_in: TakingIn, clip: Path, way: str) -> None:
    killer = sent(taking_in, way, clip, LONG, LONG_KILLS)
    assert killer.kills == LONG_KILLS


def test_every_chunk_with_a_checksum(taking_in: TakingIn, clip: Path) -> None:
    film = Film(clip, SHORT)
    upload = sent_by_tus(taking_in.url, film, film.sha256(), checksums=True)
    assert ("complete", film.name) == (upload["state"], upload["name"])


def test_a_javascript_client_is_killed_and_goes_on(
    taking_in: TakingIn, clip: Path, tmp_path: Path
) -> None:
    if NODE is None:
        pytest.skip("skipped: no node")
    if not (SCRIPT / "node_modules").is_dir():
        subprocess.run(["npm", "ci", "--ignore-scripts", "--silent"], cwd=SCRIPT, check=True)
    film = Film(clip, SHORT)
    file = tmp_path / "film.mp4"
    file.write_bytes(film.read())
    command = [NODE, "upload.js", f"{taking_in.url}/v1/tus", str(file), film.sha256()]
    command.append(str(tmp_path / "state.json"))
    chance = random.Random(5)

    for kill in range(3):
        with subprocess.Popen(command, cwd=SCRIPT, stdout=subprocess.PIPE, text=True) as client:
            assert client.stdout is not None
            first = None
            for line in client.stdout:
                first = int(line) if first is None else first
                if int(line) > first + chance.randrange(SHORT // 5):
                    break
            client.send_signal(signal.SIGKILL)
        if kill == 1:
            taking_in.gateways()[0].kill()
    done = subprocess.run(command, cwd=SCRIPT, check=True, capture_output=True, text=True)

    lines = done.stdout.split()
    assert int(lines[0]) > 0, "it did not go on"
    upload = completed(taking_in.url, lines[-1].rpartition("/")[2])
    assert ("complete", film.sha256()) == (upload["state"], upload["sha256"])
