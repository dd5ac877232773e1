"""Byte ranges (RFC 9110 §14) and validators (§13)."""

from __future__ import annotations

import pytest

from nhance_gateway.errors import RangeNotSatisfiable
from nhance_gateway.ranges import is_fresh, range_applies, requested_range


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("", None),
        ("bytes=0-", (0, 100)),
        ("bytes=0-0", (0, 1)),
        ("bytes=10-19", (10, 20)),
        ("bytes=90-1000", (90, 100)),
        ("bytes=-10", (90, 100)),
        ("bytes=-1000", (0, 100)),
        ("Bytes = 10-19", (10, 20)),
        ("bytes=20-10", None),
        ("bytes=-", None),
        ("bytes=0-1,5-6", None),
        ("bytes=a-b", None),
        ("items=0-1", None),
        ("bytes=٣-٤", None),
        ("bytes=0-" + "9" * 30, None),
    ],
)
def test_requested_range(header: str | None, expected: tuple[int, int] | None) -> None:
    assert expected == requested_range(header, 100)


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_a_range_outside_the_file_is_not_satisfiable(header: str) -> None:
    with pytest.raises(RangeNotSatisfiable):
        requested_range(header, 100)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, False),
        ('"a"', True),
        ('W/"a"', True),
        ('"b", "a"', True),
        ("*", True),
        ('"b"', False),
        ("a", False),
    ],
)
def test_is_fresh(header: str | None, expected: bool) -> None:
    assert expected is is_fresh(header, '"a"')


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, True),
        ('"a"', True),
        ('W/"a"', False),
        ('"b"', False),
        ("Sun, 22 Nov 2026 10:00:00 GMT", False),
    ],
)
def test_range_applies(header: str | None, expected: bool) -> None:
    assert expected is range_applies(header, '"a"')
