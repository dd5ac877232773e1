"""The commands, against a gateway that is played."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from nhance_local.cli import app
from tests.played import Play, Reply, playing

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


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> Iterator[Play]:
    with playing() as play:
        monkeypatch.setenv("NHANCE_URL", play.url)
        yield play


@pytest.fixture
def video(tmp_path: Path) -> Path:
    path = tmp_path / "holiday.mov"
    path.write_bytes(b"video")
    return path


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is waited for between looks."""
    monkeypatch.setattr("time.sleep", lambda _: None)


def nhance(*arguments: object) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, [str(argument) for argument in arguments])


def play_a_success(played: Play) -> None:
    played.replies = {
        "POST /v1/jobs": [Reply.of(202, JOB)],
        f"GET /v1/jobs/{JOB['id']}": [Reply.of(200, DONE)],
        "GET /video": [Reply(200, b"result")],
        "GET /comparison": [Reply(200, b"compared")],
    }


def test_enhance_leaves_the_files_and_sums_up(played: Play, video: Path, tmp_path: Path) -> None:
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


def test_the_fields_travel_before_the_file(played: Play, video: Path) -> None:
    play_a_success(played)
    nhance("enhance", video, "-o", video.parent / "out.mov", "--strength", 0.5)
    sent = played.requests["POST /v1/jobs"][0].body
    for field in (b'name="model"', b'name="strength"\r\n\r\n0.5', b'name="comparison"'):
        assert 0 < sent.index(field) < sent.index(b'filename="holiday.mov"')


def test_container_and_metadata_are_passed_on(played: Play, video: Path) -> None:
    play_a_success(played)
    out = video.parent / "out.mov"
    nhance("enhance", video, "-o", out, "--container", "mov", "--metadata", "strip-location")
    sent = played.requests["POST /v1/jobs"][0].body
    for field in (b'name="container"\r\n\r\nmov', b'name="metadata"\r\n\r\nstrip-location'):
        assert field in sent


def test_a_name_that_belies_the_container_is_remarked(played: Play, video: Path) -> None:
    play_a_success(played)
    result = nhance("enhance", video, "-o", video.parent / "out.mp4")
    assert result.exit_code == 0
    assert "is a mov file" in result.output


def test_a_damaged_download_leaves_nothing(played: Play, video: Path) -> None:
    play_a_success(played)
    played.replies["GET /video"] = [Reply(200, b"rubbish")]
    result = nhance("enhance", video, "-o", video.parent / "out.mov")
    assert result.exit_code == 1
    assert "damaged" in result.output
    assert [video] == list(video.parent.iterdir())


@pytest.mark.usefixtures("hurried")
def test_a_download_goes_on_where_it_broke(played: Play, video: Path) -> None:
    play_a_success(played)
    away = Reply.of(503, {"title": "A part is away"})
    rest = [away, Reply(206, missing=4), Reply(206, b"su", missing=2), Reply(0), Reply(206, b"lt")]
    played.replies["GET /video"] = [Reply(0), Reply(200, b"re", missing=4), *rest]
    result = nhance("enhance", video, "-o", video.parent)
    assert result.exit_code == 0, result.output
    assert (video.parent / "holiday.enhanced.mov").read_bytes() == b"result"
    ranges = [request.headers["Range"] for request in played.requests["GET /video"]]
    assert [None, None, *["bytes=2-"] * 3, *["bytes=4-"] * 2] == ranges


@pytest.mark.usefixtures("hurried")
def test_a_download_that_brings_nothing_more_ends(
    played: Play, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nhance_local.client.SILENCE_LIMIT_S", 0.0)
    play_a_success(played)
    played.replies["GET /video"] = [Reply(200, b"re", missing=4), Reply(0)]
    result = nhance("enhance", video, "-o", video.parent)
    assert result.exit_code == 1
    assert "did not answer" in result.output
    assert JOB["id"] in result.output
    assert [video] == list(video.parent.iterdir())


def test_only_the_rest_is_put_behind_what_came(played: Play, video: Path) -> None:
    play_a_success(played)
    played.replies["GET /video"] = [Reply(200, b"re", missing=4), Reply(200, b"result")]
    result = nhance("enhance", video, "-o", video.parent)
    assert result.exit_code == 1
    assert "cannot be had alone" in result.output
    assert [video] == list(video.parent.iterdir())


def test_a_problem_is_told_in_its_words(played: Play, video: Path) -> None:
    problem = {"title": "The file holds no video", "detail": "It has sound only.", "status": 422}
    played.replies = {"POST /v1/jobs": [Reply.of(422, problem)]}
    result = nhance("enhance", video)
    assert result.exit_code == 1
    assert "nhance: The file holds no video: It has sound only." in result.output


def test_a_failed_job_is_told_in_its_words(played: Play, video: Path) -> None:
    problem = {"title": "The video file is damaged", "detail": "Frame 7.", "status": 422}
    failed = {**JOB, "state": "failed", "error": problem}
    played.replies = {"POST /v1/jobs": [Reply.of(202, failed)]}
    result = nhance("enhance", video)
    assert result.exit_code == 1
    assert "nhance: The video file is damaged: Frame 7." in result.output
    assert JOB["id"] in result.output


@pytest.mark.parametrize("status", [429, 502, 503, 504])
@pytest.mark.usefixtures("hurried")
def test_a_part_that_is_away_for_a_moment_is_waited_for(
    played: Play, video: Path, status: int
) -> None:
    play_a_success(played)
    away = Reply.of(status, {"title": "A part is away", "detail": "Try again in a moment."})
    played.replies[f"GET /v1/jobs/{JOB['id']}"][:0] = [away, Reply(status), away]
    result = nhance("enhance", video, "-o", video.parent)
    assert result.exit_code == 0, result.output
    assert 4 == len(played.requests[f"GET /v1/jobs/{JOB['id']}"])


@pytest.mark.usefixtures("hurried")
def test_a_gateway_that_stays_away_is_told_of_with_the_job(
    played: Play, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nhance_local.enhancing.SILENCE_LIMIT_S", 0.0)
    away = Reply.of(503, {"title": "A part is away", "detail": "Try again in a moment."})
    played.replies = {
        "POST /v1/jobs": [Reply.of(202, JOB)],
        f"GET /v1/jobs/{JOB['id']}": [away],
    }
    result = nhance("enhance", video)
    assert result.exit_code == 1
    told = f"nhance: A part is away: Try again in a moment. The job is {JOB['id']}."
    assert told in result.output


def test_an_interrupt_cancels_the_job(
    played: Play, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("nhance_local.enhancing.time.sleep", interrupt)
    played.replies = {
        "POST /v1/jobs": [Reply.of(202, JOB)],
        f"POST /v1/jobs/{JOB['id']}/cancel": [Reply.of(200, {**JOB, "state": "cancelled"})],
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


@pytest.mark.parametrize("option", ["--output", "--comparison-out"])
def test_the_source_is_not_replaced(played: Play, video: Path, option: str) -> None:
    (video.parent / "there").symlink_to(video.parent)
    result = nhance("enhance", video, option, video.parent / "there" / video.name)
    assert result.exit_code == 1
    assert "is the source itself" in result.output
    assert b"video" == video.read_bytes()
    assert {} == played.requests


def test_jobs_lists_them(played: Play) -> None:
    played.replies = {"GET /v1/jobs": [Reply.of(200, {"jobs": [DONE], "next_cursor": None})]}
    result = nhance("jobs")
    assert result.exit_code == 0
    for words in (JOB["id"], "holiday.mov", "132/132"):
        assert words in result.output


def test_the_key_goes_along(played: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    played.replies = {"GET /v1/jobs": [Reply.of(200, {"jobs": [], "next_cursor": None})]}
    nhance("jobs")
    monkeypatch.setenv("NHANCE_KEY", "nhk_secret")
    nhance("jobs")
    sent = [request.headers["Authorization"] for request in played.requests["GET /v1/jobs"]]
    assert [None, "Bearer nhk_secret"] == sent


@pytest.mark.parametrize("title", ["A key is needed", "The key is not valid"])
def test_who_needs_a_key_is_told_where_to_put_it(played: Play, title: str) -> None:
    problem = {"title": title, "detail": "Send a key: `Authorization: Bearer nhk_…`."}
    played.replies = {"GET /v1/jobs": [Reply.of(401, problem)]}
    result = nhance("jobs")
    assert result.exit_code == 1
    told = f"nhance: {title}. Set NHANCE_KEY to a key; `nhance keys create` makes one."
    assert told in result.output


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
