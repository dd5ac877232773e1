"""Names from strangers, in a header that cannot be broken out of."""

from __future__ import annotations

import random
import re
import unicodedata
from urllib.parse import unquote

import pytest

from nhance_gateway.names import MAX_NAME_BYTES, clean_name, content_disposition, download_name

RTL_OVERRIDE = "\u202e"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("holiday.mov", "holiday.mov"),
        ("/etc/passwd", "passwd"),
        ("C:\\Videos\\a.mp4", "a.mp4"),
        ("../../x.mp4", "x.mp4"),
        (".hidden.mp4", "hidden.mp4"),
        ("a\r\nSet-Cookie: x=1.mp4", "aSet-Cookie: x=1.mp4"),
        (f"photo{RTL_OVERRIDE}gpj.exe", "photogpj.exe"),
        ("nul\x00l.mp4", "null.mp4"),
        ("", "video"),
        ("///", "video"),
        (" .. ", "video"),
        ("été 👩\u200d👧.mp4", "été 👩\u200d👧.mp4"),
    ],
)
def test_clean_name(raw: str, expected: str) -> None:
    assert expected == clean_name(raw)


def test_long_names_keep_their_extension() -> None:
    name = clean_name("ä" * 5000 + ".mp4")
    assert name.endswith("ä.mp4")
    assert MAX_NAME_BYTES - 1 <= len(name.encode()) <= MAX_NAME_BYTES


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("holiday.mov", "holiday.enhanced.mp4"),
        ("archive.tar.mp4", "archive.tar.enhanced.mp4"),
        ("no extension", "no extension.enhanced.mp4"),
        ("v1.2 of the holiday", "v1.2 of the holiday.enhanced.mp4"),
        ('a"b<c>.mp4', "a_b_c_.enhanced.mp4"),
    ],
)
def test_download_name(source: str, expected: str) -> None:
    assert expected == download_name(source, "enhanced", "mp4")


def test_content_disposition_has_a_fallback_and_the_whole_name() -> None:
    expected = (
        'attachment; filename="Uber 100_ _.mp4"; '
        "filename*=UTF-8''%C3%9Cber%20100%25%20%E2%82%AC.mp4"
    )
    assert expected == content_disposition("Über 100% €.mp4")


def test_no_name_breaks_the_header() -> None:
    rng = random.Random(6266)
    nasty = "\r\n\"\\;%'*=\x00\u202e\u2066\u200f\u061c\ufeff\u2028/<>ä€漢👍 .a"
    shape = re.compile(r"attachment; filename=\"([ -~]*)\"; filename\*=UTF-8''([A-Za-z0-9._~%-]+)")
    for _ in range(5000):
        raw = "".join(
            rng.choice(nasty) if rng.random() < 0.7 else chr(rng.randrange(0xD800))
            for _ in range(rng.randint(0, 40))
        )
        header = content_disposition(download_name(raw, "enhanced", "mp4"))
        header.encode("latin-1")
        match = shape.fullmatch(header)
        assert match is not None, raw
        plain, encoded = match.groups()
        assert not set('"\\%') & set(plain)
        whole = unquote(encoded, errors="strict")
        assert whole.endswith(".enhanced.mp4")
        assert not any(unicodedata.category(char) in {"Cc", "Zl", "Zp"} for char in whole)
        assert not any(unicodedata.bidirectional(c) in {"RLO", "LRO", "RLI", "FSI"} for c in whole)
