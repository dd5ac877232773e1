"""What comes back of every kind of video, file by file, as three readers see it.

Each file goes through the whole stack with a model that changes nothing. The table in README.md
beside this file is made of what is found here: ``make fidelity`` writes it anew.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import api
from tests.conftest import SHARED_DATA
from tests.e2e.cases import CASES
from tests.e2e.fidelity import KEPT, compare, picture, unexplained
from tests.e2e.readers import by_ffprobe, by_pyav, mediainfo_says, missing_readers

README = Path(__file__).parent / "README.md"
VIDEOS = SHARED_DATA / "videos"
REAL = sorted(path.name for path in VIDEOS.iterdir()) if VIDEOS.is_dir() else []
# Six minutes each, which take longer than they tell: `make fidelity` has them, CI has not.
LONG = "long_"
LONG_S = 3600
WRITES = "NHANCE_WRITE_FIDELITY" in os.environ
COLUMNS = (
    "file",
    "frames",
    "pts",
    "orientation",
    "colour",
    "aspect",
    "size",
    "picture",
    "audio",
    "other streams",
    "chapters",
    "metadata",
    "ffprobe",
    "MediaInfo",
    "reasons in the report",
)
INTRODUCTION = """# What comes back of a video

Every file of the real ones and every generated case through the whole stack with a model that
changes nothing, read by PyAV; then whether ffprobe (Debian's, another FFmpeg) and MediaInfo see the
same. A cell that is worse than *kept* has its reason in the job's report, whose codes stand in the
last column. `make fidelity` writes this page.
"""


@dataclass
class Table:
    """The rows of the files that have been through, in the order of the tests."""

    rows: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def markdown(self) -> str:
        """The whole page; a file that has not been through this time keeps the line that it has."""
        lines = ["| " + " | ".join(COLUMNS) + " |", "|---" * len(COLUMNS) + "|"]
        written = README.read_text().splitlines() if README.exists() else []
        for name in (*REAL, *CASES):
            if cells := self.rows.get(name):
                row = (f"`{name}`", *(cells[column] for column in COLUMNS[1:]))
                lines.append("| " + " | ".join(row) + " |")
            else:
                lines += [line for line in written if line.startswith(f"| `{name}` |")]
        return "\n".join([INTRODUCTION, *lines, ""])


@pytest.fixture(scope="module")
def table() -> Iterator[Table]:
    made = Table()
    yield made
    if WRITES:
        README.write_text(made.markdown())


def row(stack: str, source: Path, folder: Path, within_s: float = 300) -> dict[str, str]:
    """A file through the stack, and its cells; fails where one is worse without a reason."""
    options: dict[str, Any] = {"model": "identity", "comparison": "none"}
    job = api.enhanced(stack, source, folder, within_s, **options)
    output = folder / f"video.{job['output']['extension']}"
    changes = httpx.get(f"{stack}/v1/jobs/{job['id']}/report").json()["changes"]
    codes = {change["code"] for change in changes}
    before, after = by_pyav(source), by_pyav(output)
    cells = compare(before, after)
    cells["picture"] = picture(source, output)
    assert {} == unexplained(cells, codes), job["warnings"]
    if missing_readers():
        cells["ffprobe"] = cells["MediaInfo"] = "not here"
    else:
        probed = compare(by_ffprobe(source), by_ffprobe(output))
        assert {} == unexplained(probed, codes), f"by ffprobe; {job['warnings']}"
        worse = [f"{name}: {cell}" for name, cell in probed.items() if not cell.startswith(KEPT)]
        cells["ffprobe"] = KEPT if not worse else "; ".join(worse)
        cells["MediaInfo"] = mediainfo_says(source, output, len(before.pts))
        assert cells["MediaInfo"] == KEPT or codes, cells["MediaInfo"]
    cells["reasons in the report"] = ", ".join(sorted(codes))
    return cells


@pytest.mark.parametrize("name", [name for name in REAL if not name.startswith(LONG)])
def test_a_real_video(stack: str, tmp_path: Path, table: Table, name: str) -> None:
    table.rows[name] = row(stack, VIDEOS / name, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in REAL if name.startswith(LONG)])
def test_a_long_real_video(stack: str, tmp_path: Path, table: Table, name: str) -> None:
    table.rows[name] = row(stack, VIDEOS / name, tmp_path, LONG_S)


def test_the_real_videos_are_here() -> None:
    if not REAL:
        pytest.skip("skipped: no ../shared/data")
    assert len(REAL) >= 20


@pytest.mark.parametrize("name", CASES)
def test_a_generated_case(stack: str, tmp_path: Path, table: Table, name: str) -> None:
    source = CASES[name](tmp_path)
    table.rows[name] = row(stack, source, tmp_path)


def test_the_independent_readers_are_here() -> None:
    missing = missing_readers()
    if missing and "CI" not in os.environ:
        pytest.skip(f"skipped: no {', '.join(missing)}; make readers installs them on Debian")
    assert [] == missing


def test_the_table_is_that_of_these_files(table: Table) -> None:
    if WRITES:
        pytest.skip("it is being written")
    written = README.read_text()
    for name in table.rows:
        assert f"| `{name}` |" in written, "make fidelity writes the table anew"
