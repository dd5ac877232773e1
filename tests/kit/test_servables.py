"""Servables go to S3 and come back, to those who need them, who follow what is published."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from nhance_kit import servables
from nhance_kit.errors import StoreUnavailable
from nhance_kit.objects import ObjectStore
from nhance_kit.queue import Cost

ALL = frozenset(Cost)


def save(directory: Path, name: str, version: int, speed: str | None = None) -> None:
    folder = directory / name / str(version)
    (folder / "variables").mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(f"{name} {version}".encode())
    (folder / "variables" / "variables.index").write_bytes(b"\0" * 3_000_000)
    if speed is not None:
        (folder / "assets.extra").mkdir()
        (folder / "assets.extra/nhance.json").write_text(json.dumps({"speed": speed}))


def files(directory: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def published(objects: ObjectStore, tmp_path: Path) -> Iterator[Path]:
    """A directory of servables that was published."""
    directory = tmp_path / "published"
    save(directory, "look", 1, "fast")
    save(directory, "look", 2, "fast")
    save(directory, "dped", 1, "slow")
    save(directory, "strange", 7)
    (directory / "look" / "labels.json").write_text('{"stable": 1, "canary": 2}')
    servables.publish(objects, directory)
    yield directory
    objects.delete_prefix(servables.PREFIX)


def test_what_was_published_comes_back(
    objects: ObjectStore, published: Path, tmp_path: Path
) -> None:
    target = tmp_path / "fetched"
    servables.fetch(objects, target, ALL)

    found = files(target)
    config = found.pop(servables.CONFIG).decode()
    assert files(published) == found
    assert 3 == config.count("config {\n    name:")
    assert f'base_path: "{target}/look"' in config


def test_a_pool_fetches_the_models_that_it_is_for(
    objects: ObjectStore, published: Path, tmp_path: Path
) -> None:
    for cost, names in ((Cost.LIGHT, {"look"}), (Cost.HEAVY, {"dped", "strange"})):
        target = tmp_path / cost
        servables.fetch(objects, target, {cost})
        assert names == {path.name for path in target.iterdir() if path.is_dir()}


def test_the_gateway_gets_what_is_said_of_them_alone(
    objects: ObjectStore, published: Path, tmp_path: Path
) -> None:
    target = tmp_path / "described"
    servables.describe(objects, target)

    assert {"look/labels.json", "look/1/assets.extra/nhance.json"} <= files(target).keys()
    assert {"1", "2"} == {path.name for path in (target / "look").iterdir() if path.is_dir()}
    assert not [*target.rglob("saved_model.pb"), *target.rglob("variables")]


def test_a_version_that_is_there_is_left_alone(objects: ObjectStore, published: Path) -> None:
    (published / "look/1/saved_model.pb").write_bytes(b"another one")
    (published / "look/labels.json").write_text('{"stable": 2}')
    servables.publish(objects, published)

    assert b"look 1" == objects.get(f"{servables.PREFIX}look/1/saved_model.pb")
    assert b'{"stable": 2}' == objects.get(f"{servables.PREFIX}look/labels.json")


def test_a_version_that_is_half_there_is_not_there(
    objects: ObjectStore, published: Path, tmp_path: Path
) -> None:
    objects.put(f"{servables.PREFIX}new/1/variables/variables.index", b"half")
    target = tmp_path / "fetched"
    servables.fetch(objects, target, ALL)

    assert not (target / "new").exists()
    assert '"new"' not in (target / servables.CONFIG).read_text()


@pytest.mark.parametrize("name", ["../1", "look/..", "/look", "//look"])
def test_nothing_is_written_outside_of_the_directory(
    name: str, objects: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [f"{servables.PREFIX}{name}/{file}" for file in ("saved_model.pb", "labels.json")]
    monkeypatch.setattr(objects, "keys", lambda _: keys)
    target = tmp_path / "fetched"

    assert not servables.fetch(objects, target, ALL)
    assert [servables.CONFIG] == [path.name for path in target.iterdir()]


def test_labels_are_published_after_the_versions_that_they_name(
    objects: ObjectStore, published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(published, "look", 3)
    (published / "look/labels.json").write_text('{"stable": 3}')
    monkeypatch.setattr(ObjectStore, "put_file", away)
    with pytest.raises(StoreUnavailable):
        servables.publish(objects, published)

    assert b'{"stable": 1, "canary": 2}' == objects.get(f"{servables.PREFIX}look/labels.json")


class Enough(Exception):
    """Ends what would follow for ever."""


def away(*_: object) -> None:
    raise StoreUnavailable("The object store did not answer.")


@pytest.fixture
def rounds(
    objects: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Path]:
    """Follow, and do a step after each round; returns the directory as it is after the last."""
    target = tmp_path / "followed"

    def run(*steps: Callable[[], object]) -> Path:
        left = [*steps]

        def between(_: float) -> None:
            if not left:
                raise Enough
            left.pop(0)()

        monkeypatch.setattr(servables, "sleep", between)
        take = partial(servables.fetch, objects, target, ALL)
        with pytest.raises(Enough):
            servables.follow(objects, target, take, 1)
        return target

    return run


def models(directory: Path) -> dict[str, bytes]:
    """Its files without those that are no servable's."""
    found = files(directory)
    return {name: found[name] for name in found if name not in (servables.CONFIG, ".followed")}


def test_what_is_published_later_arrives(
    objects: ObjectStore, published: Path, rounds: Callable[..., Path]
) -> None:
    def more() -> None:
        save(published, "look", 3, "fast")
        save(published, "late", 1)
        (published / "look/labels.json").write_text('{"stable": 2, "canary": 3}')
        servables.publish(objects, published)

    target = rounds(more, lambda: None)

    assert models(published) == models(target)
    assert '"late"' in (target / servables.CONFIG).read_text()


def test_what_is_deleted_goes_and_the_models_folder_stays(
    objects: ObjectStore, published: Path, rounds: Callable[..., Path]
) -> None:
    def less() -> None:
        for path in ("look/labels.json", "look/2/saved_model.pb"):
            objects.delete(f"{servables.PREFIX}{path}")
        objects.delete_prefix(f"{servables.PREFIX}dped/")

    target = rounds(less, lambda: None)

    shutil.rmtree(published / "look/2")
    shutil.rmtree(published / "dped/1")
    (published / "look/labels.json").unlink()
    assert models(published) == models(target)
    assert '"dped"' not in (target / servables.CONFIG).read_text()
    assert [] == [*(target / "dped").iterdir()]
    assert {"look", "dped", "strange"} == {each.name for each in target.iterdir() if each.is_dir()}


def test_nothing_is_asked_for_but_a_list_while_nothing_changes(
    objects: ObjectStore,
    published: Path,
    rounds: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def only_listed() -> None:
        for name in ("get", "open"):
            monkeypatch.setattr(ObjectStore, name, away)

    warned: list[str] = []
    monkeypatch.setattr(servables.log, "warning", lambda event, **_: warned.append(event))
    rounds(only_listed, lambda: None, lambda: None)

    assert [] == warned


def test_a_store_that_fails_midway_leaves_nothing_half_there_and_is_asked_again(
    objects: ObjectStore,
    published: Path,
    rounds: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    opened, once = objects.open, iter([True])

    def breaking(self: ObjectStore, key: str) -> object:
        if "variables" in key and next(once, False):
            away()
        return opened(key)

    def more() -> None:
        save(published, "look", 3, "fast")
        servables.publish(objects, published)
        monkeypatch.setattr(ObjectStore, "open", breaking)

    def look() -> None:
        assert {"1", "2", "labels.json"} == {each.name for each in (target / "look").iterdir()}
        assert {"look", "dped", "strange"} == {
            each.name for each in target.iterdir() if each.is_dir()
        }

    target = tmp_path / "followed"
    rounds(more, look, lambda: None)

    assert models(published) == models(target)


def test_a_store_that_is_away_at_first_is_an_error(
    objects: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ObjectStore, "etags", away)
    with pytest.raises(StoreUnavailable):
        servables.follow(objects, tmp_path, frozenset, 1)

    assert [] == [*tmp_path.iterdir()], "and it has not begun"


def test_what_a_killed_one_left_behind_goes(
    published: Path, rounds: Callable[..., Path], tmp_path: Path
) -> None:
    target = tmp_path / "followed"
    save(target / ".half", "look", 3)
    save(target, "look", 9)
    (target / "look/.labels.json").write_text("{")
    rounds()

    assert models(published) == models(target)


def test_it_follows_until_it_is_told_to_end(
    objects: ObjectStore, embedded: dict[str, str], published: Path, tmp_path: Path
) -> None:
    target = tmp_path / "followed"
    environment = {
        **os.environ,
        **embedded,
        "NHANCE_SERVABLES_DIR": str(target),
        "NHANCE_SERVABLES_EVERY_S": "0.2",
    }

    def wait_for(done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 30
        while not done():
            assert time.monotonic() < deadline
            time.sleep(0.05)

    command = [sys.executable, "-m", "nhance_kit.servables", "describe"]
    with subprocess.Popen(command, env=environment) as process:
        try:
            wait_for((target / servables.FOLLOWED).exists)
            labels = target / "look/labels.json"
            assert b'{"stable": 1, "canary": 2}' == labels.read_bytes()
            objects.put(f"{servables.PREFIX}look/labels.json", b'{"stable": 2}')
            wait_for(lambda: labels.read_bytes() == b'{"stable": 2}')

            process.send_signal(signal.SIGTERM)
            assert 0 == process.wait(timeout=5)
        finally:
            process.kill()
