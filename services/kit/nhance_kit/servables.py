"""Servables in S3: published from a directory, copied to those of pods, which follow what changes.

``python -m nhance_kit.servables publish | fetch | describe``. A version is there once its
``saved_model.pb`` is, which is therefore written last, and never changes; no tenant's name begins
as PREFIX does. Who looks at a directory meanwhile finds every version and file in it whole.
"""

from __future__ import annotations

import shutil
import signal
import sys
from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path, PurePath, PurePosixPath
from tempfile import TemporaryDirectory
from time import sleep
from typing import NoReturn

import structlog
from pydantic import Field

from nhance_kit import logs
from nhance_kit.about import ABOUT, about
from nhance_kit.errors import NhanceError
from nhance_kit.objects import ObjectStore
from nhance_kit.queue import Cost
from nhance_kit.settings import Settings

log = structlog.get_logger()

PREFIX = "_servables/"
MODEL = "saved_model.pb"
LABELS = "labels.json"
CONFIG = "models.config"
FOLLOWED = ".followed"
"""In a directory that follows, once the first round is over."""


class ServablesSettings(Settings):
    """The shared settings, and which servables go where."""

    servables_dir: Path = Field(description="gets, or has, NAME/VERSION/ of every model")
    enhance_costs: frozenset[Cost] = Field(frozenset(Cost), description="of the models to fetch")
    servables_every_s: float | None = Field(
        None,
        gt=0,
        description="fetch and describe go on, and look again after this time for what has come, "
        "changed or gone; none: once",
    )


def publish(objects: ObjectStore, directory: Path) -> None:
    """Store every version that S3 lacks, then all labels: those name versions that are there."""
    there = set(objects.keys(PREFIX))
    for model in sorted(directory.glob(f"*/*/{MODEL}")):
        if _key(model.relative_to(directory)) in there:
            continue
        version = model.parent
        files = [path for path in sorted(version.rglob("*")) if path.is_file() and path != model]
        for path in [*files, model]:
            key = _key(path.relative_to(directory))
            objects.put_file(key, path, "application/octet-stream")
        log.info("servable_published", model=version.parent.name, version=version.name)
    for labels in sorted(directory.glob(f"*/{LABELS}")):
        objects.put(_key(labels.relative_to(directory)), labels.read_bytes())


def fetch(
    objects: ObjectStore, directory: Path, costs: Collection[Cost]
) -> Collection[PurePosixPath]:
    """Copy the models of these costs, all their versions, and write TensorFlow Serving's list.

    Returns the versions and labels that belong there: ``NAME/VERSION``, ``NAME/labels.json``.
    """
    stored, labels = _stored(objects)
    models = sorted({each.parts[0] for each in stored if _cost(objects, each, stored) in costs})
    kept = _take(
        objects,
        directory,
        {version: files for version, files in stored.items() if version.parts[0] in models},
        [file for file in labels if file.parts[0] in models],
    )
    _write(directory / CONFIG, serving_config(directory, models).encode())
    log.info("servables_fetched", models=models)
    return kept


def describe(objects: ObjectStore, directory: Path) -> Collection[PurePosixPath]:
    """Copy what is said of the models, not what they are made of; returns what ``fetch`` does."""
    stored, labels = _stored(objects)
    said = {version: {version / ABOUT} & {*files} for version, files in stored.items()}
    kept = _take(objects, directory, said, labels)
    log.info("servables_described", versions=sorted(map(str, stored)))
    return kept


def follow(
    objects: ObjectStore,
    directory: Path,
    take: Callable[[], Collection[PurePosixPath]],
    every_s: float,
) -> NoReturn:
    """``take`` what is published, at once and whenever that has changed, and drop what is gone.

    ``every_s`` seconds lie between two looks. What fails is logged and tried again the next time;
    the first time it is raised.
    """
    taken: dict[str, str] | None = None
    while True:
        try:
            published = objects.etags(PREFIX)
            if published != taken:
                _drop(directory, take())
                (directory / FOLLOWED).touch()
                taken = published
        except (NhanceError, OSError) as error:
            if taken is None:
                raise
            log.warning("servables_not_followed", reason=str(error))
        sleep(every_s)


def serving_config(directory: Path, models: Collection[str]) -> str:
    """TensorFlow Serving's model_config_list: every version, since jobs are pinned to theirs."""
    configs = "".join(
        "  config {\n"
        f'    name: "{name}"\n'
        f'    base_path: "{directory / name}"\n'
        '    model_platform: "tensorflow"\n'
        "    model_version_policy { all {} }\n"
        "  }\n"
        for name in models
    )
    return f"model_config_list {{\n{configs}}}\n"


def _stored(
    objects: ObjectStore,
) -> tuple[dict[PurePosixPath, list[PurePosixPath]], list[PurePosixPath]]:
    """The versions that are there whole, each with its files, and all labels."""
    found = [PurePosixPath(key.removeprefix(PREFIX)) for key in objects.keys(PREFIX)]
    paths = [path for path in found if not path.is_absolute() and ".." not in path.parts]
    versions: dict[PurePosixPath, list[PurePosixPath]] = {
        path.parent: [] for path in paths if path.name == MODEL and len(path.parts) == 3
    }
    for path in paths:
        if (version := PurePosixPath(*path.parts[:2])) in versions:
            versions[version].append(path)
    return versions, [path for path in paths if path.parts[1:] == (LABELS,)]


def _cost(
    objects: ObjectStore,
    version: PurePosixPath,
    stored: Mapping[PurePosixPath, Collection[PurePosixPath]],
) -> Cost:
    file = version / ABOUT
    return about(objects.get(_key(file)) if file in stored[version] else b"{}", str(file)).cost


def _take(
    objects: ObjectStore,
    directory: Path,
    versions: Mapping[PurePosixPath, Collection[PurePosixPath]],
    labels: Collection[PurePosixPath],
) -> set[PurePosixPath]:
    """Copy the versions that ``directory`` lacks, then all labels; returns both."""
    directory.mkdir(parents=True, exist_ok=True)
    # Its name is none that a model has, and none in it is looked at.
    with TemporaryDirectory(prefix=".", dir=directory) as beside:
        for version, files in versions.items():
            if (directory / version).exists():
                continue
            copied = Path(beside, version)
            copied.mkdir(parents=True)
            for file in files:
                _copy(objects, file, Path(beside))
            (directory / version).parent.mkdir(exist_ok=True)
            copied.rename(directory / version)
    for file in labels:
        _write(directory / file, objects.get(_key(file)))
    return {*versions, *labels}


def _drop(directory: Path, kept: Collection[PurePosixPath]) -> None:
    """Remove every version and label but ``kept``, and what a round that was broken off left.

    The folder of a model stays: while TensorFlow Serving lists a model whose folder is gone, it
    finds no new version of any.
    """
    with TemporaryDirectory(prefix=".", dir=directory) as beside:
        for number, found in enumerate(sorted(directory.glob("*/*"))):
            if PurePosixPath(found.relative_to(directory)) not in kept:
                found.rename(Path(beside, str(number)))
                log.info("servable_dropped", path=str(found))


def _copy(objects: ObjectStore, path: PurePosixPath, directory: Path) -> None:
    target = directory / path
    target.parent.mkdir(parents=True, exist_ok=True)
    with objects.open(_key(path)) as source, target.open("wb") as file:
        shutil.copyfileobj(source, file, 1 << 20)


def _write(target: Path, data: bytes) -> None:
    target.parent.mkdir(exist_ok=True)
    beside = target.with_name(f".{target.name}")
    beside.write_bytes(data)
    beside.replace(target)


def _key(path: PurePath) -> str:
    return f"{PREFIX}{path.as_posix()}"


def main(action: str) -> None:
    settings = ServablesSettings()
    logs.configure("servables", settings.log_format, settings.log_level)
    objects, directory = ObjectStore(settings), settings.servables_dir
    take: Callable[[], Collection[PurePosixPath]]
    match action:
        case "publish":
            publish(objects, directory)
            return
        case "fetch":
            take = partial(fetch, objects, directory, settings.enhance_costs)
        case "describe":
            take = partial(describe, objects, directory)
        case _:
            sys.exit("publish, fetch or describe")
    if settings.servables_every_s is None:
        take()
    else:
        # A container's first process would ignore it.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit())
        follow(objects, directory, take, settings.servables_every_s)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) == 2 else "")
