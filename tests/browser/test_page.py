"""The web page as people use it, in a browser, against the whole stack."""

from __future__ import annotations

import hashlib
import io
import re
import shutil
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import httpx
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Locator, expect

from tests import api
from tests.bench.clip import repeated, sample_clips
from tests.browser.visitor import UPLOAD_S, Visitor
from tests.clips import psnr, write_clip
from tests.local_stack import LocalStack

FIRST_PAINT_BYTES = 100_000
PICTURE_BYTES = 150_000
# Frames come at odd times: 33 to 90 ms apart.
ODD_STEPS = (3, 5, 3, 9, 4, 6)


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def bunny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real clip of 132 frames, with sound."""
    path = tmp_path_factory.mktemp("clips") / "bunny.mp4"
    shutil.copyfile(sample_clips() / "bigbuckbunny.mp4", path)
    return path


@pytest.fixture(scope="module")
def unsteady(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip at a variable frame rate, whose name is not to be trusted."""
    pts = np.cumsum([0, *(10 * step for step in 6 * ODD_STEPS)]).tolist()
    path = tmp_path_factory.mktemp("clips") / "<img src=x onerror=alert(1)>.mp4"
    return write_clip(path, size=(320, 180), pts=pts, time_base=Fraction(1, 1000))


@pytest.fixture(scope="module")
def enhanced(local_stack: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a video that the stack has enhanced already."""
    path = tmp_path_factory.mktemp("clips") / "enhanced.mp4"
    write_clip(path, size=(320, 180))
    answer = api.post(local_stack.url, path, comparison="side")
    assert 202 == answer.status_code, answer.text
    assert "succeeded" == api.finished(local_stack.url, answer.json()["id"])["state"]
    return path.name


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip of some 20 MB: three pieces of an upload, and more frames than anybody waits for."""
    clip = sample_clips() / "bigbuckbunny.mp4"
    path = tmp_path_factory.mktemp("clips") / "long.mp4"
    return repeated(clip, path, times=1 + (20 << 20) // clip.stat().st_size)


def job_named(stack: LocalStack, name: str) -> dict[str, Any]:
    jobs: list[dict[str, Any]] = httpx.get(f"{stack.url}/v1/jobs", timeout=30).json()["jobs"]
    return next(job for job in jobs if job["source"]["name"] == name)


def test_first_visit(desktop: Visitor) -> None:
    page = desktop.page
    page.goto("/")
    expect(page.get_by_text("Nothing here yet.")).to_be_visible()
    sizes: dict[str, int] = page.evaluate(
        """() => Object.fromEntries(performance.getEntries()
          .filter((entry) => entry.encodedBodySize !== undefined)
          .map((entry) => [entry.name, entry.encodedBodySize]))"""
    )
    assert any(name.endswith("/static/main.js") for name in sizes)
    assert 10_000 < sum(sizes.values()) < FIRST_PAINT_BYTES
    desktop.assert_accessible()
    desktop.screenshot("first-visit")


def test_from_drop_to_download(
    desktop: Visitor, phone: Visitor, local_stack: LocalStack, bunny: Path
) -> None:
    """And another device, which only looks on, shows the same."""
    phone.page.goto("/")
    page = desktop.page
    page.goto("/")
    desktop.listen()
    desktop.drop(bunny)
    expect(desktop.card("bunny.mp4")).to_contain_text("Enhancing", timeout=UPLOAD_S * 1000)
    desktop.screenshot("enhancing")
    assert desktop.picture("enhancing").stat().st_size < PICTURE_BYTES
    desktop.wait_until_enhanced("bunny.mp4")
    counted = {line for line in desktop.said() if re.match(r"\d+ of 132 frames", line)}
    assert len(counted) > 1, desktop.said()

    with page.expect_download() as download:
        desktop.card("bunny.mp4").get_by_role("link", name="Download").click()
    file = download.value.path().read_bytes()
    assert (
        job_named(local_stack, "bunny.mp4")["output"]["sha256"] == hashlib.sha256(file).hexdigest()
    )
    assert "bunny.enhanced.mp4" == download.value.suggested_filename

    desktop.open_result("bunny.mp4")
    page.get_by_role("slider", name="Frame").fill("60")
    expect(page.locator(".clock")).to_contain_text("Frame 61 of 132")
    desktop.assert_accessible()
    desktop.screenshot("result")
    assert desktop.picture("result").stat().st_size < PICTURE_BYTES
    before = desktop.pixels(0, 0.45), desktop.pixels(0.55, 1)
    page.locator(".stage canvas").focus()
    desktop.step(".", "Frame 62 of 132")
    after = desktop.pixels(0, 0.45), desktop.pixels(0.55, 1)
    assert [True, True] == [bool((a != b).any()) for a, b in zip(before, after, strict=True)]

    phone.open_result("bunny.mp4")
    phone.page.get_by_role("slider", name="Frame").fill("60")
    expect(phone.page.locator(".clock")).to_contain_text("Frame 61 of 132")
    phone.screenshot("bunny")


def test_divider_and_views(desktop: Visitor, enhanced: str) -> None:
    page = desktop.page
    page.goto("/")
    desktop.open_result(enhanced)
    divider = page.get_by_role("slider", name="Divider")
    box = page.locator(".stage canvas").bounding_box()
    assert box is not None
    source = desktop.pixels(0.3, 0.4)
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 4, middle, steps=5)
    page.mouse.up()
    expect(divider).to_have_attribute("aria-valuenow", "25")
    better = desktop.pixels(0.3, 0.4)
    assert (source != better).any(), "what was source is enhanced now"
    divider.focus()
    page.keyboard.press("End")
    expect(divider).to_have_attribute("aria-valuetext", "100 % source, 0 % enhanced")
    assert not (source != desktop.pixels(0.3, 0.4)).any()
    page.keyboard.press("ArrowLeft")
    expect(divider).to_have_attribute("aria-valuenow", "99")

    page.keyboard.press("5")
    expect(page.get_by_role("radio", name="Enhanced")).to_be_checked()
    expect(divider).to_be_hidden()
    assert not (better != desktop.pixels(0.3, 0.4)).any()
    page.get_by_role("radio", name="Side", exact=True).check(force=True)
    expect(page.get_by_role("radio", name="Side")).to_be_checked()
    desktop.assert_accessible()
    desktop.screenshot("side")
    page.keyboard.press("3")
    place = divider.get_attribute("aria-valuenow")
    expect(divider).not_to_have_attribute("aria-valuenow", place or "")
    page.keyboard.press("1")

    page.locator(".stage canvas").dblclick(position={"x": 200, "y": 150})
    expect(page.locator(".zoom")).to_contain_text("%")
    zoomed = desktop.pixels(0, 1)
    page.locator(".stage canvas").focus()
    page.keyboard.press("ArrowRight")
    assert (zoomed != desktop.pixels(0, 1)).any()
    page.keyboard.press("0")
    expect(page.locator(".zoom")).to_have_text("Fit")

    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    playing = desktop.clock()
    expect(page.locator(".clock")).not_to_have_text(playing)
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()


def test_steps_are_exact(phone: Visitor, local_stack: LocalStack, unsteady: Path) -> None:
    """Also at a variable frame rate: the still of a frame is that frame's, of no neighbour."""
    page = phone.page
    page.goto("/")
    phone.pick(unsteady, "Choose videos")
    phone.wait_until_enhanced(unsteady.name)
    assert 0 == page.locator("#videos img[src=x]").count()
    assert 360 == page.evaluate("document.documentElement.scrollWidth")
    phone.assert_accessible()
    phone.screenshot("list")

    phone.open_result(unsteady.name)
    assert 360 == page.evaluate("document.documentElement.scrollWidth")
    phone.assert_accessible()
    phone.screenshot("result")
    job = job_named(local_stack, unsteady.name)
    comparison = httpx.get(f"{local_stack.url}{job['links']['comparison']}", timeout=30).content
    frames = halves(comparison)
    assert f"of {len(frames)}" in phone.clock()
    divider = page.get_by_role("slider", name="Divider")
    divider.focus()
    page.keyboard.press("Home")
    shown = 1
    for button, times in (("forward", 7), ("back", 3), ("forward", 9)):
        for _ in range(times):
            shown += 1 if button == "forward" else -1
            page.get_by_role("button", name=f"One frame {button}").tap()
            expect(page.locator(".clock")).to_contain_text(f"Frame {shown} of")
        with page.expect_download() as download:
            page.get_by_role("button", name="Save this frame").tap()
        still = np.asarray(Image.open(download.value.path()).convert("RGB"))[:, 4:]
        likeness = [psnr(still, enhanced[:, 4:]) for _, enhanced in frames]
        assert shown - 1 == int(np.argmax(likeness))
        assert likeness[shown - 1] > 30


def test_divider_by_touch(phone: Visitor, enhanced: str) -> None:
    page = phone.page
    page.goto("/")
    phone.open_result(enhanced)
    divider = page.get_by_role("slider", name="Divider")
    centre, to = middle_of(divider), 0.8
    box = page.locator(".stage canvas").bounding_box()
    assert box is not None
    touches = phone.context.new_cdp_session(page)
    x = box["x"] + to * box["width"]
    for kind, point in (("touchStart", centre), ("touchMove", (x, centre[1]))):
        points = [{"x": point[0], "y": point[1]}]
        touches.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    touches.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(divider).to_have_attribute("aria-valuenow", "80")


def test_upload_survives_a_reload(desktop: Visitor, local_stack: LocalStack, long: Path) -> None:
    """Stopped in the middle, it goes on from what is stored; then the job is cancelled."""
    page = desktop.page
    page.goto("/")
    network = desktop.context.new_cdp_session(page)
    throttle = {"offline": False, "latency": 0, "downloadThroughput": -1}
    network.send("Network.enable")
    network.send("Network.emulateNetworkConditions", {**throttle, "uploadThroughput": 1 << 20})
    desktop.pick(long, "Choose videos")
    with page.expect_response(lambda answer: answer.request.method == "PATCH") as stored:
        pass
    assert 204 == stored.value.status
    offset = int(stored.value.headers["upload-offset"])
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    card = desktop.card("long.mp4")
    expect(card).to_contain_text("Stopped at")
    expect(card).to_contain_text("Choose the same file again")
    desktop.assert_accessible()
    desktop.screenshot("stopped")

    other = long.with_name("other.mp4")
    other.write_bytes(b"not that one")
    desktop.pick(other, "Choose the file")
    expect(card).to_contain_text("That is another file")
    network.send("Network.emulateNetworkConditions", {**throttle, "uploadThroughput": -1})
    sent = len(desktop.requests)
    desktop.pick(long, "Choose the file")
    expect(card).to_contain_text("frames", timeout=UPLOAD_S * 1000)
    first = next(each for each in desktop.requests[sent:] if each.method == "PATCH")
    assert offset <= int(first.headers["upload-offset"])
    job = job_named(local_stack, "long.mp4")
    assert hashlib.sha256(long.read_bytes()).hexdigest() == job["source"]["sha256"]

    card.get_by_role("button", name="Cancel").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Let it go on")).to_be_focused()
    desktop.assert_accessible()
    dialog.get_by_role("button", name="Cancel the job").click()
    expect(card).to_contain_text("Cancelled")
    assert "cancelled" == job_named(local_stack, "long.mp4")["state"]

    card.get_by_role("button", name="Delete").click()
    page.keyboard.press("Escape")
    expect(card).to_be_visible()
    card.get_by_role("button", name="Delete").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(card).to_have_count(0)
    assert 404 == httpx.get(f"{local_stack.url}{job['links']['self']}", timeout=30).status_code


def test_what_is_no_video_is_refused(desktop: Visitor, tmp_path: Path) -> None:
    notes = tmp_path / "notes.mp4"
    notes.write_text("no video at all\n" * 100)
    desktop.page.goto("/")
    desktop.drop(notes)
    card = desktop.card("notes.mp4")
    expect(card).to_contain_text("Not taken", timeout=UPLOAD_S * 1000)
    desktop.screenshot("refused")
    card.get_by_role("button", name="Dismiss").click()
    expect(card).to_have_count(0)
    # The browser itself logs that the answer was an error.
    assert all("415" in text or "422" in text for text in desktop.complaints)
    desktop.complaints.clear()


def test_sign_in_where_keys_are_asked_for(
    desktop: Visitor, guarded: str, key: str, enhanced: str
) -> None:
    page = desktop.page
    page.goto(f"{guarded}/")
    dialog = page.get_by_role("dialog", name="Sign in")
    dialog.get_by_label("Key").fill("nhk_wrong")
    dialog.get_by_role("button", name="Sign in").click()
    expect(dialog).to_contain_text("unknown")
    desktop.assert_accessible()
    desktop.screenshot("sign-in")
    dialog.get_by_label("Key").fill(key)
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(desktop.card(enhanced)).to_be_visible()
    # A browser sends no header with <video> and <img>: the cookie must do.
    desktop.open_result(enhanced)
    page.reload()
    page.locator(".player[data-ready]").wait_for()
    page.get_by_role("button", name="Sign out").click()
    expect(dialog).to_be_visible()
    assert desktop.complaints
    # Also of what was being asked for while the session ended, and is answered later.
    desktop.expected.add("401")


def halves(video: bytes) -> list[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
    """Source and enhanced, uint8 [H,W,3] each, of every frame of a side-by-side comparison."""
    with av.open(io.BytesIO(video), "r") as container:
        pictures: list[NDArray[np.uint8]] = [
            frame.to_ndarray(format="rgb24").astype(np.uint8) for frame in container.decode(video=0)
        ]
    width = pictures[0].shape[1] // 2
    return [(picture[:, :width], picture[:, width:]) for picture in pictures]


def middle_of(element: Locator) -> tuple[float, float]:
    box = element.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
