"""Where the type of a problem leads to, there is a page."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import httpx
import pytest

from nhance_gateway.problems import kinds


async def test_the_type_of_a_problem_leads_to_its_page(client: httpx.AsyncClient) -> None:
    problem = (await client.get("/v1/jobs/x")).json()
    page = await client.get(problem["type"])
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert f"<h1>{problem['title']}</h1>" in page.text
    assert f"<code>{problem['code']}</code>" in page.text


async def test_every_kind_is_listed_and_has_a_page(client: httpx.AsyncClient) -> None:
    listed = await client.get("/problems")
    links = re.findall(r'href="(/problems/[a-z-]+)"', listed.text)
    assert {f"/problems/{code}" for code in kinds()} == set(links)
    assert len(links) > 20
    for link in links:
        page = await client.get(link)
        assert (link, page.status_code) == (link, 200)
        parser = HTMLParser()
        parser.feed(page.text)
        assert "``" not in page.text


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("store-unavailable", "Yes: a part of the service was away."),
        ("too-many-uploads", "Yes: wait as long as Retry-After says."),
        ("idempotency-key-in-use", "Yes: wait as long as Retry-After says."),
        ("no-video", "Not as it is:"),
        ("conflict", "After a while, it may."),
    ],
)
async def test_a_page_says_whether_to_try_again(
    client: httpx.AsyncClient, code: str, answer: str
) -> None:
    page = await client.get(f"/problems/{code}")
    assert f"<dt>Does it help to try again?</dt><dd>{answer}" in page.text


async def test_the_pages_run_nothing_and_load_nothing(client: httpx.AsyncClient) -> None:
    page = await client.get("/problems/no-video")
    policy = page.headers["content-security-policy"]
    (style,) = re.findall(r"<style>(.*?)</style>", page.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none';")
    assert not re.search(r"<script|src=|https?://|style=", page.text)


async def test_an_unknown_kind_is_a_problem(client: httpx.AsyncClient) -> None:
    response = await client.get("/problems/%3Cscript%3E")
    assert (response.status_code, response.json()["code"]) == (404, "not-found")
