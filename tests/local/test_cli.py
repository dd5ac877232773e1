"""The commands, against a gateway that is played."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from typer.testing import CliRunner, Result

from nhance_local.cli import app

JOB: dict[str, Any] = {
    "id": "0f8c1d5e9b7a4c3d8e2f6a1b5c9d7e30",
    "state": "queued",
    "created_at": "2026-01-02T03:04:05.678Z",
    "source": {"name": "holiday.mov", "bytes": 5, "sha256": ""},
    "progress": {"frames_done": 0, "frames_total": None, "batches_done": 0, "batches_total": 0},
    "media": None,
    "warnings": [],
    "error": None,
    "output": None,
    "links": {"self": "/v1/jobs/0", "video": None, "comparison": None},
}
DONE = {
    **JOB,
    "state": "succeeded",
    "progress": {"frames_done": 132, "frames_total": 132, "batches_done": 3, "batches_total": 3},
    "media": {"width": 1280, "height": 720},
    "warnings": ["The variable frame rate was kept."],
    "output": {
        "extension": "mov",
        "bytes": 6,
        "sha256": hashlib.sha256(b"result").hexdigest(),
    },
    "links": {"self": "/v1/jobs/0", "video": "/video", "comparison": "/comparison"},
}


class Played(BaseHTTPRequestHandler):
    """Answers from ``replies``, by method and path; notes the bodies and the last credentials."""

    replies: ClassVar[dict[str, tuple[int, bytes]]] = {}
    bodies: ClassVar[dict[str, bytes]] = {}
    authorization: ClassVar[str | None] = None

    def answer(self) -> None:
        key = f"{self.command} {self.path.partition('?')[0]}"
        self.bodies[key] = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        type(self).authorization = self.headers.get("Authorization")
        status, body = self.replies[key]
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = answer  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Played]]:
    Played.replies = {}
    Played.bodies = {}
    with ThreadingHTTPServer(("127.0.0.1", 0), Played) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        monkeypatch.setenv("NHANCE_URL", f"http://127.0.0.1:{server.server_port}")
        yield Played
        server.shutdown()
        thread.join()


@pytest.fixture
def video(tmp_path: Path) -> Path:
    path = tmp_path / "holiday.mov"
    path.write_bytes(b"video")
    return path


def nhance(*arguments: object) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, [str(argument) for argument in arguments])


def body(job: dict[str, Any]) -> bytes:
    return json.dumps(job).encode()


def play_a_success(played: type[Played]) -> None:
    played.replies = {
        "POST /v1/jobs": (202, body(JOB)),
        f"GET /v1/jobs/{JOB['id']}": (200, body(DONE)),
        "GET /video": (200, b"result"),
        "GET /comparison": (200, b"compared"),
    }


def test_enhance_leaves_the_files_and_sums_up(
    played: type[Played], video: Path, tmp_path: Path
) -> None:
    play_a_success(played)
    result = nhance("enhance", video, "-o", tmp_path, "--comparison", "side", "--crf", 20)
    assert result.exit_code == 0, result.output
    assert (tmp_path / "holiday.enhanced.mov").read_bytes() == b"result"
    assert (tmp_path / "holiday.comparison.mp4").read_bytes() == b"compared"
    for words in ("132", "1280×720", "frames/s", "variable frame rate", "holiday.enhanced.mov"):
        assert words in result.output
    assert {"holiday.mov", "holiday.enhanced.mov", "holiday.comparison.mp4"} == {
        path.name for path in tmp_path.iterdir()
    }


def test_the_fields_travel_before_the_file(played: type[Played], video: Path) -> None:
    play_a_success(played)
    nhance("enhance", video, "-o", video.parent / "out.mov", "--strength", 0.5)
    sent = played.bodies["POST /v1/jobs"]
    for field in (b'name="model"', b'name="strength"\r\n\r\n0.5', b'name="comparison"'):
        assert 0 < sent.index(field) < sent.index(b'filename="holiday.mov"')


def test_container_and_metadata_are_passed_on(played: type[Played], video: Path) -> None:
    play_a_success(played)
    out = video.parent / "out.mov"
    nhance("enhance", video, "-o", out, "--container", "mov", "--metadata", "strip-location")
    sent = played.bodies["POST /v1/jobs"]
    for field in (b'name="container"\r\n\r\nmov', b'name="metadata"\r\n\r\nstrip-location'):
        assert field in sent


def test_a_name_that_belies_the_container_is_remarked(played: type[Played], video: Path) -> None:
    play_a_success(played)
    result = nhance("enhance", video, "-o", video.parent / "out.mp4")
    assert result.exit_code == 0
    assert "is a mov file" in result.output


def test_a_damaged_download_leaves_nothing(played: type[Played], video: Path) -> None:
    play_a_success(played)
    played.replies["GET /video"] = (200, b"rubbish")
    result = nhance("enhance", video, "-o", video.parent / "out.mov")
    assert result.exit_code == 1
    assert "damaged" in result.output
    assert [video] == list(video.parent.iterdir())


def test_a_problem_is_told_in_its_words(played: type[Played], video: Path) -> None:
    problem = {"title": "The file holds no video", "detail": "It has sound only.", "status": 422}
    played.replies = {"POST /v1/jobs": (422, body(problem))}
    result = nhance("enhance", video)
    assert result.exit_code == 1
    assert "nhance: The file holds no video: It has sound only." in result.output


def test_a_failed_job_is_told_in_its_words(played: type[Played], video: Path) -> None:
    problem = {"title": "The video file is damaged", "detail": "Frame 7.", "status": 422}
    failed = {**JOB, "state": "failed", "error": problem}
    played.replies = {"POST /v1/jobs": (202, body(failed))}
    result = nhance("enhance", video)
    assert result.exit_code == 1
    assert "nhance: The video file is damaged: Frame 7." in result.output


def test_an_interrupt_cancels_the_job(
    played: type[Played], video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("nhance_local.enhancing.time.sleep", interrupt)
    played.replies = {
        "POST /v1/jobs": (202, body(JOB)),
        f"POST /v1/jobs/{JOB['id']}/cancel": (200, body({**JOB, "state": "cancelled"})),
    }
    result = nhance("enhance", video)
    assert result.exit_code == 130
    assert f"Cancelled job {JOB['id']}." in result.output


def test_no_gateway_at_the_named_url(video: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NHANCE_URL", "http://127.0.0.1:1")
    result = nhance("enhance", video)
    assert result.exit_code == 1
    assert "The gateway at http://127.0.0.1:1 did not answer" in result.output


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    result = nhance("enhance", tmp_path / "no.mp4")
    assert result.exit_code == 2
    assert "does not exist" in result.output


def test_an_output_directory_that_is_not_there(video: Path) -> None:
    result = nhance("enhance", video, "-o", video.parent / "no" / "out.mp4")
    assert result.exit_code == 1
    assert "There is no directory" in result.output


def test_jobs_lists_them(played: type[Played]) -> None:
    played.replies = {"GET /v1/jobs": (200, body({"jobs": [DONE], "next_cursor": None}))}
    result = nhance("jobs")
    assert result.exit_code == 0
    for words in (JOB["id"], "holiday.mov", "132/132"):
        assert words in result.output


def test_the_key_goes_along(played: type[Played], monkeypatch: pytest.MonkeyPatch) -> None:
    played.replies = {"GET /v1/jobs": (200, body({"jobs": [], "next_cursor": None}))}
    nhance("jobs")
    assert played.authorization is None
    monkeypatch.setenv("NHANCE_KEY", "nhk_secret")
    nhance("jobs")
    assert played.authorization == "Bearer nhk_secret"


def test_jobs_without_a_gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NHANCE_URL", raising=False)
    result = nhance("jobs", "--data", tmp_path)
    assert result.exit_code == 1
    assert "nhance up" in result.output


def test_doctor_names_what_is_missing_and_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NHANCE_SERVABLES_DIR", str(tmp_path))
    result = nhance("doctor", "--data", tmp_path / "data")
    assert result.exit_code == 1
    lines = {line[8:].split("  ")[0]: line for line in result.output.splitlines()}
    assert lines["servables"].startswith("missing")
    assert "NHANCE_SERVABLES_DIR" in lines["servables"]
    for what in ("Python", "services", "PostgreSQL", "SeaweedFS", "data directory"):
        assert lines[what].startswith("ok")


def test_a_setting_that_is_not_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NHANCE_ENHANCE_WORKERS", "none")
    result = nhance("doctor")
    assert result.exit_code == 1
    assert "NHANCE_ENHANCE_WORKERS" in result.output
