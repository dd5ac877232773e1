"""Somebody in front of the page: what they do, and all that must never happen meanwhile."""

from __future__ import annotations

import base64
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from axe_playwright_python.sync_playwright import Axe
from numpy.typing import NDArray
from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request, expect

# Patient, for machines that do much else besides.
PATIENCE_MS = 30_000
UPLOAD_S, JOB_S = 120, 300

expect.set_options(timeout=PATIENCE_MS)

# What a person does with a file manager: the file arrives with the event.
DROP = """(target, {data, name}) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, {type: "video/mp4"}));
  for (const kind of ["dragenter", "dragover", "drop"]) {
    target.dispatchEvent(
      new DragEvent(kind, {dataTransfer: transfer, bubbles: true, cancelable: true}));
  }
}"""
# The pixels of the canvas between two shares of its width, in the middle half of its height.
PIXELS = """(canvas, [from, to]) => {
  const {width, height} = canvas;
  const left = Math.round(from * width), wide = Math.round((to - from) * width);
  const {data} = canvas.getContext("2d").getImageData(
    left, Math.round(height / 4), wide, Math.round(height / 2));
  let text = "";
  for (let at = 0; at < data.length; at += 4096) {
    text += String.fromCharCode(...data.subarray(at, at + 4096));
  }
  return btoa(text);
}"""
# Every sentence that a card's line of figures has said.
LISTEN = """() => {
  window.said = [];
  new MutationObserver(() => {
    for (const line of document.querySelectorAll(".count")) window.said.push(line.textContent);
  }).observe(document.getElementById("videos"), {
    subtree: true, childList: true, characterData: true});
}"""


class Visitor:
    """A page of the stack. When the block ends, nothing may have gone wrong on the way."""

    def __init__(self, context: BrowserContext, screenshots: Path) -> None:
        self.context = context
        self.page: Page = context.new_page()
        self.requests: list[Request] = []
        self.complaints: list[str] = []
        self.expected: set[str] = set()
        self._screenshots = screenshots
        context.set_default_timeout(PATIENCE_MS)
        self.page.on("request", lambda request: self.requests.append(request))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._hear)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is not None:
            self.screenshot("failed")
        origin = self.page.url.split("/#")[0].rstrip("/")
        self.context.close()
        if kind is None:
            assert [] == [
                text
                for text in self.complaints
                if not any(expected in text for expected in self.expected)
            ]
            assert [] == [
                request.url
                for request in self.requests
                if not request.url.startswith((f"{origin}/", f"blob:{origin}/", "data:image/"))
            ]

    def _hear(self, message: ConsoleMessage) -> None:
        # The tests read the canvas often; the page does not.
        if message.type in ("error", "warning") and "willReadFrequently" not in message.text:
            self.complaints.append(message.text)

    def screenshot(self, name: str) -> None:
        self._screenshots.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=self._screenshots / f"{name}.png", full_page=True)

    def picture(self, name: str) -> Path:
        """What is in the window, small enough for a page of documentation."""
        path = self._screenshots.parent / f"pictures/{name}.jpg"
        self.page.screenshot(path=path, type="jpeg", quality=80)
        return path

    def assert_accessible(self) -> None:
        """axe finds nothing, by all of WCAG 2.2 AA and its best practices."""
        found = Axe().run(self.page).response["violations"]
        assert [] == [(each["id"], [node["html"] for node in each["nodes"]]) for each in found]

    def card(self, name: str) -> Locator:
        return self.page.locator(".card").filter(has=self.page.get_by_role("heading", name=name))

    def drop(self, video: Path) -> None:
        data = base64.b64encode(video.read_bytes()).decode()
        self.page.locator("#drop").evaluate(DROP, {"data": data, "name": video.name})

    def pick(self, video: Path, button: str) -> None:
        with self.page.expect_file_chooser() as chooser:
            self.page.get_by_role("button", name=button).click()
        chooser.value.set_files(video)

    def wait_until_enhanced(self, name: str) -> None:
        expect(self.card(name)).to_contain_text("Enhanced", timeout=JOB_S * 1000)

    def open_result(self, name: str) -> None:
        self.card(name).get_by_role("link", name="Compare").click()
        self.page.locator(".player[data-ready]").wait_for()
        expect(self.page.locator(".stage-note")).to_be_hidden()

    def clock(self) -> str:
        return self.page.locator(".clock").inner_text()

    def step(self, key: str, expected: str) -> None:
        self.page.keyboard.press(key)
        expect(self.page.locator(".clock")).to_contain_text(expected)

    def pixels(self, start: float, end: float) -> NDArray[np.uint8]:
        """uint8 [N,4]: what the canvas shows between two shares of its width."""
        data: Any = self.page.locator(".stage canvas").evaluate(PIXELS, [start, end])
        return np.frombuffer(base64.b64decode(data), np.uint8).reshape(-1, 4)

    def listen(self) -> None:
        self.page.evaluate(LISTEN)

    def said(self) -> list[str]:
        heard: list[str] = self.page.evaluate("window.said")
        return heard
