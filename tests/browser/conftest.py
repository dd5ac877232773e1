"""A real browser before the whole stack; skipped, and said so, where there is no Chromium."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.browser.made_up import MadeUpGateway
from tests.browser.visitor import Visitor
from tests.local_stack import LocalStack, free_port, servables_with

SCREENSHOTS = Path(__file__).parents[2] / "out/browser"


@pytest.fixture(scope="module")
def local_stack(short_tmp: Path) -> Iterator[LocalStack]:
    servables = servables_with(short_tmp / "servables", "look")
    with LocalStack(short_tmp / "browser", servables) as running:
        yield running


@pytest.fixture
def guarded(local_stack: LocalStack) -> Iterator[str]:
    """The URL of a second gateway of the stack, which asks for keys."""
    port = free_port()
    settings = {"NHANCE_PORT": str(port), "NHANCE_REQUIRE_KEYS": "true"}
    environment = {**local_stack.environment, **settings}
    environment.pop("NHANCE_METRICS_PORT", None)
    process = subprocess.Popen([sys.executable, "-m", "nhance_gateway"], env=environment)
    try:
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 60
        while not _answers(url):
            assert time.monotonic() < deadline, "the gateway did not start"
            time.sleep(0.2)
        yield url
    finally:
        process.terminate()
        process.wait(30)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture
def key(local_stack: LocalStack) -> str:
    """A key to the stack's jobs."""
    command = [sys.executable, "-m", "nhance_local", "keys", "create", "--data"]
    made = subprocess.run(
        [*command, str(local_stack.data)], capture_output=True, text=True, timeout=60, check=True
    )
    return made.stdout.strip()


# Playwright's loop runs in this thread until it is closed: no asynchronous test may come between.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("skipped: no Chromium; `make browser` as root installs it")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])


@pytest.fixture
def context(chromium: Browser) -> BrowserContext:
    return chromium.new_context(base_url="http://127.0.0.1")


@pytest.fixture
def gateway(context: BrowserContext) -> MadeUpGateway:
    """What answers ``guest``."""
    return MadeUpGateway(context)


@pytest.fixture
def guest(context: BrowserContext, gateway: MadeUpGateway) -> Iterator[Visitor]:
    """Somebody for whom anything may go wrong."""
    with Visitor(context, SCREENSHOTS / "guest") as visitor:
        yield visitor


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
