"""The multipart parser: any way of cutting the body gives the same form, and limits hold."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest

from nhance_gateway.errors import InvalidFields, NotMultipart
from nhance_gateway.form import FORM_BYTES, MAX_FIELDS, FormReader
from nhance_kit.errors import InvalidRequest

CONTENT_TYPE = "multipart/form-data; boundary=XyZ"


def part(name: str, value: bytes, file_name: str | None = None) -> bytes:
    file = "" if file_name is None else f'; filename="{file_name}"'
    head = f'--XyZ\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
    return head.encode() + value + b"\r\n"


END = b"--XyZ--\r\n"


def read(body: bytes, step: int = 1 << 30) -> tuple[FormReader, bytes]:
    form = FormReader(CONTENT_TYPE)
    found = bytearray()
    for at in range(0, len(body), step):
        for piece in form.feed(body[at : at + step]):
            found += piece
    return form, bytes(found)


@pytest.mark.parametrize("step", [1, 2, 3, 7, 64, 1000])
def test_every_cut_of_the_body_gives_the_same_form(step: int) -> None:
    content = b"\r\n--Xy\r\n--XyY\r\n-" + random.Random(step).randbytes(500) + b"\r\n--X"
    body = part("model", b"dped") + part("file", content, "ä.mp4") + part("crf", b"20") + END
    form, found = read(body, step)
    assert content == found
    assert form.fields == {"model": "dped", "crf": "20"}
    assert form.finish() == "ä.mp4"


def test_a_file_without_a_name_gets_one() -> None:
    form, found = read(part("file", b"abc") + END)
    assert (found, form.finish()) == (b"abc", "video")


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (part("file", b"x", "a") + part("file", b"y", "b") + END, "file: there is more than one"),
        (part("other", b"x", "a") + END, "other: send the video in the field file"),
        (part("crf", b"1") + part("crf", b"2") + END, "crf: is there more than once"),
        (part("crf", b"\xff") + END, "crf: is not UTF-8"),
        (part("crf", b"1") + END, "file: the video is missing"),
        (END, "file: the video is missing"),
        (b"", "ends before its last boundary"),
        (part("file", b"x" * 100, "a"), "ends before its last boundary"),
        (b"this is no multipart body at all", "is broken"),
        (b"--XyZ\r\nContent-Type: text/plain\r\n\r\nx\r\n" + END, "a part has no name"),
        (b"--XyZ\r\n" + b"X" * 10_000, "is broken"),
        (b"--XyZ\r\n" + b"X-A: b\r\n" * 50, "is broken"),
        (b"".join(part(f"f{n}", b"") for n in range(MAX_FIELDS + 1)), "more than 16 fields"),
        (part("crf", b"1" * FORM_BYTES), "longer than 64 KiB"),
        (b"\r\n" * FORM_BYTES, "longer than 64 KiB"),
        (part("file", b"x", "a") + END + b"x" * FORM_BYTES, "longer than 64 KiB"),
    ],
)
@pytest.mark.parametrize("step", [1000, 1 << 30])
def test_a_bad_form_is_an_invalid_request(body: bytes, sentence: str, step: int) -> None:
    with pytest.raises(InvalidRequest, match=sentence):
        read(body, step)[0].finish()


def test_the_wrong_field_is_named() -> None:
    with pytest.raises(InvalidFields) as caught:
        read(part("crf", b"1") + part("crf", b"2") + END)
    assert [error.field for error in caught.value.errors] == ["crf"]


@pytest.mark.parametrize("content_type", [None, "", "application/json", "multipart/mixed; a=b"])
def test_other_media_types_are_not_multipart(content_type: str | None) -> None:
    with pytest.raises(NotMultipart):
        FormReader(content_type)


@pytest.mark.parametrize("boundary", ["", "; boundary=", "; boundary=" + 71 * "b"])
def test_a_boundary_is_needed(boundary: str) -> None:
    with pytest.raises(InvalidRequest, match="boundary"):
        FormReader(f"multipart/form-data{boundary}")


def test_noise_never_breaks_the_parser() -> None:
    """Whatever comes, the answer is a form or one of our errors."""
    rng = random.Random(18)
    good = part("model", b"look") + part("file", b"abc" * 50, "a.mp4") + END
    for _ in range(3000):
        body = bytearray(good)
        for _ in range(rng.randint(1, 6)):
            at = rng.randrange(len(body))
            body[at : at + rng.randint(0, 3)] = rng.choice(
                [b"", b"\r\n", b"-", b'"', b"\x00", b";"]
            )
        with suppress(InvalidRequest):
            read(bytes(body), rng.choice([1, 10, 1 << 30]))[0].finish()
