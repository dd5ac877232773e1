"""A real browser before the whole stack; skipped, and said so, where there is no Chromium."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.visitor import Visitor
from tests.local_stack import LocalStack, servables_with

SCREENSHOTS = Path(__file__).parents[2] / "out/browser"


@pytest.fixture(scope="module")
def local_stack(short_tmp: Path) -> Iterator[LocalStack]:
    servables = servables_with(short_tmp / "servables", "look")
    with LocalStack(short_tmp / "browser", servables) as running:
        yield running


# Playwright's loop runs in this thread until it is closed: no asynchronous test may come between.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("skipped: no Chromium; `make browser` as root installs it")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])


@pytest.fixture
def desktop(chromium: Browser, local_stack: LocalStack) -> Iterator[Visitor]:
    """Somebody at a desk, with a mouse and a keyboard."""
    context = chromium.new_context(
        base_url=local_stack.url, viewport={"width": 1280, "height": 860}, color_scheme="light"
    )
    with Visitor(context, SCREENSHOTS / "desktop") as visitor:
        yield visitor


@pytest.fixture
def phone(chromium: Browser, local_stack: LocalStack) -> Iterator[Visitor]:
    """Somebody with a small phone, in the dark, who is made dizzy by what moves."""
    context = chromium.new_context(
        base_url=local_stack.url,
        viewport={"width": 360, "height": 740},
        device_scale_factor=2,
        is_mobile=True,
        has_touch=True,
        color_scheme="dark",
        reduced_motion="reduce",
    )
    with Visitor(context, SCREENSHOTS / "phone") as visitor:
        yield visitor
