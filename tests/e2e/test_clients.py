"""The clients in ``clients/`` as their READMEs use them, over a connection that breaks."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nhance_client import ProblemReported, connect, enhance
from tests.bench.clip import bench_clip
from tests.clips import frames_of
from tests.e2e.cutting import CuttingProxy, after_an_event, after_some_bytes
from tests.e2e.interrupted import Film
from tests.local_stack import ROOT
from tests.snippets import snippets

PYTHON = ROOT / "clients/python"
TYPESCRIPT = ROOT / "clients/typescript"
FRAMES = 100
BYTES = 20_000_000  # three parts


@pytest.fixture
def video(tmp_path: Path) -> Path:
    clip = bench_clip(tmp_path / "clip.mp4", (480, 270), FRAMES)
    file = tmp_path / "walk.mp4"
    file.write_bytes(Film(clip, BYTES).read())
    return file


@pytest.fixture
def proxy(stack: str) -> Iterator[CuttingProxy]:
    with CuttingProxy(stack, {"/events": after_an_event, "/video": after_some_bytes}) as running:
        yield running


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the TypeScript client is installed."""
    if shutil.which("npm") is None:
        pytest.skip("skipped: no npm")
    subprocess.run(["make", "--silent", "clients-typescript"], cwd=ROOT, check=True)
    folder = tmp_path_factory.mktemp("node")
    (folder / "node_modules").mkdir()
    (folder / "node_modules/nhance-client").symlink_to(TYPESCRIPT)
    (folder / "node_modules/@types").symlink_to(TYPESCRIPT / "node_modules/@types")
    return folder


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def went_on(proxy: CuttingProxy, video: Path) -> None:
    """Checks that the video is there whole, although connections were cut."""
    assert FRAMES == len(frames_of(video))
    first, *others = proxy.requests("/events")
    assert not any(line.startswith("last-event-id:") for line in first)
    assert any(line.startswith("last-event-id: ") for line in others[0])
    assert len(proxy.requests("/video")) == 2
    assert all("authorization: bearer nhk_mine" in head for head in proxy.heads)


def test_python_goes_on(proxy: CuttingProxy, video: Path) -> None:
    states = []
    with connect(proxy.url, "nhk_mine") as client:
        to = enhance(
            client,
            video,
            on_change=lambda job: states.append(job.state),
            model="look",
            labels={"trip": "Jena"},
        )
    assert video.with_name("walk.enhanced.mp4") == to
    went_on(proxy, to)
    assert "succeeded" == states[-1]
    assert any(line.startswith("range: bytes=") for line in proxy.requests("/video")[1])
    assert [] == list(video.parent.glob(".*"))


def test_python_says_what_is_wrong(stack: str, tmp_path: Path) -> None:
    notes = tmp_path / "notes.mp4"
    notes.write_text("no video")
    with connect(stack) as client:
        with pytest.raises(ProblemReported, match="nhance takes MP4") as caught:
            enhance(client, notes)
        assert caught.value.problem.status == 415
        with pytest.raises(ProblemReported, match="model") as caught:
            enhance(client, notes, model="none")
        with pytest.raises(TypeError, match="colour"):
            enhance(client, notes, colour="red")


def test_the_snippets_for_python(stack: str, video: Path) -> None:
    first, second = snippets(PYTHON / "README.md", "python", stack)
    assert "walk.enhanced.mp4\n" == run(sys.executable, "-c", first, cwd=video.parent)
    assert FRAMES == len(frames_of(video.with_name("walk.enhanced.mp4")))
    assert "walk.mp4 " in run(sys.executable, "-c", second, cwd=video.parent)


def test_the_snippets_for_typescript(proxy: CuttingProxy, video: Path, node: Path) -> None:
    blocks = snippets(TYPESCRIPT / "README.md", "ts", proxy.url)
    blocks = [block.replace(f'"{proxy.url}"', f'"{proxy.url}", "nhk_mine"') for block in blocks]
    names = ["first", "second"]
    for name, block in zip(names, blocks, strict=True):
        (node / f"{name}.mts").write_text(block)
    (node / "walk.mp4").write_bytes(video.read_bytes())
    tsc = TYPESCRIPT / "node_modules/.bin/tsc"
    options = ["--target", "es2022", "--module", "nodenext", "--strict", "--types", "node"]
    run(tsc, *options, *(f"{name}.mts" for name in names), cwd=node)
    assert "walk.enhanced.mp4\n" == run("node", "first.mjs", cwd=node)
    went_on(proxy, node / "walk.enhanced.mp4")
    assert "walk.mp4 " in run("node", "second.mjs", cwd=node)


def test_typescript_says_what_is_wrong(stack: str, node: Path) -> None:
    script = node / "wrong.mjs"
    script.write_text(
        f"""import {{ connect, enhance, NhanceError, ProblemReported }} from "nhance-client";
        const client = connect("{stack}");
        for (const options of [{{}}, {{ model: "none" }}, {{ colour: "red" }}]) {{
          await enhance(client, new File(["no video"], "notes.mp4"), options).catch((error) => {{
            if (!(error instanceof ProblemReported)) throw error;
            console.log(error.problem.status, error instanceof NhanceError, error.message);
          }});
        }}"""
    )
    lines = run("node", script, cwd=node).splitlines()
    assert ["415 true", "404 true", "400 true"] == [line[:8] for line in lines]
    assert "colour" in lines[2]
