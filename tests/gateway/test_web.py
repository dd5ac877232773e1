"""The web page's files: the policy they come under, what they weigh, and that they fit together."""

from __future__ import annotations

import re

import httpx
import pytest

from nhance_gateway.web import page_files

FIRST_PAINT_BYTES = 100_000


async def test_the_page_comes_under_a_strict_policy(client: httpx.AsyncClient) -> None:
    page = await client.get("/")
    assert 200 == page.status_code
    assert page.headers["content-type"].startswith("text/html")
    policy = page.headers["content-security-policy"]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert {"'none'"} == {rules[name] for name in ("default-src", "frame-ancestors", "base-uri")}
    assert {"'self'"} == {rules[name] for name in ("script-src", "style-src", "connect-src")}
    assert "'script'" == rules["require-trusted-types-for"]
    assert "unsafe" not in policy


async def test_a_file_is_sent_once(client: httpx.AsyncClient) -> None:
    first = await client.get("/static/main.js")
    assert "gzip" == first.headers["content-encoding"]
    again = await client.get("/static/main.js", headers={"If-None-Match": first.headers["etag"]})
    assert (304, b"") == (again.status_code, again.content)
    other = await client.get("/static/base.css", headers={"If-None-Match": first.headers["etag"]})
    assert 200 == other.status_code


async def test_who_knows_no_gzip_gets_the_file_itself(client: httpx.AsyncClient) -> None:
    plain = await client.get("/static/main.js", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert page_files()["main.js"].plain == plain.content


@pytest.mark.parametrize("name", ["none.js", "%2e%2e%2fweb.py", "..%2Fweb.py", "__init__.py"])
async def test_nothing_else_is_served(client: httpx.AsyncClient, name: str) -> None:
    assert 404 == (await client.get(f"/static/{name}")).status_code


def test_markup_and_code_keep_to_the_policy() -> None:
    files = {name: file.plain.decode() for name, file in page_files().items()}
    page = files["index.html"]
    assert [] == re.findall(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)", page)
    addresses = re.findall(r'(?:src|href)="([^"#]+)"', page)
    assert addresses
    for address in addresses:
        assert address == "/docs" or address.removeprefix("/static/") in files, address
    for name, code in files.items():
        assert [] == re.findall(r"(?:inner|outer|Adjacent)HTML|document\.write", code), name
        for imported in re.findall(r'(?:from|import\()\s*"\./([^"]+)"', code):
            assert imported in files, f"{name} imports {imported}"


def test_the_first_paint_is_light() -> None:
    """All that the first view loads, even unzipped: the page, its styles, and what it imports."""
    files = page_files()
    wanted = re.findall(r'/static/([^"]+)', files["index.html"].plain.decode())
    for name in wanted:
        code = files[name].plain.decode()
        wanted += [each for each in re.findall(r'from "\./([^"]+)"', code) if each not in wanted]
    sizes = {name: len(files[name].plain) for name in ["index.html", *wanted]}
    assert "card.js" in sizes
    assert "player.js" not in sizes
    assert sum(sizes.values()) < FIRST_PAINT_BYTES, sizes
