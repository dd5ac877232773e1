"""Servables go to S3 and come back, to those who need them."""

from __future__ import annotations

import json
from collections.abc import Iterator
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


def test_labels_are_published_after_the_versions_that_they_name(
    objects: ObjectStore, published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(published, "look", 3)
    (published / "look/labels.json").write_text('{"stable": 3}')
    monkeypatch.setattr(ObjectStore, "put_file", away)
    with pytest.raises(StoreUnavailable):
        servables.publish(objects, published)

    assert b'{"stable": 1, "canary": 2}' == objects.get(f"{servables.PREFIX}look/labels.json")


def away(*_: object) -> None:
    raise StoreUnavailable("The object store did not answer.")
