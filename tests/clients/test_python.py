"""The Python client, against a service and an object store that are played."""

from __future__ import annotations

import hashlib
import json
import traceback
from collections.abc import Iterator
from pathlib import Path
from shutil import SameFileError
from typing import Any

import pytest

from nhance_client import NotReached, ProblemReported, connect, enhance
from nhance_client.connecting import TRIES
from nhance_client.following import PAUSE_S
from tests.played import Play, Reply, playing

ID = "0f8c1d5e9b7a4c3d8e2f6a1b5c9d7e30"
TIME = "2026-01-02T03:04:05.678Z"
SECRET = "SIGNATURE"
UPLOAD: dict[str, Any] = {
    "id": ID,
    "state": "uploading",
    "way": "parts",
    "name": "walk.mp4",
    "bytes": 5,
    "sha256": None,
    "part_bytes": 8,
    "parts_total": 1,
    "parts_stored": [],
    "created_at": TIME,
    "expires_at": TIME,
    "error": None,
}
JOB: dict[str, Any] = {
    "id": ID,
    "state": "queued",
    "created_at": TIME,
    "started_at": None,
    "finished_at": None,
    "options": {},
    "source": {"name": "walk.mp4", "bytes": 5, "sha256": ""},
    "media": None,
    "model_version": None,
    "labels": {},
    "progress": {
        "stage": "waiting",
        "frames_done": 0,
        "frames_total": None,
        "batches_done": 0,
        "batches_total": 0,
        "frames_per_second": None,
        "queue_position": None,
        "seconds_left": None,
    },
    "warnings": [],
    "error": None,
    "output": None,
    "links": {
        "self": "/job",
        "events": "/events",
        "video": None,
        "comparison": None,
        "poster": None,
        "report": None,
    },
}
DONE = {
    **JOB,
    "state": "succeeded",
    "output": {
        "extension": "mp4",
        "bytes": 6,
        "sha256": hashlib.sha256(b"result").hexdigest(),
    },
    "links": {**JOB["links"], "video": "/video"},
}


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that would have been waited."""
    seconds: list[float] = []
    monkeypatch.setattr("time.sleep", seconds.append)
    return seconds


@pytest.fixture
def play() -> Iterator[Play]:
    """Everything goes well."""
    with playing() as play:
        part = {"number": 1, "bytes": 5, "url": f"{play.url}/store?X-Amz-Signature={SECRET}"}
        play.replies = {
            "POST /v1/uploads": [Reply.of(201, UPLOAD)],
            f"GET /v1/uploads/{ID}/parts": [Reply.of(200, {"parts": [part]})],
            "PUT /store": [Reply(200)],
            f"POST /v1/uploads/{ID}/complete": [Reply.of(200, {**UPLOAD, "state": "complete"})],
            "POST /v1/jobs": [Reply.of(202, DONE)],
            f"DELETE /v1/uploads/{ID}": [Reply(204)],
            "GET /video": [Reply(200, b"result")],
        }
        yield play


@pytest.fixture
def video(tmp_path: Path) -> Path:
    file = tmp_path / "walk.mp4"
    file.write_bytes(b"video")
    return file


def events(*jobs: dict[str, Any], missing: int = 0) -> Reply:
    """As the service sends them, whose streams begin with an event that says nothing."""
    stream = "retry: 1000\n\n"
    for number, job in enumerate(jobs):
        stream += f"event: job\nid: {number}\ndata: {json.dumps(job)}\n\n"
    return Reply(200, stream.encode(), {"Content-Type": "text/event-stream"}, missing)


def enhanced(play: Play, video: Path) -> bytes:
    with connect(play.url, "nhk_mine") as client:
        return enhance(client, video).read_bytes()


def problem(code: str, status: int, **headers: str) -> Reply:
    told = {
        "type": f"/problems/{code}",
        "title": "No",
        "status": status,
        "detail": "Why.",
        "code": code,
    }
    return Reply.of(status, told, **headers)


def told(caught: pytest.ExceptionInfo[BaseException]) -> str:
    """All that a traceback shows."""
    return "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("status", [403, 500, 503])
def test_a_part_that_the_store_refuses_is_sent_again_to_a_new_url(
    play: Play, video: Path, status: int
) -> None:
    play.replies["PUT /store"] = [Reply(status), Reply(status), Reply(200)]
    assert b"result" == enhanced(play, video)
    assert [b"video"] * 3 == [request.body for request in play.requests["PUT /store"]]
    assert 3 == len(play.requests[f"GET /v1/uploads/{ID}/parts"])


@pytest.mark.parametrize("status", [307, 403, 500, 503])
def test_a_store_that_goes_on_refusing_is_told_of_without_the_url(
    play: Play, video: Path, status: int
) -> None:
    play.replies["PUT /store"] = [Reply(status)]
    with pytest.raises(NotReached) as caught:
        enhanced(play, video)
    assert f"The object store answered with {status}." == str(caught.value)
    assert SECRET not in told(caught)


def test_a_store_that_does_not_answer_is_told_of_without_the_url(play: Play, video: Path) -> None:
    play.replies["PUT /store"] = [Reply(0)]
    with pytest.raises(NotReached, match=r"^127\.0\.0\.1 gave no answer: .* Check") as caught:
        enhanced(play, video)
    assert SECRET not in told(caught)


def test_a_proxys_page_for_a_service_that_is_away_may_pass(play: Play, video: Path) -> None:
    away = Reply(502, b"<h1>Bad Gateway</h1>")
    play.replies["POST /v1/jobs"] = [away, Reply.of(202, DONE)]
    assert b"result" == enhanced(play, video)


def test_an_address_without_a_scheme() -> None:
    with pytest.raises(NotReached, match="begins with http://"):
        connect("127.0.0.1:8000")


def test_a_key_that_cannot_be_sent_is_not_told(play: Play, video: Path) -> None:
    with (
        connect(play.url, "nhk_secret\n") as client,
        pytest.raises(NotReached, match="The key holds characters") as caught,
    ):
        enhance(client, video)
    assert "nhk_secret" not in told(caught)


def test_what_is_final_is_not_tried_again(play: Play, video: Path) -> None:
    play.replies["POST /v1/jobs"] = [problem("unknown-model", 404)]
    with pytest.raises(ProblemReported, match="No: Why"):
        enhanced(play, video)
    assert 1 == len(play.requests["POST /v1/jobs"])


@pytest.mark.parametrize("code", ["idempotency-key-in-use", "verifying"])
def test_a_job_whose_answer_was_lost_is_asked_for_until_it_is_told(
    play: Play, video: Path, waits: list[float], code: str
) -> None:
    under_way = problem(code, 409)
    play.replies["POST /v1/jobs"] = [Reply(0), *[under_way] * 5, Reply.of(202, DONE)]
    assert b"result" == enhanced(play, video)
    keys = [request.headers["Idempotency-Key"] for request in play.requests["POST /v1/jobs"]]
    assert [f'"{ID}"'] * 7 == keys
    assert sum(waits) > 30


def test_another_conflict_is_final(play: Play, video: Path) -> None:
    play.replies["POST /v1/jobs"] = [problem("conflict", 409)]
    with pytest.raises(ProblemReported):
        enhanced(play, video)
    assert 1 == len(play.requests["POST /v1/jobs"])


@pytest.mark.parametrize(("code", "status"), [("verifying", 409), ("quota-exceeded", 429)])
def test_who_is_told_when_to_come_again_waits(
    play: Play, video: Path, waits: list[float], code: str, status: int
) -> None:
    busy = problem(code, status, Retry_After="40")
    play.replies["POST /v1/jobs"] = [busy, Reply.of(202, DONE)]
    assert b"result" == enhanced(play, video)
    assert [40.0] == waits


def test_who_is_told_to_come_again_in_an_hour_says_so(play: Play, video: Path) -> None:
    play.replies["POST /v1/jobs"] = [problem("too-many-attempts", 429, Retry_After="3600")]
    with pytest.raises(ProblemReported):
        enhanced(play, video)
    assert 1 == len(play.requests["POST /v1/jobs"])


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, b"hi", {"Content-Type": "text/html"}),
        Reply(200, b": nothing\n\n", {"Content-Type": "text/event-stream"}),
        Reply(200, b"", {"Content-Type": "text/event-stream"}),
        Reply(200, b"", {"Content-Type": "text/event-stream"}, missing=1),
    ],
)
def test_what_tells_of_no_events_is_asked_a_few_times(
    play: Play, video: Path, waits: list[float], reply: Reply
) -> None:
    play.replies["POST /v1/jobs"] = [Reply.of(202, JOB)]
    play.replies["GET /events"] = [reply] * TRIES + [events(DONE)]
    with pytest.raises(NotReached):
        enhanced(play, video)
    assert TRIES == len(play.requests["GET /events"])
    assert TRIES - 1 == len(waits)


@pytest.mark.parametrize("missing", [0, 1])
def test_a_stream_that_ends_is_opened_anew_after_a_pause(
    play: Play, video: Path, waits: list[float], missing: int
) -> None:
    play.replies["POST /v1/jobs"] = [Reply.of(202, JOB)]
    rounds = 2 * TRIES
    play.replies["GET /events"] = [events(missing=missing)] * rounds + [events(JOB, DONE)]
    assert b"result" == enhanced(play, video)
    assert [PAUSE_S] * rounds == waits


def test_a_download_goes_on_as_often_as_bytes_come(play: Play, video: Path) -> None:
    size = 2 * TRIES
    whole = bytes(range(size))
    output = {"extension": "mp4", "bytes": size, "sha256": hashlib.sha256(whole).hexdigest()}
    play.replies["POST /v1/jobs"] = [Reply.of(202, {**DONE, "output": output})]
    play.replies["GET /video"] = [
        Reply(206 if at else 200, whole[at : at + 1], missing=size - at - 1) for at in range(size)
    ]
    assert whole == enhanced(play, video)
    ranges = [request.headers["Range"] for request in play.requests["GET /video"]]
    assert [None, *(f"bytes={at}-" for at in range(1, size))] == ranges


def test_a_download_that_brings_nothing_more_ends(play: Play, video: Path) -> None:
    play.replies["GET /video"] = [Reply(200, b"re", missing=4), Reply(206, missing=4)]
    with pytest.raises(NotReached):
        enhanced(play, video)
    assert 1 + TRIES == len(play.requests["GET /video"])
    assert [video] == list(video.parent.iterdir())


def test_only_the_rest_is_put_behind_what_came(play: Play, video: Path) -> None:
    play.replies["GET /video"] = [Reply(200, b"re", missing=4), Reply(200, b"result")]
    with pytest.raises(NotReached, match="cannot be had alone"):
        enhanced(play, video)
    assert [video] == list(video.parent.iterdir())


def test_the_video_itself_is_not_replaced(play: Play, video: Path) -> None:
    (video.parent / "there").symlink_to(video.parent)
    with connect(play.url) as client, pytest.raises(SameFileError, match="is the video itself"):
        enhance(client, video, video.parent / "there" / video.name)
    assert b"video" == video.read_bytes()
    assert {} == play.requests


def test_another_file_is_replaced(play: Play, video: Path) -> None:
    other = video.with_name("other.mp4")
    other.write_bytes(b"old")
    with connect(play.url) as client:
        enhance(client, video, other)
    assert b"result" == other.read_bytes()
