"""Uploads by strangers: nothing of the server is read or reached, and every refusal is typed."""

from __future__ import annotations

import http.server
import io
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from nhance_kit.errors import NhanceError, Rejected, UnsupportedContainer
from nhance_media.decoding import decode
from nhance_media.probe import check_complete, probe
from nhance_media.recutting import frame_batches
from nhance_media.source import main_video, open_source
from tests.clips import write_clip

SECRET = b"the server's own file"


@pytest.fixture
def canary() -> Iterator[tuple[str, list[str]]]:
    """A web server on loopback, and the requests that reached it."""
    hits: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hits.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", hits
    server.shutdown()
    thread.join()
    server.server_close()


def pointing_elsewhere(url: str, folder: Path) -> dict[str, bytes]:
    """Uploads that name a host or a file of the server's."""
    secret = folder / "secret.mp4"
    write_clip(secret, frames=3, audio=None)
    return {
        "HLS, segment": f"#EXTM3U\n#EXTINF:1,\n{url}/segment.ts\n#EXT-X-ENDLIST\n".encode(),
        "HLS, file": f"#EXTM3U\n#EXTINF:1,\nfile://{secret}\n#EXT-X-ENDLIST\n".encode(),
        "HLS, key": (
            f'#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="{url}/key"\n#EXTINF:1,\n{secret}\n'
        ).encode(),
        "ffconcat": f"ffconcat version 1.0\nfile {secret}\n".encode(),
        "ffconcat, host": f"ffconcat version 1.0\nfile {url}/clip.mp4\n".encode(),
        "SDP": b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\n",
        "DASH": (
            f'<?xml version="1.0"?><MPD><Period><AdaptationSet><Representation><BaseURL>{url}/'
            "</BaseURL></Representation></AdaptationSet></Period></MPD>"
        ).encode(),
        "text shown as video": b"\x1b[31mhello\x1b[0m\n" * 500,
    }


KINDS = [
    "HLS, segment",
    "HLS, file",
    "HLS, key",
    "ffconcat",
    "ffconcat, host",
    "SDP",
    "DASH",
    "text shown as video",
]


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_else_is_opened(canary: tuple[str, list[str]], tmp_path: Path, kind: str) -> None:
    url, hits = canary
    upload = pointing_elsewhere(url, tmp_path)[kind]

    with pytest.raises(UnsupportedContainer), open_source(io.BytesIO(upload)):
        pass

    assert hits == []


def read_through(path: Path) -> int:
    """Open, probe, cut and decode a file as ingest and enhance do; the number of frames."""
    shown = 0
    end_s = None
    with path.open("rb") as file, open_source(file) as container:
        found = probe(container, main_video(container), path.stat().st_size)
        for batch in frame_batches(found.config, found.time_base, found.packets):
            end_s = float(max(p.pts + p.duration for p in batch.packets) * found.time_base)
            shown += sum((frame.pts or 0) < batch.end_pts for frame in decode(batch))
        check_complete(found.media, end_s)
    return shown


def test_damaged_files_are_refused_or_read(shared_data: Path) -> None:
    """103 damaged, truncated, encrypted and strange files: frames, or an error of ours."""
    outcomes: dict[str, int] = {"read": 0, "refused": 0}
    for path in sorted((shared_data / "malformed").iterdir()):
        try:
            assert read_through(path) > 0
            outcomes["read"] += 1
        except NhanceError as error:
            assert isinstance(error, Rejected)
            assert len(str(error)) > 20
            outcomes["refused"] += 1
    assert outcomes["read"] >= 15
    assert outcomes["refused"] >= 60


def test_a_port_is_not_bound_by_a_session_description() -> None:
    port = 45_678
    sdp = f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=video {port} RTP/AVP 96\n"
    with pytest.raises(UnsupportedContainer), open_source(io.BytesIO(sdp.encode())):
        pass
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe_socket:
        probe_socket.bind(("127.0.0.1", port))
