"""What the web page makes of moments that the whole stack seldom has."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from tests.browser.made_up import MadeUpGateway, data, events, job, problem
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.slow


def test_cancelling_tells_what_would_be_lost_by_now(gateway: MadeUpGateway, guest: Visitor) -> None:
    gateway.answers["GET /v1/events"] = events(job(0), job(4000))
    guest.page.goto("/")
    expect(guest.card("walk.mp4")).to_contain_text("4,000 of 9,000 frames")
    guest.card("walk.mp4").get_by_role("button", name="Cancel").click()
    expect(guest.page.get_by_role("dialog")).to_contain_text("4,000 frames are done")


def test_deleting_a_result_that_is_not_listed_leads_back(
    gateway: MadeUpGateway, guest: Visitor
) -> None:
    address = f"/v1/jobs/{job(0)['id']}"
    gateway.answers[f"GET {address}"] = data(job(9000, "succeeded"))
    gateway.answers[f"DELETE {address}"] = lambda route: route.fulfill(status=204)
    page = guest.page
    page.goto(f"/#/jobs/{job(0)['id']}")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Nothing here yet.")).to_be_visible()
    guest.expected.add("404")  # the player's, of its video


def test_signing_in_needs_https(gateway: MadeUpGateway, guest: Visitor) -> None:
    """Elsewhere the browser drops the cookie; the key need not travel in vain."""
    gateway.answers["GET /v1/events"] = problem(401, "No key.")
    gateway.answers["GET /v1/models"] = problem(401, "No key.")
    page = guest.page
    page.goto("http://nhance.test/")
    dialog = page.get_by_role("dialog", name="Sign in")
    dialog.get_by_label("Key").fill("nhk_mine")
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("needs HTTPS, or this machine's own address 127.0.0.1")
    assert "POST" not in [request.method for request in guest.requests]
    guest.expected.add("401")


def test_the_sign_in_cannot_be_left(gateway: MadeUpGateway, guest: Visitor) -> None:
    """Escape pressed twice closes any dialog, whatever a page does against it."""
    gateway.answers["GET /v1/events"] = problem(401, "No key.")
    page = guest.page
    page.goto("/")
    dialog = page.get_by_role("dialog", name="Sign in")
    expect(dialog).to_be_visible()
    for _ in range(3):
        page.keyboard.press("Escape")
        page.wait_for_timeout(200)
    dialog.get_by_label("Key").fill("nhk_mine")
    gateway.answers["POST /v1/session"] = lambda route: route.fulfill(status=204)
    gateway.answers["GET /v1/events"] = events(job(0))
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(guest.card("walk.mp4")).to_be_visible()
    guest.expected.add("401")


def test_a_refusal_of_the_events_is_told(gateway: MadeUpGateway, guest: Visitor) -> None:
    gateway.answers["GET /v1/events"] = problem(403, "The key lacks the scope.")
    page = guest.page
    page.goto("/")
    expect(page.get_by_role("alert")).to_contain_text("The key lacks the scope.")
    expect(page.locator("#loading")).to_be_hidden()
    gateway.answers["GET /v1/events"] = events(job(0))
    page.get_by_role("button", name="Try again").click()
    expect(guest.card("walk.mp4")).to_be_visible()
    expect(page.locator("#list-failed")).to_be_hidden()
    guest.expected.add("403")


def test_file_and_format_go_together(guest: Visitor) -> None:
    """By containers.VIDEO of nhance_media: MOV takes no AV1, and WebM nothing else."""
    page = guest.page
    page.goto("/")
    page.get_by_text("Output").click()
    codec, container = page.get_by_label("Format"), page.get_by_label("File", exact=True)
    assert not can_choose(guest, "webm")
    container.select_option("mov")
    codec.select_option("av1")
    expect(container).to_have_value("")
    assert not can_choose(guest, "mov")
    container.select_option("webm")
    page.reload()
    page.get_by_text("Output").click()
    expect(container).to_have_value("webm")
    codec.select_option("hevc")
    expect(container).to_have_value("")
    assert [True, True, False] == [can_choose(guest, kind) for kind in ("mov", "mkv", "webm")]


def can_choose(guest: Visitor, container: str) -> bool:
    return guest.page.locator(f"#container option[value={container}]").is_enabled()


def test_signing_out_leaves_no_names(gateway: MadeUpGateway, guest: Visitor) -> None:
    kept = {"key": "k", "url": "/v1/tus/u", "name": "secret.mp4", "bytes": 9, "options": {}}
    page = guest.page
    page.goto("/")
    page.evaluate("kept => localStorage.setItem('nhance.uploads', kept)", json.dumps([kept]))
    page.evaluate("localStorage.setItem('nhance.signed-in', 'yes')")
    page.reload()
    gateway.answers["DELETE /v1/session"] = lambda route: route.fulfill(status=204)
    out = page.get_by_role("button", name="Sign out")
    dialog = page.get_by_role("dialog")
    out.click()
    dialog.get_by_role("button", name="Stay").click()
    expect(guest.card("secret.mp4")).to_be_visible()
    out.click()
    expect(dialog).to_contain_text("1 upload is not done")
    guest.assert_accessible()
    dialog.get_by_role("button", name="Sign out").click()
    expect(out).to_be_hidden()
    expect(guest.card("secret.mp4")).to_have_count(0)
    assert "secret" not in page.evaluate("JSON.stringify(localStorage)")
    guest.expected.add("404")  # of the upload that was looked for
